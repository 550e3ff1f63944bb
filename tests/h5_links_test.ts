/** Links in h5ad files: they are followed as HDF5 follows them, those that lead nowhere are refused, no other file is read. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { endOf, SOURCES, spawnAnncat } from "./child.ts";
import { anncat, inFolder, namesIn, type Outcome, unpack } from "./in_process.ts";

const LINKS = new URL("../testdata/h5/links/", import.meta.url);

/** The file of that name, unpacked into `folder`. */
function unpackLinks(folder: string, name: string): Promise<string> {
  return unpack(new URL(`${encodeURIComponent(name)}.h5.gz`, LINKS), `${folder}/${name}.h5ad`);
}

/** Run `anncat` as a process that may read the files `inputs` and the folder `out` alone. */
async function confined(inputs: readonly string[], out: string, ...args: readonly string[]): Promise<Outcome> {
  const read = `--allow-read=${[SOURCES, ...inputs, out].join()}`;
  return await endOf(spawnAnncat(args, [read, `--allow-write=${out}`]));
}

const NOWHERE = 'it is a link to "/nowhere/at all", where nothing is';
const CIRCLE = "it is a link that goes round in a circle";
const ITSELF = "it contains itself";
const OTHER_FILE = "links to other files are not supported";

/** What is wrong with each file: the element, and what is said of it. */
const BROKEN: Readonly<Record<string, readonly [element: string, why: string]>> = {
  ...Object.fromEntries(
    ["X", "obs", "obs/c", "layers/l", "uns/u", "obsm/m"].flatMap((element) =>
      ([["dangling", NOWHERE], ["circle", CIRCLE], ["external", OTHER_FILE]] as const).map(([kind, why]) =>
        [`${kind} ${element.replace("/", " ")}`, [element, why]] as const
      )
    ),
  ),
  ...Object.fromEntries(["uns", "layers", "obsm"].map((group) => [`cycle ${group}`, [`${group}/itself`, ITSELF]])),
  "cycle soft": ["uns/up", ITSELF],
  "cycle root": ["uns/root", ITSELF],
};

Deno.test("links: every file with a broken one has its element named", () => {
  const known = [...Object.keys(BROKEN), "good", "good_latest", "unlinked"].map((name) => `${name}.h5.gz`);
  assertEquals(namesIn(decodeURIComponent(LINKS.pathname)), known.sort());
});

Deno.test("links that lead somewhere are followed, as HDF5 follows them", () =>
  inFolder(async (folder) => {
    const unlinked = await unpackLinks(folder, "unlinked"), out = `${folder}/out`;
    Deno.mkdirSync(out);
    for (const name of ["good", "good_latest"]) {
      const good = await unpackLinks(folder, name);
      const info = await confined([good], out, "info", good);
      assertEquals(info.code, 0, info.err);
      assertEquals(info.out.includes("UNREADABLE"), false);
      for (const target of ["h5ad", "zarr"]) {
        const converted = `${out}/${name}.${target}`, both = `${out}/${name}-2.${target}`;
        assertEquals((await confined([good], out, "convert", good, "--out", converted)).code, 0);
        assertEquals((await anncat("check", converted, unlinked)).code, 0);
        const args = ["--out", both, "--uns-merge", "same", "--index-unique", "-"];
        assertEquals((await confined([good], out, "concat", good, good, ...args)).code, 0);
        const plain = `${out}/${name}-plain.${target}`, same = [...args.slice(2), "--out", plain];
        assertEquals((await anncat("concat", unlinked, unlinked, ...same)).code, 0);
        const checked = await anncat("check", both, plain);
        assertEquals(checked.code, 0, checked.out);
      }
    }
  }));

for (const [name, [element, why]] of Object.entries(BROKEN)) {
  // One file of each kind by the command line, in a process that may read nothing but that file.
  const isConfined = ["dangling X", "circle obs c", "external layers l", "cycle uns"].includes(name);
  Deno.test(`links: ${name} is refused by name, and nothing is left`, () =>
    inFolder(async (folder) => {
      const broken = await unpackLinks(folder, name), good = await unpackLinks(folder, "good"), out = `${folder}/out`;
      // What a link to another file leads to is there.
      Deno.copyFileSync(good, `${folder}/other.h5ad`);
      Deno.mkdirSync(out);
      const run = (...args: readonly string[]): Promise<Outcome> => {
        return isConfined ? confined([broken, good], out, ...args) : anncat(...args);
      };
      const said = `Cannot read ${element} of ${broken}: ${why}`, info = await run("info", broken);
      // A frame's column has no line of its own before the frame has been read.
      if (element === "obs/c") assertEquals([info.code, info.err], [1, `anncat: ${said}\n`]);
      else {
        assertEquals(info.code, 0, info.err);
        assertStringIncludes(info.out, `UNREADABLE: ${said}\n`);
      }
      for (const target of ["h5ad", "zarr"]) {
        for (const command of [["convert", broken], ["concat", good, broken, "--uns-merge", "first"]]) {
          const ended = await run(...command, "--out", `${out}/o.${target}`, "--quiet");
          assertEquals(ended, { ...ended, code: 1, out: "", err: `anncat: ${said}\n` });
          assertEquals(namesIn(out), []);
        }
      }
    }));
}

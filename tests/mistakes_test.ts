/** What a user may get wrong, and what shells know of the command line. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SOURCES } from "./child.ts";
import { systemMessage } from "../lib/cli/errors.ts";
import { COMMANDS, flagsOf } from "../lib/cli/flags.ts";
import { anncat, inFolder, namesIn } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

Deno.test("concat: inputs that share no gene names get a hint", async (t) => {
  const human = ["GAPDH", "ACTB", "CD3D"],
    mouse = ["Gapdh", "Actb", "Cd3d"],
    ids = ["ENSG00000111640", "ENSG00000075624", "ENSG00000167286"];
  const cases: readonly (readonly [a: readonly string[], b: readonly string[], says: RegExp])[] = [
    [human, mouse, /: another organism\?/],
    [human, ids, /: Ensembl ids beside symbols\?/],
    [["1", "2"], ["3", "4"], /share no var names[^\n]*--join outer/],
  ];
  for (const [a, b, says] of cases) {
    await t.step(`${a[0]} and ${b[0]}`, async () => {
      await inFolder(async (folder) => {
        const made = { rows: 3, x: "csr", density: 1 } as const;
        const one = await writeAnnData(`${folder}/a.zarr`, { ...made, vars: a, seed: 1 });
        const two = await writeAnnData(`${folder}/b.zarr`, { ...made, vars: b, seed: 2 });
        const { code, err } = await anncat("concat", one, two, "--out", `${folder}/o.zarr`);
        assertEquals(code, 0, err);
        assertMatch(err, says);
      });
    });
  }
});

Deno.test("concat: 2,000 inputs under a limit of 256 open files, in the default budget", async () => {
  await inFolder(async (folder) => {
    const inputs: string[] = [];
    for (let at = 0; at < 4; at++) {
      const vars = Array.from({ length: 6 }, (_, gene) => `g${at % 2 === 0 ? gene : 5 - gene}`);
      inputs.push(await writeAnnData(`${folder}/${at}.zarr`, { rows: 2 + at, x: "csr", vars, density: 0.5, seed: at }));
    }
    const list = Array.from({ length: 2000 }, (_, at) => {
      const link = `${folder}/in${at}.zarr`;
      Deno.symlinkSync(inputs[at % 4] ?? "", link);
      return link;
    });
    Deno.writeTextFileSync(`${folder}/list`, list.join("\n"));
    Deno.mkdirSync(`${folder}/out`);
    const run =
      `ulimit -n 256; exec "$0" run --no-prompt --quiet --allow-read --allow-write "$1" concat --inputs-from "$2" --out "$3" --join outer`;
    const args = ["-c", run, Deno.execPath(), `${SOURCES}/cli.ts`, `${folder}/list`, `${folder}/out/o.zarr`];
    const { code, stderr } = await new Deno.Command("bash", { args, stdin: "null" }).output(),
      err = new TextDecoder().decode(stderr);
    assertEquals([code, ...namesIn(`${folder}/out`)], [0, "o.zarr"], err);
    assertStringIncludes(err, "7,000 obs × 6 var");
  });
});

Deno.test("concat: what the system refuses is said in one line, with the path as the user knows it", async () => {
  await inFolder(async (folder) => {
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 3, x: "csr", vars: ["g"], seed: 1 }),
      long = "x".repeat(245);
    const cases: readonly (readonly [args: readonly string[], says: string])[] = [
      [[a, "--out", `${folder}/${long}.zarr`], `Cannot write "${folder}/${long}.zarr": file name too long; change`],
      [["--out=o.zarr", "--inputs-from", `${folder}/no`], `Cannot read --inputs-from "${folder}/no": no such file`],
      [["--out=o.zarr", "--inputs-from", folder], `Cannot read --inputs-from "${folder}": is a directory`],
      [[a, "--out", `${folder}/o.zarr`, "--report", `${folder}/r.html`], 'r.html": is a directory; choose another'],
    ];
    Deno.mkdirSync(`${folder}/r.html`);
    for (const [args, says] of cases) {
      const { code, err } = await anncat("concat", ...args);
      assertEquals([code, ...namesIn(folder)], [1, "a.zarr", "r.html"], err);
      assertMatch(err, /^anncat: [^\n]+\n$/);
      assertStringIncludes(err, says);
    }
    const report = ["--report", `${folder}/r.html/r.json`], out = `${folder}/r.html/o.zarr`;
    assertEquals((await anncat("concat", a, "--out", out, ...report)).code, 0);
    const gone = ["--overwrite", "--only=obs", "--quiet", "--report", `${out}/X/r.json`];
    const { code, err } = await anncat("concat", a, "--out", out, ...gone);
    assertEquals(code, 1);
    assertMatch(
      err,
      /^anncat: Cannot write a report to "[^"]+": no such file or directory; the output "[^"]+" is complete\n$/,
    );
  });
});

Deno.test("systemMessage: the hidden folder is the output, and so is what has no path", () => {
  const said = (message: string) => systemMessage(message, "b.zarr");
  assertEquals(
    said("Permission denied (os error 13): mkdir '/d/.a's.zarr.anncat-01234567'"),
    `Cannot write "/d/a's.zarr": permission denied; change its permissions, or choose another place`,
  );
  assertEquals(
    said("No space left on device (os error 28); 1 of 2 tasks are done"),
    'Cannot write "b.zarr": no space left on device; make room, or choose another place; 1 of 2 tasks are done',
  );
  assertEquals(
    said("Permission denied (os error 13): open '/d/a.zarr/X/0.0'"),
    'Cannot read "/d/a.zarr/X/0.0": permission denied; check the path and its permissions',
  );
  assertEquals(said('Cannot decode "a": broken (os error 5)'), 'Cannot decode "a": broken (os error 5)');
});

async function complete(words: readonly string[]): Promise<string[]> {
  const script = (await anncat("completions", "bash")).out;
  const ask = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _anncat; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await new Deno.Command("bash", { args: ["-c", ask, "bash", ...words], stdin: "null" }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("completions: bash knows commands, flags and values", async () => {
  assertEquals(await complete(["anncat", "ver"]), ["verify"]);
  assertEquals(await complete(["anncat", "concat", "--join", ""]), ["inner", "outer"]);
  assertEquals(await complete(["anncat", "info", "--dep"]), ["--depth"]);
  assertEquals(await complete(["anncat", "completions", ""]), ["bash", "zsh", "fish"]);
});

Deno.test("completions: every shell's script names every command and flag; another shell is refused", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await anncat("completions", shell);
    assertEquals(code, 0);
    for (const { name } of COMMANDS) {
      assertStringIncludes(out, name);
      for (const flag of flagsOf(name)) {
        assertStringIncludes(out, shell === "fish" ? `-l ${flag.name}` : `--${flag.name}`);
      }
    }
  }
  const { code, err } = await anncat("completions", "bsh");
  assertEquals(code, 2);
  assertMatch(err, /"bash"/);
});

Deno.test("help all: a manual of every command and flag", async () => {
  const { code, out } = await anncat("help", "all");
  assertEquals(code, 0);
  for (const { name } of COMMANDS) {
    assertStringIncludes(out, `\nanncat ${name}\n`);
    for (const flag of flagsOf(name)) assertStringIncludes(out, `--${flag.name}`);
  }
  assert(out.split("\n").every((line) => line.length <= 130), out);
});

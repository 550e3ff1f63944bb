/** HDF5 files with changed bytes: what is still read of them is what the HDF5 library reads. */
import { assert, assertEquals } from "@std/assert";
import { isNumeric, viewAs } from "../lib/base/dtype.ts";
import { AnncatError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import type { Node } from "../lib/storage/node.ts";
import { openGroup } from "../lib/storage/open.ts";
import { type H5Contents, type H5Object, libraryReader, MOST_ELEMENTS, MOST_NODES } from "./h5wasm_reader.ts";
import { anncat, inFolder, unpack } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";
import { freshSeed, Random } from "./random.ts";
import { readArray } from "./storage_arrays.ts";

/** `ANNCAT_FUZZ=5000` asks for so many, from a seed of its own; the usual ones are the same each time. */
const ASKED = Deno.env.get("ANNCAT_FUZZ"), COUNT = Number(ASKED ?? 300);
const SEED = ASKED === undefined ? 7 : Number(Deno.env.get("ANNCAT_SEED") ?? freshSeed());

const H5 = new URL("../testdata/h5/", import.meta.url);

/** What our reader makes of `step`; undefined where it refuses. */
async function attempt<T>(step: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof AnncatError) return undefined;
    throw error;
  }
}

/** All that our reader reads of the file at `path`. */
async function ourContents(path: string): Promise<H5Contents> {
  const found: Record<string, H5Object> = Object.create(null);
  const walk = async (node: Node | undefined, at: string): Promise<void> => {
    if (node === undefined || Object.keys(found).length >= MOST_NODES) return;
    const attrs = await attempt(() => node.attrs) ?? {};
    if (node.kind === "array") {
      found[at] = { attrs, ...await attempt(() => valuesOf(node)) };
      return;
    }
    const names = await attempt(() => node.names());
    found[at] = names === undefined ? { attrs } : { attrs, names };
    for (const name of names ?? []) {
      await walk(await attempt(() => node.child(name)), at === "" ? name : `${at}/${name}`);
    }
  };
  await walk(await attempt(() => openGroup(path, { pool: new BufferPool() })), "");
  return found;
}

async function valuesOf(node: Extract<Node, { kind: "array" }>): Promise<Partial<H5Object>> {
  const { shape, dtype } = node.spec;
  if (shape.reduce((a, b) => a * b, 1) > MOST_ELEMENTS || !(dtype === "string" || isNumeric(dtype))) return {};
  const elements = await readArray(node);
  if (dtype === "string") return { shape, values: elements as string[] };
  return { shape, values: Array.from(viewAs(dtype, elements as Uint8Array<ArrayBuffer>), String) };
}

/** Counts of what was compared, and what is different. */
class Comparison {
  compared = 0;
  readonly problems: string[] = [];

  /** Compare what both have read. */
  add(ours: H5Contents, theirs: H5Contents): void {
    for (const [path, own] of Object.entries(ours)) {
      const other = theirs[path];
      if (other === undefined) continue;
      this.#same(`names in "${path}"`, own.names?.toSorted(), other.names?.toSorted());
      this.#same(`the shape of "${path}"`, own.shape, other.shape);
      this.#same(`"${path}"`, own.values, other.values);
      for (const [name, value] of Object.entries(own.attrs)) {
        this.#same(`attribute "${name}" of "${path}"`, plain(value), other.attrs[name]);
      }
    }
  }

  /** What only one of them reads is not compared. */
  #same(what: string, own: unknown, other: unknown): void {
    if (own === undefined || other === undefined || own === null) return;
    const [one, two] = [JSON.stringify(own), JSON.stringify(other)];
    // The two make different things of what is no UTF-8.
    if (one.includes("\ufffd") || two.includes("\ufffd")) return;
    this.compared++;
    if (one !== two) this.problems.push(`${what}: ${one.slice(0, 200)} where HDF5 reads ${two.slice(0, 200)}`);
  }
}

/** An attribute as h5wasm gives it: in one list, true as 1. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.flat(8).map(plain);
  return typeof value === "boolean" ? Number(value) : value;
}

/** Change some bytes of a copy: anywhere, or where something stands. */
function change(whole: Uint8Array<ArrayBuffer>, random: Random): { bytes: Uint8Array<ArrayBuffer>; what: string } {
  const bytes = whole.slice(), count = random.pick([1, 1, 1, 2, 8]);
  let at = random.below(bytes.length);
  while (random.below(8) > 0 && bytes[at] === 0) at = random.below(bytes.length);
  const value = random.pick([() => 0, () => 255, () => 1, () => random.below(256), () => random.below(256)]);
  for (let i = at; i < Math.min(bytes.length, at + count); i++) bytes[i] = value();
  return { bytes, what: `${count} bytes at ${at}: ${bytes.subarray(at, at + count)}` };
}

Deno.test(`HDF5 fuzz: of ${COUNT} files with changed bytes, what is read is what the HDF5 library reads`, () =>
  inFolder(async (folder) => {
    const random = new Random(SEED), made = { rows: 30, vars: Array.from({ length: 12 }, (_, i) => `g${i}`), seed: 1 };
    const victims = ["small_chunks", "small_chunks_latest", "attributes", "attributes_latest", "plain_edges"]
      .map((name) => decodeURIComponent(new URL(`${name}.h5`, H5).pathname));
    victims.push(await unpack(new URL("links/good.h5.gz", H5), `${folder}/links.h5ad`));
    for (const x of ["csr", "dense"] as const) {
      const zarr = await writeAnnData(`${folder}/${x}.zarr`, { ...made, x, chunks: x === "csr" ? [40] : [10, 5] });
      assertEquals((await anncat("convert", zarr, "--out", `${folder}/${x}.h5ad`)).code, 0);
      victims.push(`${folder}/${x}.h5ad`);
    }
    await using library = libraryReader();
    // Some changes it cannot stand: it does not end, or dies.
    const read = async (path: string): Promise<H5Contents | undefined> => {
      return await library.ask(path).then(JSON.parse, () => undefined);
    };
    const failures: string[] = [], counts = { compared: 0, theirs: 0, ours: 0, lost: 0 };
    for (const path of victims) {
      const whole = new Comparison(), theirs = await read(path);
      whole.add(await ourContents(path), theirs ?? {});
      assertEquals(whole.problems, []);
      assert(whole.compared > 0, path);
    }
    for (let round = 0; round < COUNT && failures.length < 40; round++) {
      const victim = random.pick(victims), { bytes, what } = change(Deno.readFileSync(victim), random);
      // A name of its own: the library knows the files that it has not been able to close.
      const path = `${folder}/${round}.h5ad`;
      Deno.writeFileSync(path, bytes);
      const ours = await ourContents(path), theirs = await read(path), comparison = new Comparison();
      if (theirs === undefined) counts.lost++;
      comparison.add(ours, theirs ?? {});
      counts.compared += comparison.compared;
      counts.ours += Object.keys(ours).length;
      counts.theirs += Object.keys(theirs ?? {}).length;
      for (const problem of comparison.problems.slice(0, 3)) {
        failures.push(`${problem}\n    seed ${SEED}, round ${round}: ${victim}: ${what}`);
      }
      Deno.removeSync(path);
    }
    assertEquals(failures, [], failures.join("\n"));
    if (ASKED !== undefined) console.log(JSON.stringify({ seed: SEED, ...counts }));
    assert(counts.compared > 10 * COUNT && counts.lost * 20 < COUNT, JSON.stringify(counts));
  }));

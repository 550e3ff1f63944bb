/** HDF5 files that were cut off or changed: one clear line, no end that does not come, no memory taken for lies. */
import { assertEquals, assertRejects } from "@std/assert";
import { AnncatError, FormatError, UnsupportedError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import type { Node } from "../lib/storage/node.ts";
import { openGroup } from "../lib/storage/open.ts";
import { inFolder } from "./in_process.ts";
import { readArray } from "./storage_arrays.ts";

const FOLDER = new URL("../testdata/h5/", import.meta.url).pathname;

/** Numbers that are the same each time: a linear congruential generator. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed;;) yield (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Elements that a reader of small files is ready to take: a changed shape may say more. */
const MOST_ELEMENTS = 1e6;

/** Read all that is at `node` and below; what is refused is an error of ours with one line. */
async function readAll(node: Node): Promise<number> {
  let refused = 0;
  const attempt = async (step: () => unknown): Promise<void> => {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof AnncatError)) throw error;
      assertEquals(error.message.includes("\n"), false, error.message);
      assertEquals(error.message.startsWith("Cannot "), true, error.message);
      refused++;
    }
  };
  await attempt(() => node.attrs);
  if (node.kind === "array") {
    const { shape } = node.spec;
    if (shape.reduce((a, b) => a * b, 1) <= MOST_ELEMENTS) await attempt(() => readArray(node));
    return refused;
  }
  let names: readonly string[] = [];
  await attempt(async () => names = await node.names());
  for (const name of names) {
    await attempt(async () => {
      const child = await node.child(name);
      if (child !== undefined) refused += await readAll(child);
    });
  }
  return refused;
}

/** Open and read the file at `path`; 1 where it is refused as a whole. */
async function readFile(path: string): Promise<number> {
  try {
    return await readAll(await openGroup(path, { pool: new BufferPool() }));
  } catch (error) {
    if (!(error instanceof AnncatError)) throw error;
    assertEquals(error.message.includes("\n"), false, error.message);
    return 1;
  }
}

const FILES = [
  "attributes",
  "attributes_latest",
  "plain_edges",
  "spaces",
  "refused",
  "small_chunks",
  "small_chunks_latest",
];

/** Changes of one file; more find nothing new. */
const CHANGES = Number(Deno.env.get("ANNCAT_CHANGES") ?? 150);

for (const name of FILES) {
  Deno.test(`${name}.h5: bytes that were changed are read, or refused with one line`, () =>
    inFolder(async (folder) => {
      const whole = Deno.readFileSync(`${FOLDER}${name}.h5`), path = `${folder}/a.h5ad`;
      const random = numbers(whole.length), next = (): number => random.next().value ?? 0;
      let refused = 0;
      for (let i = 0; i < CHANGES; i++) {
        const changed = whole.slice(), count = 1 + Math.floor(next() * 3);
        for (let k = 0; k < count; k++) {
          const at = Math.floor(next() * changed.length), kind = next();
          if (kind < 0.4) changed[at] = Math.floor(next() * 256);
          else if (kind < 0.7) changed[at] = (changed[at] ?? 0) ^ 1 << Math.floor(next() * 8);
          else changed.fill(kind < 0.85 ? 255 : 0, at, at + 1 + Math.floor(next() * 8));
        }
        Deno.writeFileSync(path, changed);
        const started = performance.now();
        refused += await readFile(path);
        const seconds = (performance.now() - started) / 1000;
        assertEquals(seconds < 20, true, `change ${i} took ${seconds} s`);
      }
      assertEquals(refused > 0, true);
    }));

  Deno.test(`${name}.h5: a file that was cut off is refused when it is opened`, () =>
    inFolder(async (folder) => {
      const whole = Deno.readFileSync(`${FOLDER}${name}.h5`), path = `${folder}/a.h5ad`;
      for (const length of [8, 9, 40, 60, 95, 97, whole.length >> 2, whole.length >> 1, whole.length - 1]) {
        Deno.writeFileSync(path, whole.subarray(0, length));
        const error = await assertRejects(() => openGroup(path, { pool: new BufferPool() }), FormatError, "cut off");
        assertEquals(error.message.startsWith(`Cannot read the root of ${path}: `), true, error.message);
      }
    }));
}

Deno.test("small_chunks.h5: chunks whose index is out of order are refused: they would be taken for missing ones", () =>
  inFolder(async (folder) => {
    const changed = Deno.readFileSync(`${FOLDER}small_chunks.h5`), path = `${folder}/a.h5ad`;
    const view = new DataView(changed.buffer);
    // The start of a chunk in the index of "growing".
    assertEquals(view.getBigUint64(14216, true), 406n);
    view.setBigUint64(14216, 511n, true);
    Deno.writeFileSync(path, changed);
    const node = await (await openGroup(path, { pool: new BufferPool() })).child("growing");
    if (node?.kind !== "array") throw new Error("No array");
    await assertRejects(() => readArray(node), FormatError, "the index of its chunks is out of order");
  }));

Deno.test("small_chunks.h5: a text ends at its first zero, as HDF5 reads it", () =>
  inFolder(async (folder) => {
    const changed = Deno.readFileSync(`${FOLDER}small_chunks.h5`), path = `${folder}/a.h5ad`;
    const letters = new TextEncoder().encode("smile"),
      at = changed.findIndex((_, i) => {
        return letters.every((letter, k) => changed[i + k] === letter);
      });
    changed[at + 2] = 0;
    Deno.writeFileSync(path, changed);
    const node = await (await openGroup(path, { pool: new BufferPool() })).child("texts");
    if (node?.kind !== "array") throw new Error("No array");
    const texts = await readArray(node) as readonly string[];
    assertEquals(texts.slice(0, 5), ["", "a", "äöü", "\u{1f600} sm", "line\nend"]);
  }));

Deno.test("a file that another program writes is refused", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.h5ad`;
    Deno.copyFileSync(`${FOLDER}spaces.h5`, path);
    using file = Deno.openSync(path, { read: true, write: true });
    file.lockSync(true);
    await assertRejects(
      () => openGroup(path, { pool: new BufferPool() }),
      UnsupportedError,
      "another program has it open for writing; close it there first",
    );
    file.unlockSync();
    assertEquals((await openGroup(path, { pool: new BufferPool() })).kind, "group");
  }));

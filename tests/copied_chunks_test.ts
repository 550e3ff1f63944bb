/** Sparse chunks that a reindex leaves as they are: they are handed on as they are stored. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as zlib from "node:zlib";
import { concatOnDisk, openAnnData } from "../mod.ts";
import { inFolder } from "./in_process.ts";
import { type MadeStore, writeAnnData, ZSTD } from "./made_store.ts";

/** Names in the order in which a union has them. */
const GENES = Array.from({ length: 300 }, (_, at) => `g${String(at).padStart(3, "0")}`);

/** Fifteen chunks of entries. */
const MADE: MadeStore = { rows: 20_000, vars: GENES, x: "csr", chunks: [40_000], codecs: [ZSTD], seed: 1 };

function objectOf(path: string, array: "data" | "indices", chunk: number): string {
  return `${path}/X/${array}/c/${chunk}`;
}

/** Encode a chunk as no encoder of anncat's would, after `change`. */
function encodeAnew(file: string, change: (decoded: Uint8Array<ArrayBuffer>) => void = () => {}): void {
  const before = Deno.readFileSync(file), decoded = new Uint8Array(zlib.zstdDecompressSync(before));
  change(decoded);
  const after = zlib.zstdCompressSync(decoded, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 19 } });
  assertNotEquals(new Uint8Array(after), before);
  Deno.writeFileSync(file, after);
}

/** Swap the first two positions of `indices`, which are one row's. */
function swap(indices: Uint8Array<ArrayBuffer>): void {
  const places = new Int32Array(indices.buffer);
  [places[0], places[1]] = [places[1] as number, places[0] as number];
}

/** Which of the first chunks of `out` are those of `input`. */
function sameChunks(input: string, out: string): boolean[] {
  const same = (array: "data" | "indices", chunk: number): boolean => {
    const [one, other] = [input, out].map((path) => Deno.readFileSync(objectOf(path, array, chunk)));
    return one?.length === other?.length && one?.every((byte, at) => byte === other?.[at]) === true;
  };
  return [0, 1, 2].flatMap((chunk) => [same("data", chunk), same("indices", chunk)]);
}

/** All entries of X: positions and values, row by row. */
async function entriesOf(path: string): Promise<number[][]> {
  const { X: x } = await openAnnData(path), rows: number[][] = [];
  assert(x?.kind === "sparse");
  for await (const { indptr, indices, data } of x.chunks()) {
    for (let row = 0; row + 1 < indptr.length; row++) {
      const own: number[] = [];
      for (let at = Number(indptr[row]); at < Number(indptr[row + 1]); at++) {
        own.push(indices[at] as number, Number(data[at]));
      }
      rows.push(own);
    }
  }
  return rows;
}

for (const join of ["inner", "outer"] as const) {
  for (const workers of [0, 2]) {
    Deno.test(`concat: chunks that a reindex does not change are copied, join ${join}, ${workers} workers`, () =>
      inFolder(async (folder) => {
        const first = await writeAnnData(`${folder}/a.zarr`, MADE), out = `${folder}/all.zarr`;
        const vars = join === "inner" ? GENES.toReversed() : [...GENES.toReversed(), "more"];
        const second = await writeAnnData(`${folder}/b.zarr`, { ...MADE, vars, seed: 2 });
        for (const chunk of [0, 1, 2]) {
          for (const array of ["data", "indices"] as const) encodeAnew(objectOf(first, array, chunk));
        }
        await concatOnDisk([first, second], out, { join, workers });
        assertEquals(sameChunks(first, out), [true, true, true, true, true, true]);
        assertEquals((await entriesOf(out)).slice(0, MADE.rows), await entriesOf(first));
      }));
  }
}

Deno.test("concat: a chunk with a row that a reindex sorts is not copied, others are", () =>
  inFolder(async (folder) => {
    const first = await writeAnnData(`${folder}/a.zarr`, MADE), out = `${folder}/all.zarr`;
    const second = await writeAnnData(`${folder}/b.zarr`, { ...MADE, vars: [...GENES, "more"], seed: 2 });
    const expected = await entriesOf(first), row = expected[0] ?? [];
    for (const chunk of [0, 1, 2]) {
      encodeAnew(objectOf(first, "data", chunk));
      encodeAnew(objectOf(first, "indices", chunk), chunk === 0 ? swap : undefined);
    }
    [row[1], row[3]] = [row[3] as number, row[1] as number]; // the values have changed their places
    await concatOnDisk([first, second], out, { join: "outer", workers: 0 });
    assertEquals(sameChunks(first, out), [false, false, true, true, true, true]);
    assertEquals((await entriesOf(out)).slice(0, MADE.rows), expected);
  }));

Deno.test("concat: chunks of an input whose entries start within one of the output's are not copied", () =>
  inFolder(async (folder) => {
    const short = await writeAnnData(`${folder}/a.zarr`, { ...MADE, rows: 10, vars: GENES.toReversed() });
    const second = await writeAnnData(`${folder}/b.zarr`, { ...MADE, seed: 2 }), out = `${folder}/all.zarr`;
    await concatOnDisk([short, second], out, { workers: 0 });
    assertEquals(sameChunks(second, out), [false, false, false, false, false, false]);
    const turned = (await entriesOf(second)).map((row) => {
      const pairs = Array.from(
        { length: row.length / 2 },
        (_, at) => [299 - (row[2 * at] as number), row[2 * at + 1] as number],
      );
      return pairs.reverse().flat();
    });
    assertEquals((await entriesOf(out)).slice(10), turned);
  }));

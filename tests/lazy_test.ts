/** Streams of what a store holds: every chunk, cut in every way, and nothing kept when they end. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readHeader } from "../lib/anndata/anndata.ts";
import type { ColumnHeader } from "../lib/anndata/header.ts";
import { openStore } from "../lib/anndata/open.ts";
import { arrayAt, readNumbers } from "../lib/anndata/read.ts";
import { FormatError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { annData, type AnnDataView, type Matrix } from "../lib/lazy/anndata.ts";
import type { ChunkOptions } from "../lib/lazy/cut.ts";
import { type DataFrame, dataFrame } from "../lib/lazy/frame.ts";
import { openAnnData, storedContent } from "../lib/lazy/open.ts";
import { ObjectCache } from "../lib/storage/cache.ts";
import { DenoStore, type ReadableStore } from "../lib/storage/store.ts";
import { inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { holdAgainst } from "./streamed.ts";
import { categorical, frame, group, numbers, writeTree } from "./tree_store.ts";

const CASES = decodeURIComponent(new URL("../testdata/cases/", import.meta.url).pathname);

for (const name of namesIn(CASES)) {
  Deno.test(`openAnnData: every chunk of a store of ${name}`, async () => {
    const store = `${CASES}${name}/${
      namesIn(`${CASES}${name}`).find((one) => one === "expected.zarr") ?? "inputs/0.zarr"
    }`;
    await using got = await openAnnData(store);
    await holdAgainst(got, await openStore(store, { pool: new BufferPool() }));
  });
}

const VARS = Array.from({ length: 70 }, (_, i) => `g${i}`);
const STORES: Readonly<Record<string, MadeStore>> = {
  csr: { rows: 400, vars: VARS, x: "csr", seed: 1, density: 0.2, chunks: [700] },
  csc: { rows: 400, vars: VARS, x: "csc", seed: 2, density: 0.2, chunks: [700] },
  dense: { rows: 400, vars: VARS, x: "dense", seed: 3, chunks: [64, 32] },
};
const LENGTHS: Readonly<Record<string, readonly [axis: "rows" | "columns", length: number]>> = {
  csr: ["rows", 400],
  csc: ["columns", 70],
  dense: ["rows", 400],
};

/** Every kind of matrix, on disk. */
async function withEach(
  use: (kind: string, path: string, axis: "rows" | "columns", length: number) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [kind, store] of Object.entries(STORES)) {
      const [axis, length] = LENGTHS[kind] ?? ["rows", 0];
      await use(kind, await writeAnnData(`${folder}/${kind}.zarr`, store), axis, length);
    }
  });
}

/** X of an AnnData. */
function xOf(a: AnnDataView): Matrix {
  if (a.X === null) throw new TypeError("It has no X");
  return a.X;
}

Deno.test("chunks: every stored chunk is read once, however the chunks are cut", async () => {
  await withEach(async (kind, path, axis) => {
    for (const options of [{}, { [axis]: 7 }, { [axis]: 150 }, { bytes: 3000 }]) {
      const store = new DenoStore(path), reads = new Map<string, number>();
      const counting: ReadableStore = {
        get: (key) => store.get(key),
        list: (prefix) => store.list(prefix),
        readInto(key, range, allocate) {
          if (/^\/X\/(.*\/)?c\//.test(key)) reads.set(key, (reads.get(key) ?? 0) + 1);
          return store.readInto(key, range, allocate);
        },
      };
      for await (const _ of xOf(await openAnnData(counting)).chunks(options)) { /* counted */ }
      const repeated = [...reads].filter(([, count]) => count > 1);
      assert(reads.size > 10, `${kind} has ${reads.size} chunks`);
      assertEquals(repeated, [], `${kind} ${JSON.stringify(options)}`);
    }
  });
});

Deno.test("chunks: what was received stays as it was", async () => {
  await withEach(async (kind, path, axis) => {
    const root = await openStore(path, { pool: new BufferPool() });
    const data = await readNumbers(await arrayAt(root, kind === "dense" ? "X" : "X/data"));
    for (const options of [{}, { [axis]: 30 }]) {
      const kept = [], copies = [];
      for await (const chunk of xOf(await openAnnData(path)).chunks(options)) {
        kept.push(chunk);
        copies.push([...chunk.data as Float32Array]);
      }
      assertEquals(kept.map((chunk) => [...chunk.data as Float32Array]), copies, kind);
      // Without options a dense chunk has some of the columns only.
      if (kind !== "dense" || axis in options) assertEquals(copies.flat(), [...data as Float32Array], kind);
    }
  });
});

Deno.test("chunks: who gives a chunk back has no longer any of it", async () => {
  await withEach(async (kind, path) => {
    const kept = [], given = [];
    for await (const chunk of xOf(await openAnnData(path)).chunks()) kept.push([...chunk.data as Float32Array]);
    for await (const chunk of xOf(await openAnnData(path)).chunks()) {
      assert(chunk.data.length > 0);
      given.push([...chunk.data as Float32Array]);
      chunk[Symbol.dispose]();
      assertEquals([chunk.data.length, chunk.indices?.length ?? 0], [0, 0]);
      chunk[Symbol.dispose]();
    }
    assertEquals(given, kept, kind);
  });
});

/** Run `use` over a store whose pool must have everything back in the end. */
async function givesBack(path: string, use: (matrix: Matrix) => Promise<void>): Promise<void> {
  const pool = new BufferPool(), content = storedContent(await openStore(path, { pool }), pool, new ObjectCache());
  await use(xOf(await annData(content)));
  assertEquals(pool.lent, 0, path);
}

/** The ways to cut that take different ways through the code. */
function waysOf(axis: "rows" | "columns"): ChunkOptions[] {
  return [{}, { [axis]: 9 }, { bytes: 5000 }];
}

Deno.test("chunks: early break, errors and aborts give all memory back", async (t) => {
  await withEach(async (kind, path, axis) => {
    for (const options of waysOf(axis)) {
      await t.step(`${kind} ${JSON.stringify(options)}`, async () => {
        await givesBack(path, async (matrix) => {
          let count = 0;
          for await (const _ of matrix.chunks(options)) if (++count === 2) break;
        });
        await givesBack(path, async (matrix) => {
          const control = new AbortController();
          let count = 0;
          await assertRejects(
            async () => {
              for await (const _ of matrix.chunks({ ...options, signal: control.signal })) {
                if (++count === 2) setTimeout(() => control.abort(new Error("no more")), 0);
                await new Promise((resolve) => setTimeout(resolve, 2));
              }
            },
            Error,
            "no more",
          );
          assertEquals(count, 2);
        });
        await givesBack(path, async (matrix) => {
          await assertRejects(
            async () => {
              for await (const _ of matrix.chunks(options)) throw new Error("mine");
            },
            Error,
            "mine",
          );
        });
        await givesBack(path, async (matrix) => {
          const stream = matrix.chunks(options);
          await stream.next();
          await stream.return();
          assertEquals(await stream.next(), { done: true, value: undefined });
        });
      });
    }
  });
});

Deno.test("chunks: a broken chunk is an error that names its place, and all memory comes back", async () => {
  await withEach(async (kind, path, axis) => {
    Deno.writeFileSync(`${path}/X/${kind === "dense" ? "c/1/0" : "indices/c/3"}`, new Uint8Array(20));
    for (const options of waysOf(axis)) {
      await givesBack(path, async (matrix) => {
        const error = await assertRejects(async () => {
          for await (const _ of matrix.chunks(options)) { /* until it breaks */ }
        }, FormatError);
        assertEquals([error.source, error.element], [path, kind === "dense" ? "X" : "X/indices"]);
      });
    }
  });
});

Deno.test("chunks: an index outside of the matrix is an error", async () => {
  await inFolder(async (folder) => {
    const { csr } = STORES, path = `${folder}/a.zarr`;
    if (csr === undefined) throw new TypeError("There is no csr store");
    await writeAnnData(path, { ...csr, codecs: [] });
    const chunk = Deno.readFileSync(`${path}/X/indices/c/0`);
    for (const wrong of [VARS.length, -1]) {
      new DataView(chunk.buffer).setInt32(40, wrong, true);
      Deno.writeFileSync(`${path}/X/indices/c/0`, chunk);
      const error = await assertRejects(async () => await xOf(await openAnnData(path)).read(), FormatError);
      assertEquals(error.message, `Cannot read "X" of "${path}": it holds the index ${wrong} where there are 70`);
      assertEquals([error.source, error.element], [path, "X"]);
    }
  });
});

Deno.test("chunks: nothing runs ahead of who reads", async () => {
  await inFolder(async (folder) => {
    const { csr } = STORES, path = `${folder}/a.zarr`, read: string[] = [];
    if (csr === undefined) throw new TypeError("There is no csr store");
    const store = new DenoStore(await writeAnnData(path, csr));
    const watched: ReadableStore = {
      get: (key) => store.get(key),
      list: (prefix) => store.list(prefix),
      readInto(key, range, allocate) {
        if (key.startsWith("/X/data/c/")) read.push(key);
        return store.readInto(key, range, allocate);
      },
    };
    const stream = xOf(await openAnnData(watched)).chunks();
    assertEquals(read, []);
    await stream.next();
    const after = read.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals([after, read.length], [1, 1]);
    await stream.return();
  });
});

Deno.test("chunks: wrong options are refused at once", async () => {
  await withEach(async (_, path, axis, length) => {
    const matrix = xOf(await openAnnData(path)), refused = (options: ChunkOptions) => () => matrix.chunks(options);
    assertThrows(refused({ [axis]: 0 }), RangeError, `Cannot use ${axis} 0: it is a whole number of at least 1`);
    assertThrows(refused({ bytes: 0.5 }), RangeError, "Cannot use bytes 0.5");
    assertThrows(refused({ [axis]: 2, bytes: 8 }), TypeError, "give one of them");
    assertThrows(refused({ [axis]: { start: 0, end: 1 }, range: { start: 0, end: 1 } }), TypeError, "two ranges");
    const range = { start: 3, end: length + 1 };
    assertThrows(
      refused({ range }),
      RangeError,
      `Cannot read ${axis} 3:${length + 1} of "X" of "${path}": it has ${length}`,
    );
    assertThrows(refused({ range: { start: 2, end: 1 } }), RangeError, `Cannot read ${axis} 2:1`);
  });
});

Deno.test("annData: what cannot be read is closed", async () => {
  await inFolder(async (folder) => {
    const path = await writeTree(`${folder}/a.zarr`, group("anndata", { obs: frame(["a"]) })), pool = new BufferPool();
    let closed = 0;
    const content = storedContent(await openStore(path, { pool }), pool, new ObjectCache());
    const close = () => {
      closed++;
      return content.close();
    };
    await assertRejects(() => annData({ ...content, close }), FormatError);
    assertEquals(closed, 1);
  });
});

/** The cells of a store with 50 numeric columns and a categorical one, whose columns' headers are `changed`. */
async function cellsOf(folder: string, changed: (header: ColumnHeader) => ColumnHeader): Promise<DataFrame> {
  const table = Array.from({ length: 50 }, (_, at) => [`c${at}`, numbers("int32", [at, at])] as const);
  const obs = frame(["a", "b"], { ...Object.fromEntries(table), kind: categorical([1, 0], ["x", "y"]) });
  const path = await writeTree(`${folder}/a.zarr`, group("anndata", { obs, var: frame([]) }));
  const pool = new BufferPool(), root = await openStore(path, { pool });
  const { frames: [cells] } = await readHeader(root, { axis: 0, otherColumns: true, rawColumns: true, uns: false });
  return dataFrame(storedContent(root, pool, new ObjectCache()), { ...cells, columns: cells.columns.map(changed) });
}

Deno.test("column: is found without a look at all others", async () => {
  await inFolder(async (folder) => {
    let looks = 0;
    const cells = await cellsOf(folder, ({ name, ...header }) => ({
      ...header,
      get name() {
        looks++;
        return name;
      },
    }));
    looks = 0;
    for (const name of cells.columns) assertEquals(cells.column(name).name, name);
    assert(looks <= 2 * cells.columns.length, `${looks} looks at the names of ${cells.columns.length} columns`);
    assertThrows(() => cells.column("c50"), RangeError, 'Cannot find the column "c50"');
  });
});

Deno.test("categories: are made for who looks at them, and once", async () => {
  await inFolder(async (folder) => {
    let made = 0;
    const cells = await cellsOf(folder, (header) => {
      if (header.kind !== "categorical") return header;
      const { values, ...categories } = header.categories;
      return {
        ...header,
        categories: {
          ...categories,
          get values() {
            made++;
            return values;
          },
        },
      };
    });
    const column = cells.column("kind");
    if (column.kind !== "categorical") throw new TypeError(`It is a column of ${column.kind}`);
    assertEquals([[...(await column.read()).codes as Int8Array], made], [[1, 0], 0]);
    assertEquals([column.categories, column.categories, made], [["x", "y"], ["x", "y"], 1]);
  });
});

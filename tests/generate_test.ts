/** The benchmark's data: what is drawn, what is written, and that nothing else is touched. */
import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { readFrame } from "../lib/anndata/frame.ts";
import { arrayAt, readNumbers } from "../lib/anndata/read.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { guessChunks } from "../lib/generate/chunks.ts";
import { Entries, entryCount } from "../lib/generate/entries.ts";
import { keyOf, unit } from "../lib/generate/random.ts";
import { openGroup } from "../lib/storage/open.ts";
import { endOf, pause, spawnAnncat } from "./child.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";

const SMALL = ["--sizes=60", "--runs=1", "--shapes=fat"];

/** The sum of (found - expected)² / expected: near the number of bins where all are as likely. */
function chiSquare(found: readonly number[]): number {
  const expected = found.reduce((sum, count) => sum + count, 0) / found.length;
  return found.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function add(counts: number[], bin: number): void {
  counts[bin] = (counts[bin] ?? 0) + 1;
}

Deno.test("unit: numbers are spread evenly, and neighbours have nothing to do with each other", () => {
  const key = keyOf(0, "a column"), count = 100_000;
  const values = Float64Array.from({ length: count }, (_, at) => unit(key, at));
  const bins = new Array<number>(100).fill(0), pairs = new Array<number>(100).fill(0);
  for (let at = 0; at < count; at++) {
    const value = values[at] ?? 0, next = values[at + 1] ?? 0;
    add(bins, Math.floor(value * 100));
    if (at % 2 === 0) add(pairs, Math.floor(value * 10) * 10 + Math.floor(next * 10));
  }
  // 99 degrees of freedom: 1 in 10,000 is beyond 161.
  assertLess(chiSquare(bins), 161);
  assertLess(chiSquare(pairs), 161);
  assertEquals(new Set(values).size, count);
});

Deno.test("Entries: every set of places of that many is as likely", () => {
  const found = new Map<string, number>(), into = new Int32Array(4);
  for (let seed = 0; seed < 6000; seed++) {
    const entries = new Entries(keyOf(seed, "places"), { rows: 2, columns: 3 }, 0.5);
    const set = [0, 1].flatMap((row) => Array.from(into.subarray(0, entries.row(row, into)), (at) => row * 3 + at));
    assertEquals(set.length, 3);
    found.set(set.join(), (found.get(set.join()) ?? 0) + 1);
  }
  assertEquals(found.size, 20); // 6 over 3
  assertLess(chiSquare([...found.values()]), 51); // 19 degrees of freedom: 1 in 10,000
});

Deno.test("Entries: rows and columns tell of the same places, as many as scipy makes", () => {
  for (
    const [rows, columns, density] of [[70, 50, 0.1], [40, 90, 0.93], [5, 5, 0], [7, 3, 0.999], [64, 1, 0.5]] as const
  ) {
    const entries = new Entries(keyOf(1, rows), { rows, columns }, density),
      byRow: number[] = [],
      byColumn: number[] = [];
    const intoRow = new Int32Array(columns + 1), intoColumn = new Int32Array(rows + 1);
    for (let row = 0; row < rows; row++) {
      const count = entries.row(row, intoRow);
      assertEquals(count, entries.perRow[row]);
      byRow.push(...Array.from(intoRow.subarray(0, count), (column) => row * columns + column));
    }
    for (let column = 0; column < columns; column++) {
      const count = entries.column(column, intoColumn);
      assertEquals(count, entries.perColumn[column]);
      byColumn.push(...Array.from(intoColumn.subarray(0, count), (row) => row * columns + column));
    }
    assertEquals(byRow, [...new Set(byRow)].sort((a, b) => a - b));
    assertEquals(byRow, byColumn.sort((a, b) => a - b));
    assertEquals(byRow.length, entries.count);
  }
  // round() of Python: of two nearest, the even one.
  assertEquals(
    [[5, 1], [15, 1], [25, 1], [7, 1]].map(([rows = 0, columns = 0]) => entryCount({ rows, columns }, 0.1)),
    [
      ...[0, 2, 2, 1],
    ],
  );
});

Deno.test("guessChunks: as zarr-python 3.1.6", () => {
  // Its own `_guess_chunks(shape, itemsize)`.
  const expected: [number[], "float64" | "int32" | "bool", number[]][] = [
    [[13747, 10000], "float64", [430, 625]],
    [[10000, 13069], "float64", [313, 817]],
    [[10000, 10000], "float64", [313, 625]],
    [[1000, 1367], "float64", [250, 342]],
    [[13747000], "float64", [107399]],
    [[13747000], "int32", [214797]],
    [[10001], "int32", [10001]],
    [[12, 7], "float64", [12, 7]],
    [[0], "float64", [1]],
    [[200000], "bool", [200000]],
    [[200000], "float64", [50000]],
    [[3, 1000000], "float64", [1, 125000]],
    [[2000000000], "float64", [488282]],
    [[140000, 140000], "float64", [1094, 1094]],
  ];
  for (const [shape, dtype, chunks] of expected) assertEquals(guessChunks(shape, dtype), chunks, String(shape));
});

Deno.test("generate: the notebook's names in its order, and done.txt", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`,
      made = await anncat("generate", data, "--sizes=20,30", "--runs=1", "--shapes=fat,square");
    assertEquals(made.code, 0, made.err);
    const lines = made.out.trimEnd().split("\n");
    assertEquals(Deno.readTextFileSync(`${data}/done.txt`), made.out);
    assertEquals(lines.length, 12);
    const arrays = ["csc", "csr", "np"], shapes = ["fat", "fat", "square", "square"];
    lines.forEach((line, at) => {
      const array = arrays[at % 3] ?? "", shape = shapes[Math.floor(at / 3) % 4] ?? "";
      const name = `${String(at + 1).padStart(2, "0")}_${shape}_${array}.zarr`;
      const [, rows, columns] = /^wrote (\d+)x(\d+)_/.exec(line) ?? [];
      assertEquals(line, `wrote ${rows}x${columns}_${array} -> ${data}/${name}`);
      const size = Math.floor(at / 3) % 2 === 0 ? 20 : 30;
      assertEquals(Number(columns), size);
      if (shape === "square") assertEquals(Number(rows), size);
      else assert(Number(rows) >= size * 1.2 && Number(rows) < size * 1.4, line);
    });
    assertEquals(
      namesIn(data),
      [...lines.map((line) => line.replace(/^.*\//, "")), "done.txt", "generate.json"].sort(),
    );
    const again = await anncat("generate", data, "--sizes=20,30", "--runs=1", "--shapes=fat,square");
    assertEquals([again.code, again.out, again.err], [0, made.out, "anncat: already done\n"]);
  });
});

Deno.test("generate: the same seed gives the same bytes, another seed others", async () => {
  await inFolder(async (folder) => {
    for (const [name, seed] of [["a", 7], ["b", 7], ["c", 8]]) {
      assertEquals((await anncat("generate", `${folder}/${name}`, ...SMALL, `--seed=${seed}`)).code, 0);
    }
    const stores = (name: string) => [...filesUnder(`${folder}/${name}`)].filter(([path]) => path.includes(".zarr/"));
    assertEquals(stores("a"), stores("b"));
    const isChunk = ([path]: readonly [string, Uint8Array]) => /X\/(data\/0|0\.0)$/.test(path);
    const [a, c] = [stores("a").filter(isChunk), stores("c").filter(isChunk)];
    assertEquals(a.length, 3);
    assert(c.every(([path, bytes], at) => path === a[at]?.[0] && bytes.join() !== a[at]?.[1].join()));
    // obs of csc and csr are drawn apart, as in the notebook; X is the same matrix.
    const column = (store: string) => Deno.readFileSync(`${folder}/a/${store}/obs/float64/0`).join();
    assert(column("01_fat_csc.zarr") !== column("02_fat_csr.zarr"));
  });
});

Deno.test("generate: columns and types of gen_typed_df, and one matrix as csc and csr", async () => {
  await inFolder(async (folder) => {
    for (const version of [2, 3]) {
      const data = `${folder}/${version}`;
      assertEquals((await anncat("generate", data, ...SMALL, `--zarr-format=${version}`)).code, 0);
      const open = (name: string) => openGroup(`${data}/${name}`, { pool: new BufferPool() });
      const root = await open("01_fat_csc.zarr");
      const obs = await root.child("obs");
      if (obs?.kind !== "group") throw new Error("No obs");
      const { columns } = await readFrame(obs, "columns");
      assertEquals(columns.map(({ name }) => name), [
        ...["cat_unordered", "obs_cat", "int64", "float64", "uint8", "bool"],
        ...["nullable-bool", "nullable-int32", "nullable-uint8"],
      ]);
      assertEquals(
        columns.map((column) => column.kind === "categorical" ? column.ordered : "dtype" in column && column.dtype),
        [
          ...[false, true, "int64", "float64", "uint8", "bool", "bool", "int32", "uint8"],
        ],
      );
      const bounds = { int64: [-50, 49], uint8: [0, 254], "nullable-int32/values": [-50, 49], float64: [0, 1] };
      for (const [name, [least = 0, most = 0]] of Object.entries(bounds)) {
        const values = Array.from(await readNumbers(await arrayAt(root, `obs/${name}`)), Number);
        assert(values.every((value) => value >= least && value <= most), name);
        assertGreater(new Set(values).size, 20);
      }
      const csc = await cellsOf(root), csr = await cellsOf(await open("02_fat_csr.zarr"));
      assertEquals(csc.size, Math.round(0.1 * 60 * (root.attrs["shape"] === undefined ? csc.rows : 0)));
      assertEquals([...csc.cells].sort(), [...csr.cells].sort());
    }
  });
});

Deno.test("generate: .h5ad files hold what the zarr stores hold, in the same bytes each time", async () => {
  await inFolder(async (folder) => {
    assertEquals((await anncat("generate", `${folder}/zarr`, ...SMALL)).code, 0);
    for (const name of ["a", "b"]) {
      const made = await anncat("generate", `${folder}/${name}`, ...SMALL, "--h5ad");
      assertEquals(made.code, 0, made.err);
    }
    const files = ["01_fat_csc", "02_fat_csr", "03_fat_np"];
    assertEquals(namesIn(`${folder}/a`), [...files.map((name) => `${name}.h5ad`), "done.txt", "generate.json"]);
    for (const name of files) {
      const [a, b] = ["a", "b"].map((made) => Deno.readFileSync(`${folder}/${made}/${name}.h5ad`));
      assertEquals(a, b);
      const checked = await anncat("check", `${folder}/zarr/${name}.zarr`, `${folder}/a/${name}.h5ad`);
      assertEquals(checked.code, 0, checked.out + checked.err);
    }
    assertEquals((await anncat("generate", `${folder}/a`, "--remove")).code, 0);
    assertEquals(namesIn(folder), ["b", "zarr"]);
  });
});

/** The entries of a small sparse X as `row,column=value`. */
async function cellsOf(root: Awaited<ReturnType<typeof openGroup>>) {
  const x = await root.child("X");
  if (x?.kind !== "group") throw new Error("No sparse X");
  const read = async (name: string) => Array.from(await readNumbers(await arrayAt(x, name)), Number);
  const [data, indices, indptr] = [await read("data"), await read("indices"), await read("indptr")];
  const isCsr = x.attrs["encoding-type"] === "csr_matrix", cells: string[] = [];
  for (let major = 0; major + 1 < indptr.length; major++) {
    for (let at = indptr[major] ?? 0; at < (indptr[major + 1] ?? 0); at++) {
      const [row, column] = isCsr ? [major, indices[at]] : [indices[at], major];
      cells.push(`${row},${column}=${data[at]}`);
    }
  }
  return { cells, size: cells.length, rows: (x.attrs["shape"] as number[])[0] ?? 0 };
}

Deno.test("generate: an interrupted run leaves whole stores only, and is taken up again", async () => {
  await inFolder(async (folder) => {
    const args = ["--sizes=1500", "--runs=1", "--shapes=fat,square"];
    const child = spawnAnncat(["generate", `${folder}/a`, ...args]);
    while (!exists(`${folder}/a/01_fat_csc.zarr`)) await pause(5);
    child.kill("SIGINT");
    assertEquals((await endOf(child)).code, 130);
    const left = namesIn(`${folder}/a`);
    assert(!left.includes("done.txt") && left.includes("generate.json"), left.join());
    assertEquals(left.filter((name) => name.startsWith(".")), []);
    for (const name of ["a", "b"]) assertEquals((await anncat("generate", `${folder}/${name}`, ...args)).code, 0);
    assertEquals(await digests(`${folder}/a`), await digests(`${folder}/b`));
  });
});

async function digests(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const [path, bytes] of filesUnder(folder)) {
    if (!path.includes(".zarr/")) continue;
    const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
    found.push(`${path} ${new Uint8Array(digest).join()}`);
  }
  return found;
}

Deno.test("generate: another recipe is refused, and --rewrite replaces", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    assertEquals((await anncat("generate", data, ...SMALL)).code, 0);
    const other = await anncat("generate", data, "--sizes=50", "--runs=1");
    assertEquals([other.code, other.err.includes("--rewrite replaces it")], [1, true]);
    Deno.writeTextFileSync(`${data}/mine.txt`, "kept");
    assertEquals((await anncat("generate", data, "--sizes=50", "--runs=1", "--shapes=tall", "--rewrite")).code, 0);
    assertEquals(namesIn(data), [
      ...["01_tall_csc.zarr", "02_tall_csr.zarr", "03_tall_np.zarr", "done.txt", "generate.json", "mine.txt"],
    ]);
  });
});

Deno.test("generate: what it did not make is not replaced", async () => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/02_fat_csr.zarr`);
    const taken = await anncat("generate", folder, ...SMALL);
    assertEquals([taken.code, namesIn(folder)], [1, ["02_fat_csr.zarr"]]);
    assert(taken.err.includes("02_fat_csr.zarr"), taken.err);
  });
});

Deno.test("generate --remove: takes what generate made, follows no links and leaves the rest", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`, precious = `${folder}/precious`;
    assertEquals((await anncat("generate", data, ...SMALL)).code, 0);
    Deno.mkdirSync(precious);
    Deno.writeTextFileSync(`${precious}/file`, "kept");
    // A link in a store's place, one inside a store, and a file of the user's.
    Deno.removeSync(`${data}/01_fat_csc.zarr`, { recursive: true });
    Deno.symlinkSync(precious, `${data}/01_fat_csc.zarr`);
    Deno.symlinkSync(precious, `${data}/02_fat_csr.zarr/link`);
    Deno.writeTextFileSync(`${data}/mine.txt`, "kept");
    Deno.mkdirSync(`${data}/.03_fat_np.zarr.anncat-12345678`); // what a killed run leaves
    const removed = await anncat("generate", data, "--remove");
    assertEquals(removed.code, 0, removed.err);
    assert(removed.err.includes("it is a symbolic link"), removed.err);
    assertEquals(namesIn(data), ["01_fat_csc.zarr", "mine.txt"]);
    assertEquals(namesIn(precious), ["file"]);
    assertEquals((await anncat("generate", data, "--remove")).code, 1);
  });
});

Deno.test("generate --remove: a manifest that leads elsewhere, and a folder that is a link, are refused", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    Deno.mkdirSync(data);
    Deno.mkdirSync(`${folder}/01_fat_np.zarr`);
    Deno.writeTextFileSync(`${data}/generate.json`, JSON.stringify({ recipe: {}, stores: ["../01_fat_np.zarr"] }));
    assertEquals((await anncat("generate", data, "--remove")).code, 1);
    Deno.removeSync(data, { recursive: true });
    assertEquals((await anncat("generate", data, ...SMALL)).code, 0);
    Deno.symlinkSync(data, `${folder}/link`);
    const refused = await anncat("generate", `${folder}/link/`, "--remove");
    assertEquals([refused.code, refused.err.includes("symbolic link")], [1, true]);
    assertEquals(namesIn(folder), ["01_fat_np.zarr", "data", "link"]);
    assertEquals((await anncat("generate", data, "--remove")).code, 0);
    assertEquals(namesIn(folder), ["01_fat_np.zarr", "link"]);
  });
});

Deno.test("generate: wrong lists are refused with what they may be", async () => {
  await inFolder(async (folder) => {
    for (const flag of ["--sizes=0", "--sizes=1.5", "--shapes=round", "--densities=1.5", "--densities=x", "--runs=0"]) {
      const refused = await anncat("generate", `${folder}/data`, flag);
      assertEquals([refused.code, namesIn(folder)], [2, []], flag);
    }
    const tooMany = await anncat("generate", `${folder}/data`, "--sizes=200000", "--shapes=square");
    assertEquals([tooMany.code, namesIn(folder)], [1, []], tooMany.err);
  });
});

Deno.test({
  name: "generate: memory does not grow with what is made",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await inFolder(async (folder) => {
      const peak = async (size: number) => {
        const data = `${folder}/${size}`,
          child = spawnAnncat(["generate", data, `--sizes=${size}`, "--runs=1", "--shapes=tall"]);
        let most = 0, ended = false;
        const status = child.status.then(() => ended = true);
        while (!ended) {
          most = Math.max(most, peakOf(child.pid));
          await pause(5);
        }
        await status;
        assertEquals((await endOf(child)).code, 0);
        Deno.removeSync(data, { recursive: true });
        return most;
      };
      const small = await peak(300), large = await peak(3000); // 1.3 and 130 MB
      assertLessOrEqual(large, 192 * 2 ** 20);
      assertLessOrEqual(large - small, 48 * 2 ** 20);
    });
  },
});

function peakOf(pid: number): number {
  try {
    return 1024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

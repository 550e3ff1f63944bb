/** What goes wrong ends in one line, exit status 1, and not a trace of an output. */
import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { arrayAt, readNumbers } from "../lib/anndata/read.ts";
import { OutputExistsError, ResumeError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { Output } from "../lib/run/output.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import { openGroup } from "../lib/storage/open.ts";
import { concatOnDisk } from "../mod.ts";
import { endOf, pause, SOURCES, spawnAnncat } from "./child.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { BLOSC, type MadeStore, writeAnnData, ZSTD } from "./made_store.ts";
import { freshSeed, Random } from "./random.ts";
import { mountSmall, unmount } from "./small_disk.ts";

const VARS = Array.from({ length: 40 }, (_, i) => `g${i}`);

/** What stood in the folder before is all that stands there then, but for work that the message says is kept. */
async function failsWithOneLine(folder: string, args: readonly string[]): Promise<string> {
  const before = namesIn(folder),
    isLeft = (name: string) => !before.includes(name) && !err.includes(`kept in "${folder}/${name}"`);
  const { code, out, err } = await anncat("concat", "--quiet", ...args);
  assertEquals([code, out], [1, ""], err);
  assertMatch(err, /^anncat: [^\n]+\n$/);
  assertEquals(namesIn(folder).filter(isLeft), []);
  return err;
}

/** Change the file at `path`. */
function damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
  Deno.writeFileSync(path, change(Deno.readFileSync(path)));
}

/** Flip bytes behind a frame's header. Deep inside of one, zstd without a checksum takes some flips for other values. */
function flipBehindHeader(bytes: Uint8Array): Uint8Array {
  const start = bytes[0] === 0x28 ? 6 : 16; // zstd's magic number; Blosc has 16 bytes of header
  return bytes.map((byte, at) => at >= start && at < start + 24 ? byte ^ 0xff : byte);
}

const DAMAGES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  "flipped in its header": (bytes) => bytes.map((byte, at) => at < 12 ? byte ^ 0xff : byte),
  "flipped behind its header": flipBehindHeader,
  "cut in half": (bytes) => bytes.subarray(0, bytes.length >> 1),
  "cut by a byte": (bytes) => bytes.subarray(0, bytes.length - 1),
  "empty": () => new Uint8Array(),
};

interface Damaged {
  readonly name: string;
  readonly store: Pick<MadeStore, "x" | "chunks" | "codecs">;
  readonly chunk: string;
  /** Whether nothing is reindexed, so that dense chunks are handed on as they are stored. */
  readonly copies: boolean;
}

const DAMAGED: readonly Damaged[] = [
  { name: "dense, Blosc", store: { x: "dense", chunks: [64, 40], codecs: [BLOSC] }, chunk: "X/c/1/0", copies: false },
  { name: "dense, zstd", store: { x: "dense", chunks: [64, 40], codecs: [ZSTD] }, chunk: "X/c/1/0", copies: false },
  { name: "data, Blosc", store: { x: "csr", chunks: [500], codecs: [BLOSC] }, chunk: "X/data/c/1", copies: false },
  { name: "indices, zstd", store: { x: "csr", chunks: [500], codecs: [ZSTD] }, chunk: "X/indices/c/1", copies: false },
  { name: "indptr, zstd", store: { x: "csc", chunks: [500], codecs: [ZSTD] }, chunk: "X/indptr/c/0", copies: false },
  { name: "column, zstd", store: { x: "csr", chunks: [500], codecs: [ZSTD] }, chunk: "obs/n/c/0", copies: false },
  {
    name: "codes, zstd",
    store: { x: "csr", chunks: [500], codecs: [ZSTD] },
    chunk: "obs/kind/codes/c/0",
    copies: false,
  },
  { name: "names, Blosc", store: { x: "csr", chunks: [500], codecs: [BLOSC] }, chunk: "obs/_index/c/0", copies: false },
  {
    name: "var names, Blosc",
    store: { x: "csr", chunks: [500], codecs: [BLOSC] },
    chunk: "var/_index/c/0",
    copies: false,
  },
  { name: "copied, Blosc", store: { x: "dense", chunks: [64, 40], codecs: [BLOSC] }, chunk: "X/c/1/0", copies: true },
  { name: "copied, zstd", store: { x: "dense", chunks: [64, 40], codecs: [ZSTD] }, chunk: "X/c/1/0", copies: true },
  { name: "copied, plain", store: { x: "dense", chunks: [64, 40], codecs: [] }, chunk: "X/c/1/0", copies: true },
];

for (const { name, store, chunk, copies } of DAMAGED) {
  Deno.test(`concat: a broken chunk of ${name} is named`, async (t) => {
    await inFolder(async (folder) => {
      const a = await writeAnnData(`${folder}/a.zarr`, { rows: 200, vars: VARS, seed: 1, ...store });
      const vars = copies ? VARS : VARS.toReversed();
      const b = await writeAnnData(`${folder}/b.zarr`, { rows: 192, vars, seed: 2, ...store });
      const file = `${b}/${chunk}`, whole = Deno.readFileSync(file);
      for (const [what, change] of Object.entries(DAMAGES)) {
        // What is stored plainly has nothing by which other bytes could be told from right ones.
        if (what.startsWith("flipped") && store.codecs?.length === 0) continue;
        damage(file, change);
        await t.step(what, async () => {
          const said = await failsWithOneLine(folder, [b, a, "--out", `${folder}/out.zarr`]);
          assertStringIncludes(said, chunk.replace(/\/c\/.*/, ""));
          assertStringIncludes(said, "b.zarr");
        });
        Deno.writeFileSync(file, whole);
      }
    });
  });
}

Deno.test("concat: a broken chunk of many texts is named where it is read, and may be left out", async () => {
  await inFolder(async (folder) => {
    const notes = { count: 20_000, bytes: 20, chunk: 20_000 };
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 10, vars: VARS, x: null, seed: 1, notes });
    damage(`${a}/uns/notes/c/0`, flipBehindHeader);
    const args = [a, "--uns-merge=first", "--out", `${folder}/out.zarr`];
    assertMatch(await failsWithOneLine(folder, args), /a\.zarr.*uns\/notes|uns\/notes.*a\.zarr/);
    damage(`${a}/uns/notes/c/0`, (bytes) => bytes.subarray(0, 10));
    assertMatch(await failsWithOneLine(folder, args), /a\.zarr.*uns\/notes|uns\/notes.*a\.zarr/);
    const { code, err } = await anncat("concat", ...args, "--skip=uns/notes");
    assertEquals(code, 0, err);
  });
});

Deno.test("concat: a chunk that is not there is its array's fill value", async () => {
  await inFolder(async (folder) => {
    const made = { rows: 100, vars: VARS, x: "dense", chunks: [50, 40] } as const;
    const a = await writeAnnData(`${folder}/a.zarr`, { ...made, seed: 1 });
    const b = await writeAnnData(`${folder}/b.zarr`, { ...made, seed: 2, vars: VARS.toReversed() });
    Deno.removeSync(`${a}/X/c/0/0`);
    Deno.removeSync(`${b}/X/c/1/0`);
    const { code, err } = await anncat("concat", a, b, "--out", `${folder}/out.zarr`);
    assertEquals(code, 0, err);
    const root = await openGroup(`${folder}/out.zarr`, { pool: new BufferPool() });
    const values = Float32Array.from(await readNumbers(await arrayAt(root, "X")) as Float32Array);
    const quarters = [0, 1, 2, 3].map((at) => values.subarray(at * 2000, (at + 1) * 2000));
    assertEquals(quarters.map((quarter) => quarter.every((value) => value === 0)), [true, false, false, true]);
  });
});

Deno.test("concat: what is no AnnData store is refused by name", async (t) => {
  await inFolder(async (folder) => {
    const good = await writeAnnData(`${folder}/good.zarr`, { rows: 20, vars: VARS, x: "csr", seed: 1 });
    const pool = new BufferPool();
    const empty = await openStoreWriter(`${folder}/group.zarr`, { kind: "zarr", version: 3 }, pool);
    await empty.finish([{ kind: "group", path: "", attrs: {} }]);
    writeSingle(`${folder}/array.zarr`);
    Deno.writeTextFileSync(`${folder}/text.zarr`, "not a store\n");
    Deno.mkdirSync(`${folder}/empty.zarr`);
    const cases: Readonly<Record<string, string>> = {
      "group.zarr": "no obs and var",
      "array.zarr": "array",
      "text.zarr": "file",
      "empty.zarr": "zarr.json",
      "nothing.zarr": "no such file",
      "good.zarr/X": "csr_matrix",
    };
    for (const [name, says] of Object.entries(cases)) {
      await t.step(name, async () => {
        for (const inputs of [[`${folder}/${name}`, good], [good, `${folder}/${name}`]]) {
          const said = await failsWithOneLine(folder, [...inputs, "--out", `${folder}/out.zarr`]);
          assertStringIncludes(said, `"${folder}/${name}"`);
          assertStringIncludes(said, says);
        }
      });
    }
  });
});

/** A store that is one array, as zarr's own functions write it. */
function writeSingle(path: string): void {
  Deno.mkdirSync(`${path}/c`, { recursive: true });
  Deno.writeFileSync(`${path}/c/0`, new Uint8Array(16));
  const metadata = {
    zarr_format: 3,
    node_type: "array",
    shape: [4],
    data_type: "float32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
    attributes: {},
  };
  Deno.writeTextFileSync(`${path}/zarr.json`, JSON.stringify(metadata));
}

/** Two stores whose genes differ in order, so that everything is decoded. */
async function twoStores(folder: string, rows: number, chunks = [1000, 40]): Promise<[string, string]> {
  const made = { rows, x: "dense", chunks, codecs: [ZSTD] } as const;
  return [
    await writeAnnData(`${folder}/a.zarr`, { ...made, vars: VARS, seed: 1 }),
    await writeAnnData(`${folder}/b.zarr`, { ...made, vars: VARS.toReversed(), seed: 2 }),
  ];
}

Deno.test("concat: an output that exists stays as it is, whatever it is", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await twoStores(folder, 10);
    Deno.writeTextFileSync(`${folder}/file.zarr`, "mine");
    Deno.mkdirSync(`${folder}/empty.zarr`);
    Deno.symlinkSync(`${folder}/nowhere`, `${folder}/link.zarr`);
    for (const name of ["file", "empty", "link"]) {
      const said = await failsWithOneLine(folder, [a, b, "--out", `${folder}/${name}.zarr`]);
      assertStringIncludes(said, "--overwrite");
    }
    assertEquals(Deno.readTextFileSync(`${folder}/file.zarr`), "mine");
  });
});

Deno.test("concat: --overwrite replaces a store, and keeps it where the run fails", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await twoStores(folder, 300), out = `${folder}/out.zarr`, fresh = `${folder}/fresh.zarr`;
    assertEquals((await anncat("concat", a, b, "--out", fresh)).code, 0);
    assertEquals((await anncat("concat", a, "--out", out)).code, 0);
    assertEquals((await anncat("concat", a, b, "--out", out, "--overwrite")).code, 0);
    assertEquals(filesUnder(out), filesUnder(fresh));
    damage(`${b}/X/c/0/0`, (bytes) => bytes.subarray(0, 20));
    await failsWithOneLine(folder, [a, b, "--out", out, "--overwrite"]);
    assertEquals(filesUnder(out), filesUnder(fresh));
  });
});

Deno.test("concat, convert and tasks: --overwrite never replaces an input, what holds one, or what is no store", async (t) => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/all.zarr/data`, { recursive: true });
    const [a, b] = await twoStores(`${folder}/all.zarr/data`, 10), link = `${folder}/link.zarr`;
    Deno.writeTextFileSync(`${folder}/all.zarr/.zgroup`, "{}");
    Deno.symlinkSync(a, link);
    Deno.mkdirSync(`${folder}/thesis.zarr`);
    Deno.writeTextFileSync(`${folder}/thesis.zarr/chapter1`, "mine");
    Deno.writeTextFileSync(`${folder}/notes.h5ad`, "mine");
    const state = () => [namesIn(folder), ...["all", "thesis"].map((name) => filesUnder(`${folder}/${name}.zarr`))];
    const before = state(), work = `${folder}/work`;
    const cases: readonly (readonly [out: string, says: RegExp])[] = [
      [a, /the input "[^"]+a\.zarr" is there; choose/],
      [link, /the input "[^"]+a\.zarr" is there; choose/],
      [`${link}/X/new.zarr`, /the input "[^"]+a\.zarr" would hold it/],
      [`${folder}/all.zarr/`, /the input "[^"]+a\.zarr" lies in it/],
      [`${folder}/thesis.zarr`, /it is a folder that is no zarr store/],
      [`${folder}/notes.h5ad`, /it is a file that is no HDF5 file/],
    ];
    for (const [out, says] of cases) {
      await t.step(out, async () => {
        assertMatch(await failsWithOneLine(folder, [a, b, "--out", out, "--overwrite"]), says);
        const others = [["convert", a], ...out.endsWith(".h5ad") ? [] : [["tasks", a, b, "--dir", work]]];
        for (const args of others) {
          const { code, err } = await anncat(...args, "--out", out, "--overwrite");
          assertEquals(code, 1);
          assertMatch(err, says);
        }
        assertEquals(state(), before);
      });
    }
    await t.step("empty folders and files, and links, may go", async () => {
      Deno.mkdirSync(`${folder}/empty.zarr`);
      Deno.writeTextFileSync(`${folder}/empty.h5ad`, "");
      Deno.symlinkSync(`${folder}/thesis.zarr`, `${folder}/thesis2.zarr`);
      for (const name of ["empty.zarr", "empty.h5ad", "empty.h5ad", "thesis2.zarr"]) {
        assertEquals((await anncat("concat", a, b, "--out", `${folder}/${name}`, "--overwrite")).code, 0);
      }
      assertEquals(namesIn(`${folder}/thesis.zarr`), ["chapter1"]);
    });
  });
});

Deno.test("concat: an output whose folder is not there is refused", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await twoStores(folder, 10);
    const said = await failsWithOneLine(folder, [a, b, "--out", `${folder}/no/out.zarr`]);
    assertStringIncludes(said, `Parent directory of ${folder}/no/out.zarr does not exist`);
    await failsWithOneLine(folder, [a, b, "--out", `${a}/zarr.json/out.zarr`]);
  });
});

Deno.test("concat: a memory limit that is too small is refused before anything is written", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await twoStores(folder, 10);
    const said = await failsWithOneLine(folder, [a, b, "--out", `${folder}/out.zarr`, "--memory", "20MiB"]);
    assertMatch(said, /20 MiB.*needs \d+ MiB.*--memory to \d+MiB/);
    const enough = /--memory to (\d+MiB)/.exec(said)?.[1] ?? "";
    assertEquals((await anncat("concat", a, b, "--out", `${folder}/out.zarr`, "--memory", enough)).code, 0);
  });
});

Deno.test("concat: a full disk", async (t) => {
  await inFolder(async (folder) => {
    const disk = `${folder}/disk`;
    if (!await mountSmall(disk)) {
      await t.step({ name: "skipped: this user may not mount a small file system", ignore: true, fn: () => {} });
      return;
    }
    try {
      const [a, b] = await twoStores(folder, 60_000);
      for (const workers of ["0", "2"]) {
        await t.step(`with ${workers} workers`, async () => {
          const said = await failsWithOneLine(disk, [a, b, "--out", `${disk}/out.zarr`, "--workers", workers]);
          assertMatch(said, /space/i);
        });
      }
      await t.step("with sparse rows that are sorted through scratch files", async () => {
        const made = { rows: 20_000, x: "csc", density: 0.3, chunks: [100_000], seed: 3 } as const;
        const c = await writeAnnData(`${folder}/c.zarr`, { ...made, vars: VARS });
        const said = await failsWithOneLine(disk, [c, c, "--out", `${disk}/out.zarr`]);
        assertMatch(said, /space/i);
      });
      await t.step("and the next run that fits succeeds", async () => {
        assertEquals((await anncat("concat", a, "--only=obs", "--out", `${disk}/out.zarr`)).code, 0);
      });
    } finally {
      await unmount(disk);
    }
  });
});

/** Wait until `child` has made its hidden folder in `folder`, or has ended. */
async function untilWriting(child: Deno.ChildProcess, folder: string): Promise<void> {
  let ended = false;
  const status = child.status.then(() => ended = true);
  while (!ended && !namesIn(folder).some((name) => name.startsWith(".out.zarr."))) await pause(5);
  if (ended) await status;
}

/** A run of some seconds, for signals to meet. */
const SLOW = ["--codec=zstd:19"];

Deno.test("concat: a run that is killed shows nothing, and the next one clears what it left", async () => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/out`);
    const [a, b] = await twoStores(folder, 30_000), out = `${folder}/out/out.zarr`, args = [a, b, "--out", out];
    const seed = freshSeed(), random = new Random(seed);
    let kills = 0;
    for (let round = 0; round < 12; round++) {
      const place = `seed ${seed}, round ${round}`;
      const child = spawnAnncat(["concat", ...args, ...SLOW, `--workers=${round % 3}`]);
      if (round % 4 !== 0) await untilWriting(child, `${folder}/out`);
      await pause(random.next() * 600);
      try {
        child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended
      }
      const { signal, code, err } = await endOf(child), names = namesIn(`${folder}/out`);
      if (signal === "SIGKILL") {
        kills++;
        assertEquals(names.filter((name) => !name.startsWith(".")), [], place);
        // Each run clears the folder of the one before it.
        assert(names.length <= 1, `${names.join(", ")}; ${place}`);
      } else {
        assertEquals([code, ...names], [0, "out.zarr"], `${err}; ${place}`);
        Deno.removeSync(out, { recursive: true });
      }
    }
    assertGreater(kills, 6);
    const { code, err } = await anncat("concat", ...args);
    assertEquals(code, 0, err);
    assertEquals(namesIn(`${folder}/out`), ["out.zarr"]);
    assertEquals((await anncat("concat", a, b, "--out", `${folder}/fresh.zarr`)).code, 0);
    assertEquals(filesUnder(out), filesUnder(`${folder}/fresh.zarr`));
  });
});

Deno.test("concat: an interrupted run leaves nothing that it does not name, and its exit status names the signal", async (t) => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/out`);
    // Small chunks: a worker that went on with its task would write while the folder is cleared.
    const [a, b] = await twoStores(folder, 60_000, [25, 40]);
    for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      for (const workers of [0, 2]) {
        await t.step(`${signal} with ${workers} workers`, async () => {
          const out = `${folder}/out/out.zarr`;
          const child = spawnAnncat(["concat", a, b, "--out", out, ...SLOW, `--workers=${workers}`]);
          await untilWriting(child, `${folder}/out`);
          await pause(100);
          child.kill(signal);
          const { code, out: said, err } = await endOf(child);
          assertEquals([code, said], [status, ""], err);
          const [kept, ...others] = namesIn(`${folder}/out`);
          assertEquals(others, []);
          if (kept === undefined) return assertMatch(err, /anncat: Interrupted\n$/);
          assertMatch(err, /anncat: Interrupted; [^\n]+\n$/);
          assertStringIncludes(err, `kept in "${folder}/out/${kept}"`);
          Deno.removeSync(`${folder}/out/${kept}`, { recursive: true });
        });
      }
    }
  });
});

Deno.test("concat: two runs to one output at the same time: one wins, the other one says so", async () => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/out`);
    const [a, b] = await twoStores(folder, 2_000);
    const runs = [1, 2].map(() => endOf(spawnAnncat(["concat", a, b, "--out", `${folder}/out/out.zarr`])));
    const [first, second] = await Promise.all(runs);
    const codes = [first?.code, second?.code].sort();
    assertEquals(codes, [0, 1], `${first?.err}${second?.err}`);
    assertEquals(namesIn(`${folder}/out`), ["out.zarr"]);
  });
});

Deno.test("concat: the fewest permissions are enough, with workers too", async () => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/out`);
    Deno.mkdirSync(`${folder}/in`);
    const [a, b] = await twoStores(`${folder}/in`, 40_000);
    const read = `--allow-read=${folder}/in,${folder}/out,${SOURCES}`, write = `--allow-write=${folder}/out`;
    const { code, err } = await endOf(
      spawnAnncat(["concat", a, b, "--out", `${folder}/out/out.zarr`, "--workers=2"], [read, write]),
    );
    assertEquals(code, 0, err);
    assertEquals(namesIn(`${folder}/out`), ["out.zarr"]);
    const unread = await endOf(spawnAnncat(["concat", a, b, "--out", `${folder}/out/b.zarr`], [write]));
    assertEquals(unread.code, 1);
    assertMatch(unread.err, /^anncat: [^\n]*--allow-read\n$/);
  });
});

Deno.test("Output: a file that has come into being is not replaced, with second names for files or without", async () => {
  const link = Deno.linkSync;
  const none = (): never => {
    throw new Deno.errors.NotSupported("no second names");
  };
  try {
    for (Deno.linkSync of [link, none]) {
      await inFolder((folder) => {
        const target = `${folder}/a.h5ad`, format = { kind: "h5ad" } as const;
        const output = Output.open(target, { overwrite: false, resume: false, format });
        Deno.writeTextFileSync(output.folders.store, "new");
        Deno.writeTextFileSync(target, "old");
        assertThrows(() => output.publish(), OutputExistsError, "come into being");
        assertEquals(Deno.readTextFileSync(target), "old");
        Deno.removeSync(target);
        output.publish();
        assertEquals(namesIn(folder), ["a.h5ad"]);
        assertEquals(Deno.readTextFileSync(target), "new");
        return Promise.resolve();
      });
    }
  } finally {
    Deno.linkSync = link;
  }
});

Deno.test("concatOnDisk: an input that changes while it is read ends the run, and nothing is left", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await twoStores(folder, 3_000), before = namesIn(folder), file = `${b}/obs/n/c/0`;
    const write = (at: number) => Deno.utimeSync(file, at, at);
    const moments: readonly ((at: number) => Parameters<typeof concatOnDisk>[2])[] = [
      (at) => ({ onPlan: () => write(at) }),
      (at) => ({ onTask: () => write(at), keepPartial: true }),
    ];
    for (const [at, options] of moments.entries()) {
      const run = () => concatOnDisk([a, b], `${folder}/out.zarr`, { workers: 0, ...options(1e9 + at) });
      await assertRejects(run, ResumeError, `Cannot go on with "${b}": it has changed while it was read`);
      assertEquals(namesIn(folder), before);
    }
    await concatOnDisk([a, b], `${folder}/out.zarr`);
  });
});

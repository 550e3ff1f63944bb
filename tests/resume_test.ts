/** Runs that were stopped go on where they were, and make the same bytes. */
import { crc32 } from "node:zlib";
import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  equal,
} from "@std/assert";
import { concatOnDisk, type TaskEvent } from "../mod.ts";
import type { JournalHead } from "../lib/run/journal.ts";
import { readJournal } from "../lib/run/journal.ts";
import { endOf, pause, SOURCES, spawnAnncat } from "./child.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { writeAnnData, ZSTD } from "./made_store.ts";
import { freshSeed, Random } from "./random.ts";
import { mountSmall, unmount } from "./small_disk.ts";

const GENES = Array.from({ length: 200 }, (_, at) => `g${at}`);

/** Stores whose concatenation has tasks of every kind: dense in shards, and sparse that is turned. */
async function inputsIn(folder: string, scale = 1): Promise<string[]> {
  const dense = { rows: 5_000 * scale, x: "dense", chunks: [250, 50], codecs: [ZSTD], seed: 1 } as const;
  const sparse = { rows: 9_000 * scale, x: "csc", density: 0.2, chunks: [50_000], seed: 2 } as const;
  return [
    await writeAnnData(`${folder}/a.zarr`, { ...dense, vars: GENES }),
    await writeAnnData(`${folder}/b.zarr`, { ...dense, vars: GENES.toReversed(), seed: 3 }),
    await writeAnnData(`${folder}/c.zarr`, { ...sparse, vars: GENES }),
    await writeAnnData(`${folder}/d.zarr`, { ...sparse, vars: GENES.toReversed(), seed: 4 }),
  ];
}

/** A kind of run: its arguments beside the output, and the output's name. */
interface Run {
  readonly args: readonly string[];
  readonly name: string;
}

function runsOf([a = "", b = "", c = "", d = ""]: readonly string[]): readonly Run[] {
  const zarr = "all.zarr";
  return [
    { args: ["concat", a, b, "--shards=1000,200", "--chunks=250,50", "--codec=zstd:9", "--label=from"], name: zarr },
    { args: ["concat", c, d, "--join=outer", "--codec=zstd:3"], name: zarr },
    { args: ["concat", a, c, "--codec=gzip:6"], name: zarr },
    { args: ["concat", b, d, "--join=outer", "--codec=gzip:6"], name: "all.h5ad" },
  ];
}

/** Every file under `folder`, and what is in it, in short. */
function digests(folder: string): Map<string, string> {
  return new Map([...filesUnder(folder)].map(([name, bytes]) => [name, `${bytes.length} bytes, ${crc32(bytes)}`]));
}

/** The hidden folders in `folder`. */
function hiddenIn(folder: string): string[] {
  return namesIn(folder).filter((name) => name.startsWith("."));
}

/** How many tasks the runs that were stopped in `folder` had done, and of how many. */
function journalIn(folder: string): { readonly done: number; readonly head: JournalHead | undefined } {
  const journal = hiddenIn(folder).map((name) => readJournal(`${folder}/${name}`))[0];
  return { done: journal?.entries.length ?? 0, head: journal?.head };
}

/** The full number takes minutes; `ANNCAT_KILLS=50` asks for it. */
const KILLS = Number(Deno.env.get("ANNCAT_KILLS") ?? 4);

Deno.test(`concat: --resume after ${KILLS} kills at random moments makes the same bytes each time`, async () => {
  await inFolder(async (folder) => {
    const seed = freshSeed(), random = new Random(seed), runs = runsOf(await inputsIn(folder));
    const expected: { files: Map<string, string>; milliseconds: number }[] = [];
    for (const [at, { args, name }] of runs.entries()) {
      const out = `${folder}/fresh${at}`, started = performance.now();
      Deno.mkdirSync(out);
      const { code, err } = await endOf(spawnAnncat([...args, "--out", `${out}/${name}`]));
      assertEquals(code, 0, err);
      expected.push({ files: digests(out), milliseconds: performance.now() - started });
    }
    let resumed = 0;
    for (let round = 0; round < KILLS; round++) {
      const place = `seed ${seed}, round ${round}`, kind = round % runs.length, out = `${folder}/out${round}`;
      const run = runs[kind], name = run?.name ?? "", fresh = expected[kind], workers = `--workers=${random.below(3)}`;
      Deno.mkdirSync(out);
      const args = [...run?.args ?? [], "--out", `${out}/${name}`, workers];
      for (let kill = 0; kill <= random.below(2); kill++) {
        const child = spawnAnncat([...args, ...(kill === 0 ? [] : ["--resume"])]);
        await pause((0.1 + random.next()) * (fresh?.milliseconds ?? 0));
        try {
          child.kill("SIGKILL");
        } catch (error) {
          if (!(error instanceof TypeError)) throw error; // it has ended
        }
        await endOf(child);
        if (namesIn(out).includes(name)) break;
      }
      if (journalIn(out).done > 0) resumed++;
      const again = namesIn(out).includes(name) ? ["--overwrite"] : [];
      const { code, err } = await endOf(spawnAnncat([...args, "--resume", ...again]));
      assertEquals([code, ...namesIn(out)], [0, name], `${err}; ${place}`);
      assertEquals(digests(out), fresh?.files, place);
      Deno.removeSync(out, { recursive: true });
    }
    if (KILLS >= 20) assertGreater(resumed, 0);
  });
});

/** Run until a task is done, and kill it; the folder of the output then holds nothing but what it left. */
async function stoppedRun(args: readonly string[], out: string, signal: Deno.Signal = "SIGKILL"): Promise<string> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const child = spawnAnncat(args), ended = endOf(child);
    while (journalIn(out).done === 0 && namesIn(out).length === hiddenIn(out).length) await pause(2);
    try {
      child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    const { err } = await ended;
    if (hiddenIn(out).length > 0) {
      assertEquals(namesIn(out).length, 1);
      return err;
    }
    // The run was faster: again.
    for (const name of namesIn(out)) Deno.removeSync(`${out}/${name}`, { recursive: true });
  }
  throw new Error("every run ended before it could be stopped");
}

/** What a disk may make of a file that was not flushed when the power failed. */
const LOSSES: readonly ((bytes: Uint8Array, random: Random) => Uint8Array | undefined)[] = [
  () => undefined,
  () => new Uint8Array(),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => bytes.map((byte, at) => at < 4096 * random.below(2) ? byte : 0),
  (bytes) => bytes.map(() => 0),
];

Deno.test("concat: --resume after power loss does again what the disk has lost", async () => {
  await inFolder(async (folder) => {
    const seed = freshSeed(), random = new Random(seed);
    const [{ args: run } = { args: [] }] = runsOf(await inputsIn(folder)),
      out = `${folder}/out`,
      all = `${out}/all.zarr`;
    assertEquals((await anncat(...run, "--out", `${folder}/fresh.zarr`)).code, 0);
    const fresh = digests(`${folder}/fresh.zarr`);
    for (let round = 0; round < 4; round++) {
      const place = `seed ${seed}, round ${round}`;
      Deno.mkdirSync(out);
      await stoppedRun([...run, "--out", all, "--workers=1"], out);
      const [hidden = ""] = hiddenIn(out);
      for (const [name, bytes] of filesUnder(`${out}/${hidden}`)) {
        if (name === "lock" || random.below(3) > 0) continue;
        const left = LOSSES[random.below(LOSSES.length)]?.(bytes, random);
        if (left === undefined) Deno.removeSync(`${out}/${hidden}/${name}`);
        else Deno.writeFileSync(`${out}/${hidden}/${name}`, left);
      }
      const { code, err } = await endOf(spawnAnncat([...run, "--out", all, "--resume"]));
      assertEquals([code, ...namesIn(out)], [0, "all.zarr"], `${err}; ${place}`);
      assertEquals(digests(all), fresh, place);
      Deno.removeSync(out, { recursive: true });
    }
  });
});

Deno.test("concat: --resume refuses what is not the same, in one line, and keeps the work", async (t) => {
  await inFolder(async (folder) => {
    const [a = "", b = "", c = ""] = await inputsIn(folder), out = `${folder}/out`, all = `${out}/all.zarr`;
    Deno.mkdirSync(out);
    const args = ["concat", a, b, "--out", all, "--codec=zstd:9", "--memory=300MiB", "--workers=1"];
    await stoppedRun(args, out);
    const before = digests(out),
      cases: readonly (readonly [args: readonly string[], says: string])[] = [
        [["concat", a, "--out", all, "--codec=zstd:9"], "it had 2 inputs and has 1"],
        [["concat", a, c, "--out", all, "--codec=zstd:9"], "c.zarr"],
        [["concat", b, a, "--out", all, "--codec=zstd:9"], `its input 1 was "${a}" and is "${b}"`],
        [[...args, "--codec=zstd:3"], "--codecs was"],
        [[...args, "--join=outer"], '--join was "inner" and is "outer"'],
        [[...args, "--keys=x,y"], `the key of "${a}" was "0" and is "x"`],
      ];
    for (const [given, says] of cases) {
      await t.step(says, async () => {
        const { code, out: said, err } = await anncat(...given, "--resume");
        assertEquals([code, said], [1, ""]);
        assertMatch(err, /^anncat: Cannot resume [^\n]+; without --resume it starts anew\n$/);
        assertStringIncludes(err, says);
      });
    }
    await t.step("an input that was written again", async () => {
      const file = `${b}/X/c/0/0`, { mtime, atime } = Deno.statSync(file);
      Deno.utimeSync(file, Date.now() / 1000, Date.now() / 1000 + 5);
      const { code, err } = await anncat(...args, "--resume");
      assertEquals(code, 1);
      assertStringIncludes(err, `"${b}" has changed`);
      Deno.utimeSync(file, atime ?? 0, mtime ?? 0);
    });
    assertEquals(digests(out), before);
    await t.step("but goes on with other memory and workers where the tasks are the same", async () => {
      const { code, err } = await anncat(...args, "--memory=500MiB", "--workers=0", "--resume");
      assertEquals([code, ...namesIn(out)], [0, "all.zarr"], err);
    });
  });
});

Deno.test("concatOnDisk: an .h5ad file that was stopped half-way goes on too, and is the same as one that was not", async () => {
  await inFolder(async (folder) => {
    const made = { rows: 4_000, x: "dense", chunks: [250, 50], codecs: [ZSTD], vars: GENES.slice(0, 50) } as const;
    const inputs = [
      await writeAnnData(`${folder}/a.zarr`, { ...made, seed: 1 }),
      await writeAnnData(`${folder}/b.zarr`, { ...made, seed: 2, vars: made.vars.toReversed() }),
    ];
    const out = `${folder}/out.h5ad`, stop = new AbortController(), options = { workers: 0, maxLoadedElems: 50_000 };
    let tasks = 0, before = 0;
    const onTask = ({ state }: TaskEvent) => {
      if (state === "done" && ++tasks === 4) stop.abort(new Error("stopped"));
    };
    const stopped = { ...options, keepPartial: true, signal: stop.signal, onTask };
    await assertRejects(() => concatOnDisk(inputs, out, stopped), Error, "stopped");
    const [hidden = ""] = hiddenIn(folder), parts = `${folder}/${hidden}/store.parts`;
    // What the disk has lost of a task that was done must not be taken for the task's.
    const [lost = ""] = namesIn(parts);
    Deno.truncateSync(`${parts}/${lost}`, 60);
    await concatOnDisk(inputs, out, {
      ...options,
      resume: true,
      onProgress: (progress) => before = progress.before,
    });
    assertGreater(before, 0);
    await concatOnDisk(inputs, `${folder}/fresh.h5ad`, options);
    assertEquals(Deno.readFileSync(out), Deno.readFileSync(`${folder}/fresh.h5ad`));
    assertEquals(hiddenIn(folder), []);
  });
});

Deno.test("concat: without --resume what a stopped run left is cleared away", async () => {
  await inFolder(async (folder) => {
    const [{ args: run } = { args: [] }] = runsOf(await inputsIn(folder)), out = `${folder}/out`;
    Deno.mkdirSync(out);
    await stoppedRun([...run, "--out", `${out}/all.zarr`], out);
    const { code, err } = await anncat(...run, "--out", `${out}/all.zarr`);
    assertEquals([code, ...namesIn(out)], [0, "all.zarr"], err);
  });
});

Deno.test("concat: Ctrl-C says what is kept, and --resume goes on with it", async () => {
  await inFolder(async (folder) => {
    const [{ args: run } = { args: [] }] = runsOf(await inputsIn(folder)),
      out = `${folder}/out`,
      all = `${out}/all.zarr`;
    Deno.mkdirSync(out);
    const said = await stoppedRun([...run, "--out", all, "--workers=2"], out, "SIGINT");
    assertMatch(said, /\nanncat: Interrupted; \d+ of \d+ tasks are done and kept in "[^"\n]+": [^\n]+\n$/);
    const { done, head } = journalIn(out);
    const child = endOf(spawnAnncat([...run, "--out", all, "--resume", "--progress=json", "--workers=1"]));
    const { code, err } = await child;
    assertEquals(code, 0, err);
    const events = err.trim().split("\n").map((line) => JSON.parse(line)).filter(({ event }) => event === "progress");
    assertGreater(events.at(-1).before, 0);
    assertGreater(head?.tasks ?? 0, done);
    assertEquals((await anncat(...run, "--out", `${folder}/fresh.zarr`)).code, 0);
    assertEquals(digests(all), digests(`${folder}/fresh.zarr`));
  });
});

Deno.test("concat: --resume waits for nobody: with another run at work it is refused, with nothing left it starts", async () => {
  await inFolder(async (folder) => {
    const [{ args: run } = { args: [] }] = runsOf(await inputsIn(folder)),
      out = `${folder}/out`,
      all = `${out}/all.zarr`;
    Deno.mkdirSync(out);
    const child = spawnAnncat([...run, "--out", all]);
    while (journalIn(out).head === undefined) await pause(2);
    const { code, err } = await anncat(...run, "--out", all, "--resume");
    assertEquals(code, 1);
    assertMatch(err, /^anncat: Cannot resume [^\n]+: another run is at work on it[^\n]*\n$/);
    assertEquals((await endOf(child)).code, 0);
    assertEquals((await anncat(...run, "--out", `${out}/b.zarr`, "--resume")).code, 0);
    assertEquals(namesIn(out), ["all.zarr", "b.zarr"]);
  });
});

/** All steps of a run are some hundred; `ANNCAT_KILLS` asks for as many of them. */
Deno.test("concat: killed before any step on the file system, --resume finishes, and no output is ever half", async () => {
  await inFolder(async (folder) => {
    const seed = freshSeed(), random = new Random(seed), vars = GENES.slice(0, 30), out = `${folder}/out`;
    const made = { rows: 40, x: "csc", chunks: [300], vars } as const, all = `${out}/all.zarr`;
    const a = await writeAnnData(`${folder}/a.zarr`, { ...made, seed: 1 });
    const b = await writeAnnData(`${folder}/b.zarr`, { ...made, seed: 2, vars: vars.toReversed() });
    const run = ["concat", a, b, "--out", all, "--workers=0", "--overwrite", "--quiet", "--sync"];
    const killed = (step: number) => {
      const args = ["run", "-A", "--quiet", `--config=${SOURCES}/deno.json`, `${SOURCES}/tests/killed_run.ts`];
      return new Deno.Command(Deno.execPath(), {
        args: [...args, String(step), ...run],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    };
    assertEquals((await anncat("concat", a, "--out", `${folder}/old.zarr`)).code, 0);
    assertEquals((await anncat("concat", a, b, "--out", `${folder}/new.zarr`)).code, 0);
    const older = digests(`${folder}/old.zarr`), newer = digests(`${folder}/new.zarr`);
    const start = async () => {
      Deno.mkdirSync(out);
      assertEquals((await anncat("concat", a, "--out", all)).code, 0);
    };
    await start();
    const steps = Number((await endOf(killed(Infinity))).out);
    assertGreater(steps, 50);
    Deno.removeSync(out, { recursive: true });
    // The last ones, where the output gets its name, and some of the others.
    const last = Array.from({ length: 8 }, (_, at) => steps - at);
    for (const step of [...last, ...Array.from({ length: KILLS }, () => 1 + random.below(steps - 8))]) {
      const place = `seed ${seed}, step ${step} of ${steps}`;
      await start();
      const { signal } = await endOf(killed(step));
      assertEquals(signal, "SIGKILL", place);
      const isThere = namesIn(out).includes("all.zarr");
      if (isThere) assert([older, newer].some((one) => equal(digests(all), one)), place);
      else assert(hiddenIn(out).some((name) => namesIn(`${out}/${name}`).includes("replaced")), place);
      const { code, err } = await anncat(...run, "--resume");
      assertEquals([code, ...namesIn(out)], [0, "all.zarr"], `${err}; ${place}`);
      assertEquals(digests(all), newer, place);
      Deno.removeSync(out, { recursive: true });
    }
  });
});

Deno.test("concat: what a run had moved aside when it was killed comes back", async () => {
  await inFolder(async (folder) => {
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 10, x: "csr", vars: GENES, seed: 1 });
    Deno.mkdirSync(`${folder}/out/.all.zarr.anncat-12345678/store`, { recursive: true });
    const hidden = `${folder}/out/.all.zarr.anncat-12345678`, all = `${folder}/out/all.zarr`;
    Deno.writeTextFileSync(`${hidden}/lock`, "");
    assertEquals((await anncat("concat", a, "--out", `${hidden}/replaced.zarr`)).code, 0);
    Deno.renameSync(`${hidden}/replaced.zarr`, `${hidden}/replaced`);
    const old = digests(`${hidden}/replaced`), { code, err } = await anncat("concat", a, "--out", all);
    assertEquals(code, 1);
    assertMatch(err, /it exists/);
    assertEquals(digests(all), old);
  });
});

Deno.test("concat: after a full disk --resume goes on", async (t) => {
  await inFolder(async (folder) => {
    const disk = `${folder}/disk`;
    if (!await mountSmall(disk)) {
      await t.step({ name: "skipped: this user may not mount a small file system", ignore: true, fn: () => {} });
      return;
    }
    try {
      const [a = "", b = "", c = "", d = ""] = await inputsIn(folder, 2.4), all = `${disk}/all.zarr`;
      for (const run of [[a, b], [c, d]]) {
        const args = ["concat", ...run, "--out", all, "--quiet", "--codec=none", "--workers=1"];
        await mountSmall(disk, "12m");
        const { code, err } = await anncat(...args);
        assertEquals(code, 1);
        assertMatch(err, /^anncat: [^\n]*space[^\n]*--resume[^\n]*\n$/i);
        assertEquals(namesIn(disk).filter((name) => !name.startsWith(".")), []);
        await mountSmall(disk, "200m");
        const again = await anncat(...args, "--resume");
        assertEquals([again.code, ...namesIn(disk)], [0, "all.zarr"], again.err);
        assertEquals((await anncat("concat", ...run, "--out", `${folder}/fresh.zarr`, "--codec=none")).code, 0);
        assertEquals(digests(all), digests(`${folder}/fresh.zarr`));
        for (const store of [all, `${folder}/fresh.zarr`]) Deno.removeSync(store, { recursive: true });
      }
    } finally {
      await unmount(disk);
    }
  });
});

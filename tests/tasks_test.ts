/** A concatenation in tasks, each a process of its own, makes the same bytes as anncat concat. */
import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { TaskFile, WorkHead } from "../lib/run/work.ts";
import { concatOnDisk, type TaskEvent } from "../mod.ts";
import { endOf, pause, SOURCES, spawnAnncat } from "./child.ts";
import { serveFolder, type ServerOptions } from "./http_server.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData, ZSTD } from "./made_store.ts";
import { peakOf, peakWhile } from "./peak.ts";
import { Random, withSeed } from "./random.ts";

const GENES = Array.from({ length: 60 }, (_, at) => `g${at}`);
const TURNED = [...GENES.toReversed(), "more"];

const DENSE: MadeStore = { rows: 700, vars: GENES, x: "dense", chunks: [100, 20], codecs: [ZSTD], seed: 1 };
const CSR: MadeStore = { rows: 2000, vars: GENES, x: "csr", density: 0.2, chunks: [5000], seed: 2 };
const CSC: MadeStore = { ...CSR, x: "csc" };

interface Job {
  readonly stores: readonly MadeStore[];
  readonly args: readonly string[];
  /** The kinds of task that the job must have. */
  readonly kinds: readonly string[];
}

const JOBS: Readonly<Record<string, Job>> = {
  "zarr 2, sparse, reindexed, in stages": {
    stores: [{ ...CSR, version: 2 }, { ...CSR, version: 2, vars: TURNED, seed: 3 }],
    args: ["--label=from", "--index-unique=-", "--task-size=150kB"],
    kinds: ["append", "count", "entries", "indptr"],
  },
  "zarr 3, dense, reindexed, in shards": {
    stores: [DENSE, { ...DENSE, vars: TURNED, seed: 3 }],
    args: ["--join=outer", "--shards=200,40", "--chunks=100,20", "--merge=same", "--task-size=50kB"],
    kinds: ["append", "dense"],
  },
  "zarr 3, axis var": {
    stores: [CSC, { ...CSC, seed: 3 }],
    args: ["--axis=var", "--join=outer", "--task-size=150kB"],
    kinds: ["append", "count", "entries", "indptr"],
  },
  "zarr 3, sparse that is sorted, and dense": {
    stores: [CSR, { ...CSC, vars: TURNED, seed: 3 }, DENSE],
    args: ["--join=outer", "--zarr-format=3", "--task-size=400kB"],
    kinds: ["append", "scatter", "gather", "count", "entries", "indptr"],
  },
};

/** A job in a folder: its inputs, what anncat concat makes of them, and its tasks. */
interface Prepared {
  readonly head: WorkHead;
  readonly out: string;
  readonly work: string;
  readonly expected: ReadonlyMap<string, Uint8Array>;
}

async function prepare(folder: string, { stores, args, kinds }: Job): Promise<Prepared> {
  const inputs: string[] = [], out = `${folder}/out/all.zarr`, work = `${folder}/work`;
  for (const [at, store] of stores.entries()) inputs.push(await writeAnnData(`${folder}/${at}.zarr`, store));
  const whole = [
    "concat",
    ...inputs,
    "--out",
    `${folder}/whole.zarr`,
    ...args.filter((arg) => !arg.includes("task-size")),
  ];
  const { code, err } = await anncat(...whole, "--quiet");
  assertEquals(code, 0, err);
  Deno.mkdirSync(`${folder}/out`);
  const tasks = await anncat("tasks", ...inputs, "--out", out, "--dir", work, ...args, "--quiet", "--json");
  assertEquals(tasks.code, 0, tasks.err);
  const head = headOf(work), found = new Set(taskFiles(work).flatMap((file) => file.tasks.map(({ kind }) => kind)));
  assertEquals([...found].sort(), [...kinds].sort());
  assertEquals(JSON.parse(tasks.out).stages.map(({ start, end }: { start: number; end: number }) => ({ start, end })), [
    ...head.stages.map(({ start, end }) => ({ start, end })),
  ]);
  return { head, out, work, expected: filesUnder(`${folder}/whole.zarr`) };
}

function headOf(work: string): WorkHead {
  return JSON.parse(Deno.readTextFileSync(`${work}/work.json`));
}

function taskFiles(work: string): TaskFile[] {
  const texts = [...filesUnder(`${work}/tasks`).values()].map((bytes) => new TextDecoder().decode(bytes));
  return texts.map((text) => JSON.parse(text));
}

function numbersOf({ start, end }: { readonly start: number; readonly end: number }): number[] {
  return Array.from({ length: end - start }, (_, at) => start + at);
}

/** The output is what anncat concat made, and nothing is left beside it. */
async function assertFinished({ out, work, expected }: Prepared): Promise<void> {
  const { code, err } = await endOf(spawnAnncat(["finish", work]));
  assertEquals(code, 0, err);
  assertEquals(filesUnder(out), expected);
  assertEquals(namesIn(out.slice(0, out.lastIndexOf("/"))), ["all.zarr"]);
  assertEquals(namesIn(work).includes("scratch"), false);
}

/** How many processes were killed. */
interface Kills {
  count: number;
}

/** Run a task; one try in five is killed, and tried again. */
async function runOften(work: string, number: number, random: Random, kills: Kills): Promise<void> {
  while (true) {
    const child = spawnAnncat(["run-task", work, String(number)]);
    const ended = endOf(child);
    if (random.below(5) === 0) {
      await pause(20 + random.below(300));
      try {
        child.kill("SIGKILL");
        kills.count++;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended
      }
    }
    const { code, signal, err } = await ended;
    if (code === 0) return;
    assertEquals(signal, "SIGKILL", err);
  }
}

for (const [name, job] of Object.entries(JOBS)) {
  Deno.test(`tasks: the bytes of concat, in any order, twice at once, one in five killed: ${name}`, async () => {
    await withSeed(async (random) => {
      await inFolder(async (folder) => {
        const prepared = await prepare(folder, job), kills = { count: 0 };
        assertGreater(prepared.head.stages.at(-1)?.end ?? 0, 2);
        for (const stage of prepared.head.stages) {
          for (const number of random.shuffled(numbersOf(stage))) {
            const twice = [0, 1].map(() => runOften(prepared.work, number, new Random(random.below(2 ** 31)), kills));
            await Promise.all(twice);
          }
        }
        await assertFinished(prepared);
      });
    });
  });
}

/** Where Deno keeps what it has compiled: a part of the program, which every machine has. */
const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;

Deno.test("run-task: two processes that share nothing but the folder", async () => {
  await inFolder(async (folder) => {
    const prepared = await prepare(folder, JOBS["zarr 3, sparse that is sorted, and dense"] as Job);
    const machines = [1, 2].map((machine) => {
      const cwd = `${folder}/machine${machine}`;
      Deno.mkdirSync(cwd);
      return { cwd, clearEnv: true, env: { DENO_DIR, HOME: cwd } };
    });
    const permissions = [`--allow-read=${folder},${SOURCES}`, `--allow-write=${folder}/work,${folder}/out`];
    for (const stage of prepared.head.stages) {
      await Promise.all(machines.map(async (machine, at) => {
        for (const number of numbersOf(stage).filter((number) => number % 2 === at)) {
          const { code, err } = await endOf(
            spawnAnncat(["run-task", prepared.work, String(number)], permissions, machine),
          );
          assertEquals(code, 0, err);
        }
      }));
    }
    await assertFinished(prepared);
  });
});

Deno.test("tasks, run-task, finish: refusals are one line that says the way out", async (t) => {
  await inFolder(async (folder) => {
    const job = JOBS["zarr 2, sparse, reindexed, in stages"] as Job, { work, out, head } = await prepare(folder, job);
    const inputs = job.stores.map((_, at) => `${folder}/${at}.zarr`), second = head.stages[1]?.start ?? 0;
    const refused = async (args: readonly string[], code: number, says: RegExp): Promise<void> => {
      const { code: status, out, err } = await anncat(...args);
      assertEquals([status, out], [code, ""], err);
      assertMatch(err, /^anncat: [^\n]+\n$/);
      assertMatch(err, says);
    };
    await t.step("an output of HDF5", async () => {
      await refused(
        ["tasks", ...inputs, "--out", `${folder}/all.h5ad`, "--dir", `${folder}/w`],
        1,
        /one writer.*\.zarr/,
      );
    });
    await t.step("no folder for the tasks", () => refused(["tasks", ...inputs, "--out", out], 2, /--dir WORK/));
    await t.step("a folder that is not empty", async () => {
      await refused(["tasks", ...inputs, "--out", `${folder}/b.zarr`, "--dir", work], 1, /not empty.*another folder/);
    });
    await t.step("a folder in the output, which would go with it", async () => {
      const inside = ["--dir", `${folder}/b.zarr/work`, "--overwrite"];
      await refused(["tasks", ...inputs, "--out", `${folder}/b.zarr`, ...inside], 1, /output would take its place/);
    });
    await t.step("an output that exists", async () => {
      Deno.mkdirSync(`${folder}/there.zarr`);
      const args = ["tasks", ...inputs, "--out", `${folder}/there.zarr`, "--dir", `${folder}/w`];
      await refused(args, 1, /exists.*--overwrite/);
    });
    for (const place of ["s3://bucket/all.zarr", "http://127.0.0.1:1/all.zarr"]) {
      await t.step(`an output and a folder at ${place}`, async () => {
        const says = /folders that all machines see, not in buckets or at URLs; give a path/;
        await refused(["tasks", ...inputs, "--out", place, "--dir", `${folder}/w`], 1, says);
        await refused(["tasks", ...inputs, "--out", `${folder}/b.zarr`, "--dir", place], 1, says);
      });
    }
    await t.step("a folder without tasks", () => refused(["run-task", folder, "0"], 1, /anncat tasks IN\.\.\./));
    await t.step("an unknown number", () => refused(["run-task", work, "999"], 1, /go from 0 to \d+/));
    await t.step("no number", () => refused(["run-task", work, "one"], 2, /whole number/));
    await t.step("an earlier stage that is not done", async () => {
      await refused(["run-task", work, String(second)], 1, /earlier stages make, and tasks? 0.* not done/);
    });
    await t.step("tasks that are missing", async () => {
      await refused(["finish", work], 1, /tasks 0, 1.* not done, of \d+; anncat run-task/);
    });
    await t.step("too little memory", async () => {
      await refused(["run-task", work, "0", "--memory=50MiB"], 1, /raise --memory to \d+MiB/);
    });
    await t.step("an input that has changed", async () => {
      const file = `${inputs[1]}/X/data/0`,
        { mtime, atime } = Deno.statSync(file),
        reader = readerOf(work, inputs[1] ?? "");
      Deno.utimeSync(file, Date.now() / 1000, Date.now() / 1000 + 5);
      await refused(["run-task", work, String(reader)], 1, /1\.zarr" has changed.*anew/);
      Deno.utimeSync(file, atime ?? 0, mtime ?? 0);
    });
    await t.step("reindexes that are gone", async () => {
      const reindexes = `${work}/reindexes`, aside = `${folder}/reindexes`;
      assertEquals((await anncat("run-task", work, "0", "--quiet")).code, 0);
      Deno.renameSync(reindexes, aside);
      await refused(["run-task", work, String(second)], 1, /Cannot read ".*\/0\.int32": it is gone/);
      Deno.renameSync(aside, reindexes);
    });
    await t.step("a file of a task that is gone", async () => {
      for (const number of numbersOf({ start: second, end: head.stages.at(-1)?.end ?? 0 })) {
        const { code, err } = await anncat(
          "run-task",
          work,
          String(number),
          "--quiet",
          "--workers=0",
          "--memory=200MiB",
        );
        assertEquals([code, err], [0, ""]);
      }
      const file = `${head.folder}/store/X/data/0`, bytes = Deno.readFileSync(file);
      Deno.removeSync(file);
      await refused(["finish", work], 1, /task \d+ is not done/);
      const lost = taskFiles(work).find(({ elements, tasks }) =>
        elements.includes("X") && tasks.some((task) => task.kind === "entries" && task.share === 0)
      );
      assertEquals((await anncat("run-task", work, String(lost?.number), "--quiet")).code, 0);
      assertEquals(Deno.readFileSync(file), bytes);
    });
    await t.step("an output that has come into being, and then the end", async () => {
      Deno.mkdirSync(`${out}/x`, { recursive: true });
      await refused(["finish", work], 1, /come into being/);
      Deno.removeSync(out, { recursive: true });
      assertEquals((await anncat("finish", work, "--quiet")).code, 0);
      assertEquals(filesUnder(out), filesUnder(`${folder}/whole.zarr`));
      const again = await anncat("finish", work, "--json", "--quiet");
      assertEquals([again.code, JSON.parse(again.out).output], [0, out]);
      assertStringIncludes((await anncat("run-task", work, "0")).err, "it was done");
    });
  });
});

Deno.test("tasks --engine: files that name the tasks, their memory and threads; paths are quoted", async (t) => {
  await inFolder(async (folder) => {
    const inputs = [
      await writeAnnData(`${folder}/0.zarr`, CSR),
      await writeAnnData(`${folder}/1.zarr`, { ...CSR, vars: TURNED }),
    ];
    const tasks = (dir: string, ...args: string[]) =>
      anncat(
        "tasks",
        ...inputs,
        "--out",
        `${folder}/all.zarr`,
        "--dir",
        dir,
        "--workers=2",
        "--task-size=100kB",
        ...args,
      );
    for (const [engine, file] of Object.entries(ENGINE_FILES)) {
      await t.step(engine, async () => {
        const dir = `${folder}/${engine} of "it's" $(touch hacked) \\`, command = "a b='c d' anncat {x} $HOME";
        const { code, out, err } = await tasks(dir, "--engine", engine, "--command", command, "--json");
        assertEquals(code, 0, err);
        const { stages, run } = JSON.parse(out), text = Deno.readTextFileSync(`${dir}/${file}`);
        assertStringIncludes(run, `of "it'\\''s" $(touch hacked)`);
        assertEquals(stages.length, 3);
        assertStringIncludes(err, `run them with ${run}`);
        for (const { end } of stages) assertMatch(text, new RegExp(`\\b${end}\\b|\\b${end - 1}\\b`));
        if (engine === "slurm") {
          const checked = await new Deno.Command("bash", { args: ["-n", `${dir}/${file}`], stdin: "null" }).output();
          assertEquals([checked.code, new TextDecoder().decode(checked.stderr)], [0, ""]);
        }
        assertEquals(namesIn(folder).includes("hacked"), false);
      });
    }
    await t.step("refusals", async () => {
      const before = namesIn(folder);
      const broken = await tasks(`${folder}/a\nb`, "--engine=nextflow");
      assertEquals(broken.code, 1);
      assertMatch(broken.err, /holds a control character; choose another one\n$/);
      assertMatch((await tasks(`${folder}/{a}`, "--engine=snakemake")).err, /holds a brace/);
      assertEquals((await tasks(`${folder}/a`, "--engine=snakemak")).code, 2);
      assertMatch((await tasks(`${folder}/a`, "--command=x")).err, /without an engine: add --engine snakemake/);
      assertEquals(namesIn(folder), before);
    });
    await t.step("by default the command is this one", async () => {
      const dir = `${folder}/own`,
        child = spawnAnncat(["tasks", ...inputs, "--out", `${folder}/all.zarr`, "--dir", dir, "--engine=dask"]);
      const { code, err } = await endOf(child);
      assertEquals(code, 0, err);
      const text = Deno.readTextFileSync(`${dir}/run_dask.py`);
      assertMatch(
        text,
        /^RUN = \["[^"]*deno run --quiet --no-prompt --allow-read --allow-write [^"]*cli\.ts run-task /m,
      );
    });
  });
});

const ENGINE_FILES = { snakemake: "Snakefile", nextflow: "main.nf", slurm: "submit.sh", dask: "run_dask.py" };

/** A task of the first stage that reads `input`. */
function readerOf(work: string, input: string): number {
  const files = taskFiles(work).filter((file) => file.stage === 0);
  const found = files.find((file) => file.inputs.some(({ location }) => location === input));
  assert(found !== undefined);
  return found.number;
}

Deno.test({
  name: "run-task: peak resident memory stays below what its stage asks an engine for",
  ignore: peakOf(Deno.pid) === undefined, // no /proc
  async fn() {
    await inFolder(async (folder) => {
      const vars = Array.from({ length: 1000 }, (_, at) => `g${at}`), rows = 20_000, chunks = [200_000];
      const csr: MadeStore = { rows, vars, x: "csr", density: 0.1, chunks, seed: 1 };
      const stores: MadeStore[] = [csr, { ...csr, x: "csc", vars: vars.toReversed(), seed: 2 }];
      const args = ["--workers=2", "--memory=200MiB", "--task-size=8MiB"];
      const kinds = ["append", "scatter", "gather", "count", "entries", "indptr"];
      const prepared = await prepare(folder, { stores, args, kinds });
      for (const { start, end, memory } of prepared.head.stages) {
        for (const number of numbersOf({ start, end })) {
          const child = spawnAnncat(["run-task", prepared.work, String(number)]), ended = endOf(child);
          const peak = await peakWhile(child), { code, err } = await ended;
          assertEquals(code, 0, err);
          assertLessOrEqual(peak, memory, `task ${number}`);
        }
      }
      await assertFinished(prepared);
    });
  },
});

Deno.test("run-task: of a plan only the elements and the reindexes of its task are read", async () => {
  await inFolder(async (folder) => {
    const stores = [GENES.toReversed(), GENES, TURNED].map((vars, seed): MadeStore => ({ ...CSR, vars, seed }));
    const args = ["--join=outer", "--task-size=150kB"], kinds = ["append", "count", "entries", "indptr"];
    const prepared = await prepare(folder, { stores, args, kinds }), { head, work } = prepared;
    const run = (number: number) => anncat("run-task", work, String(number), "--quiet", "--workers=0");
    const entries = taskFiles(work).filter(({ tasks }) => tasks.every(({ kind }) => kind === "entries"));
    const numbers = entries.map(({ number }) => number).sort((a, b) => a - b), [first = 0] = numbers;
    assertGreater(numbers.length, 2);
    for (let number = 0; number < first; number++) assertEquals((await run(number)).code, 0);
    // The first task fills entries of the first input, which is not brought to the joined names by the last reindex.
    const x = entries[0]?.tasks[0]?.element, last = namesIn(`${work}/reindexes`).at(-1);
    const others = namesIn(`${work}/elements`).filter((name) => name !== `${x}.json`);
    assertEquals([last, others.length > 2], ["2.int32", true]);
    const spare = [`reindexes/${last}`, ...others.map((name) => `elements/${name}`)];
    for (const name of spare) Deno.renameSync(`${work}/${name}`, `${work}/${name}.away`);
    const { code, err } = await run(first);
    assertEquals([code, err], [0, ""]);
    assertMatch((await run(numbers.at(-1) ?? 0)).err, /^anncat: [^\n]*reindexes\/2\.int32[^\n]*\n$/);
    for (const name of spare) Deno.renameSync(`${work}/${name}.away`, `${work}/${name}`);
    for (let number = first; number < (head.stages.at(-1)?.end ?? 0); number++) {
      assertEquals((await run(number)).code, 0);
    }
    await assertFinished(prepared);
  });
});

/** What a server says of the version of a root's metadata, before and after a change; `text` is what the file then ends in. */
interface Said {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly server?: Pick<ServerOptions, "ranges" | "lengths">;
}

const SAID: Readonly<Record<string, Said>> = {
  "an ETag": { before: { etag: '"1"' }, after: { etag: '"2"' } },
  "a weak ETag, and no parts": { before: { etag: 'W/"1"' }, after: { etag: 'W/"2"' }, server: { ranges: false } },
  "a time of change": {
    before: { "last-modified": "Fri, 27 Nov 2026 10:00:00 GMT" },
    after: { "last-modified": "Fri, 27 Nov 2026 10:00:01 GMT" },
  },
  "a length": { before: {}, after: {}, text: " " },
  "a length, and no parts": { before: {}, after: {}, text: " ", server: { ranges: false } },
};

for (const [what, { before, after, text, server: how }] of Object.entries(SAID)) {
  Deno.test(`run-task and --resume: a URL that has changed is refused, by ${what}`, async () => {
    await inFolder(async (folder) => {
      for (const seed of [1, 2]) await writeAnnData(`${folder}/${seed}.zarr`, { ...CSR, seed });
      const root = `${folder}/2.zarr/zarr.json`, whole = Deno.readTextFileSync(root);
      let isChanged = false;
      const headers = (path: string) => path !== "/2.zarr/zarr.json" ? {} : isChanged ? after : before;
      await using server = serveFolder(folder, { ...how, headers });
      const change = (to: boolean): void => {
        isChanged = to;
        Deno.writeTextFileSync(root, to ? whole + (text ?? "") : whole);
      };
      const inputs = [1, 2].map((seed) => `${server.url}/${seed}.zarr`), work = `${folder}/work`;
      const refused = async (says: RegExp, ...args: readonly string[]): Promise<void> => {
        const { code, err } = await anncat(...args, "--quiet");
        assertEquals(code, 1);
        assertMatch(err, /^anncat: [^\n]+\n$/);
        assertMatch(err, says);
      };
      const succeeds = async (...args: readonly string[]): Promise<void> => {
        const { code, err } = await anncat(...args, "--quiet");
        assertEquals([code, err], [0, ""]);
      };
      await succeeds("tasks", ...inputs, "--out", `${folder}/all.zarr`, "--dir", work);
      change(true);
      await refused(/Cannot run task 0 of .*2\.zarr" has changed since the tasks were written/, "run-task", work, "0");
      change(false);
      await succeeds("run-task", work, "0");
      await succeeds("finish", work);

      const out = `${folder}/resumed.zarr`, stop = new AbortController();
      const onTask = ({ state }: TaskEvent) => state === "done" && stop.abort(new Error("stopped"));
      const options = { keepPartial: true, signal: stop.signal, workers: 0, onTask, memory: "256MiB" } as const;
      await assertRejects(() => concatOnDisk(inputs, out, options), Error, "stopped");
      const resume = ["concat", ...inputs, "--out", out, "--resume", "--workers=0", "--memory=256MiB"];
      change(true);
      await refused(/Cannot resume .*2\.zarr" has changed; without --resume it starts anew/, ...resume);
      change(false);
      await succeeds(...resume);
      assertEquals(filesUnder(out), filesUnder(`${folder}/all.zarr`));
    });
  });
}

Deno.test("finish: killed at any step, it goes on, and replaces an output that exists", async () => {
  await inFolder(async (folder) => {
    const job: Job = {
      stores: [{ ...CSR, rows: 50 }, { ...CSR, rows: 50, seed: 3 }],
      args: ["--overwrite"],
      kinds: ["append"],
    };
    Deno.mkdirSync(`${folder}/first`);
    const { work, out, expected } = await prepare(`${folder}/first`, job);
    assertEquals((await anncat("run-task", work, "0", "--quiet")).code, 0);
    await writeAnnData(out, { ...CSR, rows: 3 });
    const killed = `${SOURCES}/tests/killed_run.ts`;
    let step = 0, ended = false;
    for (; !ended; step++) {
      // Every kill goes on from what the one before left: one operation further each time.
      const args = ["run", "--quiet", "-A", killed, String(step + 1), "finish", work, "--quiet"];
      const command = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "null", stderr: "piped" });
      const { code, signal, stderr } = await command.output();
      ended = code === 0;
      if (!ended) assertEquals(signal, "SIGKILL", new TextDecoder().decode(stderr));
    }
    assertGreater(step, 20);
    assertEquals(filesUnder(out), expected);
    assertEquals(namesIn(`${folder}/first/out`), ["all.zarr"]);
  });
});

Deno.test("tasks and plan: people count the stages that there are", async () => {
  await inFolder(async (folder) => {
    const inputs = [0, 1].map((at) => {
      return decodeURIComponent(
        new URL(`../testdata/cases/dtype_i4_f4_csr/inputs/${at}.zarr`, import.meta.url).pathname,
      );
    });
    const args = [...inputs, "--out", `${folder}/all.zarr`, "--join=outer"];
    const { err } = await anncat("tasks", ...args, "--dir", `${folder}/work`);
    assertEquals(namesIn(`${folder}/work/tasks`), ["stage-0", "stage-2", "stage-3"]); // nothing is sorted
    assertEquals(err.match(/^anncat: stage \d/gm)?.map((line) => line.at(-1)), ["1", "2", "3"]);
    const { out } = await anncat("plan", ...args, "--machines=2");
    assertEquals([...new Set(out.match(/^ +stage \d/gm))].map((line) => line.at(-1)), ["1", "2", "3"]);
  });
});

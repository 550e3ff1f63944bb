/** `anncat bench`: which files it takes, what it measures, and that nothing is left of it but its results. */
import { assert, assertEquals, assertGreater, assertGreaterOrEqual } from "@std/assert";
import { type BenchResult, hasFigures } from "../lib/bench/result.ts";
import { filesOf, ROWS } from "../lib/bench/rows.ts";
import { tableText } from "../lib/bench/text.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { anncat, inFolder, namesIn } from "./in_process.ts";

/** The names that the notebook gives with three runs. */
const NAMES = Array.from({ length: 27 }, (_, at) => {
  const shape = ["fat", "tall", "square"][Math.floor(at / 3) % 3] ?? "", array = ["csc", "csr", "np"][at % 3] ?? "";
  return `${String(at + 1).padStart(2, "0")}_${shape}_${array}.zarr`;
});

Deno.test("filesOf: as many files as the notebook has, of its shapes", () => {
  for (const row of ROWS) {
    const files = filesOf(row, [...NAMES, "done.txt", "x_csr.zarr", ".01_fat_csr.zarr"]);
    assertEquals(files.length, row.published.files, row.name);
    const array = row.kind === "dense" ? "np" : row.axis === 0 ? "csr" : "csc";
    assert(files.every((name) => name.endsWith(`_${array}.zarr`)), row.name);
    const shapes = new Set(files.map((name) => name.split("_")[1] ?? ""));
    assertEquals(shapes.has("tall"), row.chapter !== "without reindexing" || row.axis === 1);
    assertEquals(shapes.has("fat"), row.chapter !== "without reindexing" || row.axis === 0);
  }
  assertEquals(ROWS.length, 12);
});

interface Run {
  readonly code: number;
  readonly result: BenchResult;
  readonly out: string;
  readonly err: string;
}

/** Run bench on small data, with a peer that answers at once. */
async function benched(folder: string, peer: string, ...args: string[]): Promise<Run> {
  const data = `${folder}/data`, out = `${folder}/out`;
  if (!namesIn(folder).includes("data")) {
    assertEquals((await anncat("generate", data, "--sizes=40", "--runs=1")).code, 0);
  }
  // What stands in for Python: it gets the script and the job, and prints what the script would.
  Deno.writeTextFileSync(`${folder}/peer`, `#!/bin/sh\n${peer}\n`, { mode: 0o755 });
  const before = namesIn(data);
  const child = spawnAnncat(["bench", data, "--out", out, "--peer", `${folder}/peer`, ...args], ["--allow-all"]);
  const { code, out: text, err } = await endOf(child);
  assertEquals(namesIn(data), before);
  return { code, out: text, err, result: JSON.parse(Deno.readTextFileSync(`${out}/bench.json`)) };
}

const linux = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "bench: the notebook's report, a table and JSON; every run is a process that was watched",
  linux,
  async () => {
    await inFolder(async (folder) => {
      const answer = `echo '{"seconds": 2, "before": 1048576, "note": "stand-in"}'; sleep 0.1`;
      const { code, result, out, err } = await benched(folder, answer, "--rows=dense");
      assertEquals(code, 0, err);
      assertEquals(namesIn(`${folder}/out`).filter((name) => !/^bench\.(json|html)$/.test(name)), []);
      assertEquals(
        result.blocks.map(({ name }) => name),
        ROWS.filter(({ kind }) => kind === "dense").map(({ name }) => name),
      );
      for (const { anncat, peer, files, bytes, memory } of result.blocks) {
        assert(hasFigures(anncat) && hasFigures(peer));
        assertGreaterOrEqual(memory, anncat.peak);
        assertGreater(anncat.peak, 16 * 2 ** 20);
        assertGreater(anncat.processSeconds, anncat.seconds);
        assertGreater(anncat.samples.length, 2);
        assert(anncat.samples.every(({ bytes }) => bytes <= anncat.peak));
        assertEquals([peer.seconds, peer.note], [2, "stand-in"]);
        assertEquals(files.reduce((sum, file) => sum + file.bytes, 0), bytes);
      }
      assertEquals(result.blocks.map(({ files }) => files.length), [2, 2, 3, 3]);
      const lines = out.split("\n");
      for (const line of ["Dataset: dense 0", "Concatenating 3 files with sizes:", "Concatenation finished"]) {
        assert(lines.includes(line), line);
      }
      assertEquals(lines.filter((line) => /^Peak Memory: \d+ MiB$/.test(line)).length, 4);
      assert(out.endsWith(tableText(result)));
    });
  },
);

Deno.test("bench: flags go to every sparse row, and repeats count", linux, async () => {
  await inFolder(async (folder) => {
    const peer =
      `echo run >> ${folder}/runs; echo "$2" >> ${folder}/jobs; echo '{"seconds": 1, "before": 0, "note": ""}'`;
    const flags = ["--rows=sparse", "--memory=200MiB", "--max-loaded-elems=5000", "--repeat=2", "--json"];
    const { code, result, out, err } = await benched(folder, peer, ...flags);
    assertEquals(code, 0, err);
    assertEquals(JSON.parse(out), result);
    assertEquals(result.blocks.map(({ memory, maxLoadedElems }) => [memory / 2 ** 20, maxLoadedElems]), [
      ...result.blocks.map(() => [200, 5000]),
    ]);
    const jobs = Deno.readTextFileSync(`${folder}/jobs`).trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(jobs.length, 16); // eight rows, twice
    assert(jobs.every((job) => job.max_loaded_elems === 5000 && job.kind === "sparse"));
  });
});

Deno.test("bench: a peer that fails is told, and the rest is measured", linux, async () => {
  await inFolder(async (folder) => {
    const { code, result, err } = await benched(folder, "echo 'No such luck' >&2; exit 3", "--rows=dense");
    assertEquals(code, 1);
    assert(err.includes("4 runs failed, the first with: No such luck"), err);
    assert(result.blocks.every(({ anncat, peer }) => hasFigures(anncat) && !hasFigures(peer)));
  });
});

Deno.test("bench: what cannot be measured is refused before anything is run", linux, async () => {
  await inFolder(async (folder) => {
    const empty = await endOf(spawnAnncat(["bench", folder], ["--allow-all"]));
    assertEquals([empty.code, namesIn(folder)], [1, []]);
    assert(empty.err.includes("anncat generate"), empty.err);
    const bound = await endOf(spawnAnncat(["bench", folder]));
    assertEquals([bound.code, bound.err.includes("--allow-all")], [1, true]);
    assertEquals((await anncat("bench", folder, "--rows=some")).code, 2);
  });
});

Deno.test("generate --remove: takes the results of bench, and no other file of their names", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/data`;
    assertEquals((await anncat("generate", data, "--sizes=10", "--runs=1", "--shapes=square")).code, 0);
    Deno.writeTextFileSync(`${data}/bench.json`, JSON.stringify({ tool: "anncat bench" }));
    Deno.writeTextFileSync(`${data}/bench.html`, "<!DOCTYPE html><title>Mine</title>");
    assertEquals((await anncat("generate", data, "--remove")).code, 0);
    assertEquals(namesIn(data), ["bench.html"]);
  });
});

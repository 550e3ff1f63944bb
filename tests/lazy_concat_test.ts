/** The lazy concatenation: its chunks, put together, are what is written; nothing is kept when streams end. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openStore } from "../lib/anndata/open.ts";
import { arrayAt } from "../lib/anndata/read.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { FormatError, IncompatibleInputsError } from "../lib/base/errors.ts";
import { inputsOf } from "../lib/cli/inputs.ts";
import { optionsOf } from "../lib/cli/options.ts";
import { parse } from "../lib/cli/parse.ts";
import { type InputLike, lazyPlan } from "../lib/concat.ts";
import { annData, type AnnDataView, type Matrix } from "../lib/lazy/anndata.ts";
import type { ChunkOptions } from "../lib/lazy/cut.ts";
import { openAnnData } from "../lib/lazy/open.ts";
import { plannedContent } from "../lib/lazy/planned.ts";
import { Sorting } from "../lib/lazy/sorting.ts";
import { concat, type LazyConcatOptions } from "../lib/lazy_concat.ts";
import { Inputs } from "../lib/run/inputs.ts";
import { type Ended, endOf } from "./child.ts";
import { inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { holdAgainst } from "./streamed.ts";

const CASES = decodeURIComponent(new URL("../testdata/cases/", import.meta.url).pathname);

interface Case {
  readonly description: string;
  readonly inputs: readonly string[];
  readonly args: readonly string[];
  readonly error?: string;
}

for (const name of namesIn(CASES)) {
  const one: Case = JSON.parse(Deno.readTextFileSync(`${CASES}${name}/case.json`));
  Deno.test(`concat: every chunk is what is written: ${name} (${one.description})`, async () => {
    await inFolder(async (folder) => {
      const paths = one.inputs.map((input) => `${CASES}${name}/${input}`);
      const read = () => {
        const parsed = parse(["concat", ...paths, "--out", `${folder}/out.zarr`, ...one.args]);
        if (parsed.kind !== "run") throw new TypeError("The case's arguments are no job");
        const { inputs, keys } = inputsOf(parsed.values, parsed.inputs);
        const options = { ...optionsOf(parsed.values), ...(keys === undefined ? {} : { keys }), scratch: folder };
        return { inputs, options };
      };
      if (one.error !== undefined) {
        await assertRejects(async () => {
          const { inputs, options } = read();
          await concat(inputs, options);
        }, Error);
        return assertEquals(namesIn(folder), []);
      }
      const { inputs, options } = read();
      {
        await using merged = await concat(inputs, options);
        const { plan } = await merged.write(`${folder}/out.zarr`, { workers: 0 });
        assertEquals(merged.shape, plan.shape);
        assertEquals(merged.notes, plan.notes);
        await holdAgainst(merged, await openStore(`${folder}/out.zarr`, { pool: new BufferPool() }));
      }
      assertEquals(namesIn(folder), ["out.zarr"]);
    });
  });
}

const VARS = Array.from({ length: 60 }, (_, i) => `g${i}`), TURNED = VARS.toReversed();

/** Two stores for each way in which a matrix is put together. */
const JOBS: Readonly<Record<string, readonly [a: Partial<MadeStore>, b: Partial<MadeStore>, LazyConcatOptions]>> = {
  "put end to end": [{ x: "csr" }, { x: "csr" }, {}],
  "reindexed": [{ x: "csr" }, { x: "csr", vars: TURNED.slice(5) }, {}],
  "sorted": [{ x: "csc" }, { x: "csr", vars: TURNED.slice(5) }, {}],
  "side by side": [{ x: "csr" }, { x: "csr" }, { axis: "var", join: "outer" }],
  "dense": [{ x: "dense", chunks: [64, 32] }, { x: "dense", chunks: [64, 32] }, {}],
  "dense, reindexed": [{ x: "dense", chunks: [64, 32] }, { x: "dense", chunks: [50, 7], vars: TURNED.slice(5) }, {
    join: "outer",
  }],
};

/** Every kind of concatenation, with a pool that must have everything back in the end. */
async function withEach(
  use: (what: string, open: (use: (matrix: Matrix, a: AnnDataView) => Promise<void>) => Promise<void>) => Promise<void>,
): Promise<void> {
  for (const [what, [a, b, options]] of Object.entries(JOBS)) {
    await inFolder(async (folder) => {
      const made: MadeStore = { rows: 300, vars: VARS, x: "csr", seed: 1, density: 0.2, chunks: [700] };
      const inputs = [
        await writeAnnData(`${folder}/a.zarr`, { ...made, ...a }),
        await writeAnnData(`${folder}/b.zarr`, { ...made, seed: 1, ...b }),
      ];
      await use(what, async (use) => {
        const { plan, stores } = await lazyPlan(inputs, options), opened = new Inputs(plan, "", { stores });
        {
          await using merged = await annData(plannedContent(opened, new Sorting(opened, folder)));
          if (merged.X === null) throw new TypeError("It has no X");
          await use(merged.X, merged);
          assertEquals(opened.pool.lent, 0, what);
          assertEquals(namesIn(folder).filter((name) => name.startsWith("anncat-")).length, what === "sorted" ? 1 : 0);
        }
        assertEquals(namesIn(folder), ["a.zarr", "b.zarr"]);
      });
    });
  }
}

Deno.test("concat: early break, errors and aborts give memory and files back", async (t) => {
  await withEach(async (what, open) => {
    for (const options of [{}, { rows: 9 }, { bytes: 5000 }] satisfies ChunkOptions[]) {
      await t.step(`${what} ${JSON.stringify(options)}`, async () => {
        await open(async (matrix) => {
          for await (const _ of matrix.chunks(options)) break;
        });
        await open(async (matrix) => {
          const control = new AbortController();
          await assertRejects(
            async () => {
              for await (const _ of matrix.chunks({ ...options, signal: control.signal })) {
                control.abort(new Error("no"));
              }
            },
            Error,
            "no",
          );
        });
        await open(async (matrix) => {
          await assertRejects(
            async () => {
              for await (const _ of matrix.chunks(options)) throw new Error("mine");
            },
            Error,
            "mine",
          );
        });
      });
    }
  });
});

Deno.test("concat: the memory of text comes back when its stream ends, or is left", async () => {
  const folder = `${CASES}obsm_texts_inner/inputs`, inputs = namesIn(folder).map((name) => `${folder}/${name}`);
  const { plan, stores } = await lazyPlan(inputs, {}), opened = new Inputs(plan, "", { stores });
  const content = plannedContent(opened, new Sorting(opened, undefined));
  for (const path of ["obsm/t", "obs/_index"]) {
    const node = await arrayAt(content.root, path), rows = node.spec.shape.map((end) => ({ start: 0, end }));
    for (const isLeft of [false, true]) {
      const lent: ArrayBufferLike[] = [];
      for await (const { strings: { offsets, bytes } } of node.stringBlocks(rows)) {
        lent.push(offsets.buffer, bytes.buffer);
        if (isLeft) break;
      }
      assertEquals(lent.map((buffer) => buffer.byteLength), lent.map(() => 0), path);
    }
  }
  await content.close();
});

Deno.test("concat: who stops while a matrix is sorted leaves it to the next one", async () => {
  await withEach(async (what, open) => {
    if (what !== "sorted") return;
    await open(async (matrix) => {
      const control = new AbortController();
      const stopped = assertRejects(() => matrix.read({ signal: control.signal }), Error, "enough");
      const other = matrix.read();
      control.abort(new Error("enough"));
      await stopped;
      const { rows } = await other;
      assertEquals(rows, { start: 0, end: 600 });
    });
  });
});

Deno.test("concat: streams at the same time do not get in each other's way", async () => {
  await withEach(async (what, open) => {
    await open(async (matrix) => {
      const axis = matrix.kind === "sparse" && matrix.layout === "csc" ? "columns" : "rows",
        whole = await matrix.read();
      const all = await Promise.all([7, 50, 300].map(async (count) => {
        const values: number[] = [];
        for await (const chunk of matrix.chunks({ [axis]: count })) values.push(...chunk.data as Float32Array);
        return values;
      }));
      for (const values of all) assertEquals(values, [...whole.data as Float32Array], what);
    });
  });
});

Deno.test("concat: a broken input is an error that names it, and memory comes back", async () => {
  await inFolder(async (folder) => {
    const made: MadeStore = { rows: 300, vars: VARS, x: "csr", seed: 1, density: 0.2, chunks: [700] };
    const a = await writeAnnData(`${folder}/a.zarr`, made);
    const b = await writeAnnData(`${folder}/b.zarr`, { ...made, vars: TURNED });
    Deno.writeFileSync(`${b}/X/data/c/2`, new Uint8Array(20));
    await using merged = await concat([a, b]);
    const error = await assertRejects(() => merged.X?.read() ?? Promise.resolve(), FormatError);
    assertEquals([error.source, error.element], [b, "X/data"]);
  });
});

Deno.test("concat: takes opened stores, and what it makes is no input", async () => {
  await inFolder(async (folder) => {
    const made: MadeStore = { rows: 20, vars: VARS, x: "csr", seed: 1, density: 0.2 };
    const path = await writeAnnData(`${folder}/a.zarr`, made), a = await openAnnData(path);
    await using merged = await concat([a, { source: path, key: "again" }], { label: "from" });
    assertEquals(merged.shape, [40, 60]);
    const from = merged.obs.column("from");
    assertEquals(from.kind === "categorical" ? from.categories : [], ["0", "again"]);
    await assertRejects(
      async () => await concat([merged as unknown as InputLike, a]),
      TypeError,
      "Cannot use a concatenation as an input: write it first",
    );
    const b = await writeAnnData(`${folder}/b.zarr`, { ...made, vars: [...VARS.slice(1), "g1"] });
    await assertRejects(async () => await concat([a, b]), IncompatibleInputsError, "duplicates");
  });
});

/** Run `code`, which finds `concat` and the paths of two stores, in a process of its own. */
async function inProcess(permissions: readonly string[], paths: readonly string[], code: string): Promise<Ended> {
  const script = `import { concat } from "${new URL("../mod.ts", import.meta.url)}";\n${code}`;
  const config = decodeURIComponent(new URL("../deno.json", import.meta.url).pathname), [a = ""] = paths;
  const folder = a.slice(0, a.lastIndexOf("/"));
  Deno.writeTextFileSync(`${folder}/script.js`, script);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--config", config, ...permissions, `${folder}/script.js`, ...paths],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return await endOf(child.spawn());
}

Deno.test("concat: needs no more than to read, unless a matrix must be sorted; who forgets to close leaves nothing", async () => {
  await inFolder(async (folder) => {
    const made: MadeStore = { rows: 50, vars: VARS, x: "csr", seed: 1, density: 0.2 };
    const a = await writeAnnData(`${folder}/a.zarr`, made);
    const b = await writeAnnData(`${folder}/b.zarr`, { ...made, vars: TURNED });
    const c = await writeAnnData(`${folder}/c.zarr`, { ...made, x: "csc" });
    Deno.mkdirSync(`${folder}/scratch`);
    const code = `const merged = await concat(Deno.args, { scratch: "${folder}/scratch" });
      console.log((await merged.X.read()).rows.end, [...Deno.readDirSync("${folder}/scratch")].length);`;
    assertEquals(await inProcess(["--allow-read"], [a, b], code), { code: 0, signal: null, out: "100 0\n", err: "" });
    const write = `--allow-write=${folder}/scratch`;
    assertEquals((await inProcess(["--allow-read", write], [a, c], code)).out, "100 1\n");
    assertEquals(namesIn(`${folder}/scratch`), []);
    const refused = await inProcess(["--allow-read"], [a, c], code);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.err, "write access");
  });
});

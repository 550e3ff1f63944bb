/** `anncat verify` and `anncat convert` as processes see them. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { RUNTIME } from "../lib/plan/memory.ts";
import { concatOnDisk, MemoryLimitError, verifyOutput } from "../mod.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { type Case, corpus } from "./corpus.ts";
import { anncat, filesUnder, inFolder } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";
import { frame, group, numbers, writeTree } from "./tree_store.ts";

/** The paths of a case's inputs. */
function inputsOf({ folder, inputs }: Case): string[] {
  return inputs.map((input) => `${folder}/${input}`);
}

const LEGACY = decodeURIComponent(new URL("../testdata/legacy", import.meta.url).pathname);
const VARS = Array.from({ length: 20 }, (_, at) => `g${at}`);

Deno.test("verify: what anncat makes of the corpus is verified, whatever the join, axis and layout", async (t) => {
  await inFolder(async (folder) => {
    for (const one of corpus().filter((_, at) => at % 2 === 0)) {
      await t.step(one.name, async () => {
        const out = `${folder}/out.zarr`, inputs = inputsOf(one), { args } = one;
        const made = await anncat("concat", ...inputs, "--out", out, "--overwrite", "--quiet", ...args);
        if (made.code !== 0) return; // a case that must be refused
        const axis = args.find((arg) => arg.startsWith("--axis=")) ??
          (args.includes("--axis") ? `--axis=${args[args.indexOf("--axis") + 1]}` : "--axis=obs");
        const { code, out: said, err } = await anncat(
          "verify",
          out,
          ...inputs,
          axis,
          "--json",
        );
        assertEquals([code, JSON.parse(said || "{}").problems], [0, []], err);
      });
    }
  });
});

/** A small concatenation whose arrays are stored as they are, to be tampered with. */
async function madeIn(folder: string): Promise<{ readonly out: string; readonly inputs: readonly string[] }> {
  const made = { rows: 20, x: "csr", vars: VARS, density: 0.5, codecs: [] } as const;
  const inputs = [
    await writeAnnData(`${folder}/a.zarr`, { ...made, seed: 1 }),
    await writeAnnData(`${folder}/b.zarr`, { ...made, seed: 2, vars: VARS.toReversed() }),
  ];
  const out = `${folder}/out.zarr`;
  assertEquals((await anncat("concat", ...inputs, "--out", out, "--codec=none", "--quiet")).code, 0);
  return { out, inputs };
}

Deno.test("verify: each kind of damage is found and named", async (t) => {
  await inFolder(async (folder) => {
    const { out, inputs } = await madeIn(folder);
    const clean = await endOf(spawnAnncat(["verify", out, ...inputs]));
    assertEquals(clean.code, 0, clean.err);
    assertMatch(clean.err, /^anncat: [^\n]*out\.zarr: 40 obs × 20 var, 3 elements beside 2 inputs: verified\n$/);
    assertMatch(clean.out, /^X +\S*a\.zarr +\d+ non-zero +sum [\d.-]+ +as in the input$/m);
    const indices = `${out}/X/indices/c/0`, data = `${out}/X/data/c/0`, indptr = `${out}/X/indptr/c/0`;
    const cases: readonly (readonly [name: string, file: string, change: (bytes: Uint8Array) => void, says: RegExp])[] =
      [
        ["indices that are not sorted", indices, (bytes) => {
          const items = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
            [first = 0, second = 0] = items;
          items.set([second, first]);
        }, /X: the indices of 1 of its rows/],
        ["an index that stands twice", indices, (bytes) => bytes.copyWithin(4, 0, 4), /X: 1 indices stand twice/],
        ["an index out of range", indices, (bytes) => bytes.set([99], 0), /X: [^\n]*index 99/],
        ["a value", data, (bytes) => bytes.set([0, 0, 200, 66], 8), /X: "[^"]*a\.zarr" has \d+ values other than zero/],
        ["a pointer that decreases", indptr, (bytes) => bytes.set([255, 0], 8), /X: [^\n]*indptr/],
        ["a name", `${out}/obs/_index/c/0`, (bytes) => bytes.set([122], bytes.length - 1), /obs: the name at 39 is/],
        ["a code", `${out}/obs/kind/codes/c/0`, (bytes) => bytes.set([77], 3), /obs: 1 codes of its column "kind"/],
        ["a chunk that is cut", data, () => Deno.truncateSync(data, 50), /X: [^\n]*X\/data/],
      ];
    for (const [name, file, change, says] of cases) {
      await t.step(name, async () => {
        const whole = Deno.readFileSync(file), bytes = whole.slice();
        change(bytes);
        if (Deno.statSync(file).size === whole.length) Deno.writeFileSync(file, bytes);
        const { code, out: said } = await anncat("verify", out, ...inputs);
        Deno.writeFileSync(file, whole);
        assertEquals(code, 1, said);
        assertMatch(said, says);
      });
    }
    await t.step("inputs in another order", async () => {
      const { code, out: said } = await anncat("verify", out, ...inputs.toReversed());
      assertEquals(code, 1);
      assertMatch(said, /obs: the name at 0 is[^]*X: /);
    });
    await t.step("an input that is missing", async () => {
      const { code, out: said } = await anncat("verify", out, ...inputs.slice(1), "--axis=obs");
      assertEquals(code, 1);
      assertStringIncludes(said, "as long as its 1 inputs together");
    });
    await t.step("memory that is too small is an error, not a finding", async () => {
      const { code, err } = await anncat("verify", out, ...inputs, "--memory=1MiB");
      assertEquals(code, 1);
      assertMatch(err, /^anncat: Cannot hold [^\n]*--memory[^\n]*\n$/);
    });
  });
});

/** The files of chunks under `folder`, by their arrays' paths. */
function chunksUnder(folder: string): (readonly [array: string, file: string])[] {
  const chunks = [...filesUnder(folder).keys()].flatMap((path) => {
    const [, array] = /^(.*)\/c(?:\/\d+)*$/.exec(path) ?? [];
    return array === undefined ? [] : [[array, `${folder}/${path}`] as const];
  });
  return [...new Map(chunks).entries()];
}

for (const axis of ["obs", "var"]) {
  Deno.test(`verify: one bit that is flipped is found, whatever element it is in (along ${axis})`, async (t) => {
    await inFolder(async (folder) => {
      // These hold every kind of element; what anndata read from them is in today's form.
      const inputs = [0, 1].map((at) => `${LEGACY}/0.8_zarr/read/${at}.zarr`), out = `${folder}/out.zarr`;
      const merging = ["--join=outer", "--merge=first", "--uns-merge=first", "--pairwise", "--label=batch"];
      const args = ["--out", out, "--zarr-format=3", "--codec=none", "--quiet", "--shards=none", `--axis=${axis}`];
      const made = await anncat("concat", ...inputs, ...args, ...merging);
      assertEquals(made.code, 0, made.err);
      const verify = () => anncat("verify", out, ...inputs, `--axis=${axis}`, "--label=batch");
      const clean = await verify();
      assertEquals(clean.code, 0, clean.out);
      const seen = new Set<string>();
      for (const [array, file] of chunksUnder(out)) {
        seen.add(array.split("/")[0] ?? "");
        await t.step(array, async () => {
          const whole = Deno.readFileSync(file),
            bytes = whole.slice(),
            { node_type: _, ...metadata } = JSON.parse(
              Deno.readTextFileSync(`${out}/${array}/zarr.json`),
            );
          // The last byte of a text, or of the first number: a bit of it that a number of any type shows.
          const at = metadata.data_type === "string" ? bytes.length - 1 : 0;
          bytes[at] = (bytes[at] ?? 0) ^ 1;
          Deno.writeFileSync(file, bytes);
          const { code, out: said } = await verify();
          Deno.writeFileSync(file, whole);
          assertEquals(code, 1, `${array}: ${said}`);
        });
      }
      const wanted = ["X", "layers", "obs", "obsm", "obsp", "raw", "uns", "var", "varm", "varp"];
      assertEquals([...seen].sort(), wanted);
    });
  });
}

/** What a process of anncat says of `out` once `change` is made to one of its files, which is undone afterwards. */
async function tampered(
  out: string,
  file: string,
  change: (bytes: Uint8Array) => void,
  args: readonly string[],
): Promise<string> {
  const whole = Deno.readFileSync(`${out}/${file}`), bytes = whole.slice();
  change(bytes);
  Deno.writeFileSync(`${out}/${file}`, bytes);
  const { code, out: said, err } = await endOf(spawnAnncat(["verify", out, ...args]));
  Deno.writeFileSync(`${out}/${file}`, whole);
  assertEquals(code, 1, said + err);
  return said;
}

/** Change the last byte: of a text its last letter. */
function last(bytes: Uint8Array): void {
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
}

for (const axis of ["obs", "var"]) {
  Deno.test(`verify --label: the column holds each input's key in its rows (along ${axis})`, async (t) => {
    await inFolder(async (folder) => {
      const { out, inputs } = await madeIn(folder), [a = "", b = ""] = inputs, keyed = [`one=${a}`, `two=${b}`];
      const args = [...keyed, `--axis=${axis}`, "--label=batch"];
      const made = ["concat", ...args, "--out", out, "--overwrite", "--codec=none", "--quiet", "--join=outer"];
      assertEquals((await anncat(...made)).code, 0);
      for (const clean of [args, [a, b, `--axis=${axis}`, "--label=batch", "--keys=one,two"]]) {
        const { code, out: said } = await endOf(spawnAnncat(["verify", out, ...clean]));
        assertEquals(code, 0, said);
      }
      const wrong = (name: string, says: RegExp, file: string, change: (bytes: Uint8Array) => void) =>
        t.step(name, async () => assertMatch(await tampered(out, `${axis}/batch/${file}`, change, args), says));
      await wrong(
        "a key",
        RegExp(`${axis}: its column "batch" does not say "two", row 20 .*b\\.zarr`),
        "categories/c/0",
        last,
      );
      await wrong(
        "a row",
        RegExp(`${axis}: its column "batch" does not say "one", row 3 .*a\\.zarr`),
        "codes/c/0",
        (codes) => {
          codes[3] = 1;
        },
      );
      await wrong(
        "all rows",
        RegExp(`does not say "one", row 0[^]*does not say "two", row 20 `),
        "codes/c/0",
        (codes) => {
          for (const row of codes.keys()) codes[row] = 1 - (codes[row] ?? 0);
        },
      );
      await t.step("other keys, another column, too few keys", async () => {
        const verify = (...args: string[]) => anncat("verify", out, a, b, `--axis=${axis}`, ...args);
        assertMatch((await verify("--label=batch")).out, /does not say "0", row 0 /);
        assertMatch((await verify("--label=bunch")).out, RegExp(`${axis}: it has no column "bunch"`));
        assertMatch(
          (await verify("--label=batch", "--keys=one")).err,
          /^anncat: Cannot use 1 keys for 2 inputs[^\n]+\n$/,
        );
        assertEquals((await verify()).code, 0); // nobody says which column it is
      });
    });
  });
}

Deno.test("verify: text, records and awkward arrays in obsm and varm", async (t) => {
  const changes: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
    obsm_texts_inner: last,
    obsm_texts_same_width_outer: last,
    obsm_records: last,
    merge_texts_same: last,
    merge_records_same: last,
    merge_awkward_same: (bytes) => bytes.set([(bytes[7] ?? 0) ^ 1], 7),
  };
  const cases = corpus().filter(({ name }) => Object.hasOwn(changes, name));
  assertEquals(cases.map(({ name }) => name).sort(), Object.keys(changes).sort());
  for (const one of cases) {
    await t.step(one.name, async () => {
      await inFolder(async (folder) => {
        const inputs = inputsOf(one), out = `${folder}/out.zarr`, args = [...inputs, "--axis=obs"];
        const made = ["concat", ...inputs, "--out", out, ...one.args, "--codec=none", "--shards=none", "--quiet"];
        assertEquals((await anncat(...made)).code, 0);
        for (const clean of [out, `${one.folder}/expected.zarr`]) {
          const { code, out: said } = await anncat("verify", clean, ...args);
          assertEquals(code, 0, said);
        }
        for (const [array, file] of chunksUnder(out).filter(([array]) => /^(obsm|varm)\//.test(array))) {
          const element = array.split("/").slice(0, 2).join("/");
          const said = await tampered(out, file.slice(out.length + 1), changes[one.name] ?? last, args);
          assertMatch(said, RegExp(`^  ${element}: it(s part of "| is not what ")`, "m"));
        }
      });
    });
  }
});

Deno.test("verify: text that is cut off is a problem, not an error", async () => {
  const one = corpus().find(({ name }) => name === "obsm_texts_inner");
  assert(one !== undefined);
  await inFolder(async (folder) => {
    const inputs = inputsOf(one), out = `${folder}/out.zarr`;
    assertEquals((await anncat("concat", ...inputs, "--out", out, "--codec=none", "--quiet")).code, 0);
    Deno.truncateSync(`${out}/obsm/t/c/0/0`, 10);
    const { code, out: said } = await endOf(spawnAnncat(["verify", out, ...inputs, "--axis=obs"]));
    assertEquals(code, 1);
    assertMatch(said, /^ {2}obsm\/t: [^\n]*obsm\/t/m);
  });
});

Deno.test("verify: the columns of a joined dataframe take a number of opens that does not grow with them", async () => {
  await inFolder(async (folder) => {
    const opens = async (columns: number): Promise<number> => {
      const names = VARS.map((_, row) => row),
        table = Array.from({ length: columns }, (_, at) => [`c${at}`, numbers("int32", names)]);
      const inputs: CountedStore[] = [];
      for (const at of [0, 1, 2]) {
        const obs = frame([`cell${at}`]),
          store = group("anndata", { obs, var: frame(VARS, Object.fromEntries(table)) });
        inputs.push(new CountedStore(await writeTree(`${folder}/${columns}_${at}.zarr`, store)));
      }
      const out = `${folder}/${columns}.zarr`;
      await concatOnDisk(inputs.map(({ path }) => path), out, { merge: "same" });
      const report = await verifyOutput(out, inputs);
      assertEquals([report.problems, report.axis], [[], 0]);
      return inputs.reduce((sum, { opens }) => sum + opens, 0);
    };
    assertEquals(await opens(200), await opens(2));
  });
});

Deno.test("verify: an input is not opened for a matrix that it does not have", async () => {
  await inFolder(async (folder) => {
    const opens = async (keys: readonly string[]): Promise<readonly number[]> => {
      const varm = Object.fromEntries(keys.map((key) => [key, numbers("int32", VARS.map((_, at) => at), [20, 1])]));
      const inputs: CountedStore[] = [];
      for (const at of [0, 1, 2]) {
        const all = { obs: frame([`cell${at}`]), var: frame(VARS), ...at === 0 ? { varm: group("dict", varm) } : {} };
        inputs.push(new CountedStore(await writeTree(`${folder}/${keys.length}_${at}.zarr`, group("anndata", all))));
      }
      const out = `${folder}/${keys.length}.zarr`;
      await concatOnDisk(inputs.map(({ path }) => path), out, { merge: "first" });
      const report = await verifyOutput(out, inputs);
      assertEquals([report.problems, report.sums.length], [[], keys.length]);
      return inputs.map(({ opens }) => opens);
    };
    const [first = 0, ...others] = await opens(["a"]), [more = 0, ...same] = await opens(["a", "b", "c"]);
    assertEquals([more - first, same], [2, others]);
  });
});

Deno.test("verify: where the names of inputs are takes memory for each other list of names", async () => {
  await inFolder(async (folder) => {
    const { out, inputs } = await madeIn(folder), [a = ""] = inputs, table = RUNTIME + 160 * VARS.length;
    // 4 bytes for each name of the input, and one for each of the output.
    const list = 5 * VARS.length, least = table + 2 * list;
    const { problems } = await verifyOutput(out, inputs, { memory: least });
    assertEquals(problems, []);
    const error = await assertRejects(() => verifyOutput(out, inputs, { memory: least - 1 }), MemoryLimitError);
    assertMatch(error.message, /^Cannot hold the places of the names of 2 inputs in [^:]+: it needs \d+ MiB; raise/);
    assertEquals([error.limit, error.required], [least - 1, least]);
    // Where the first list is too much, those to come may be as long.
    const first = await assertRejects(() => verifyOutput(out, inputs, { memory: table + 1 }), MemoryLimitError);
    assertMatch(first.message, /: it needs up to \d+ MiB; raise/);
    assertEquals(first.required, least);
    await concatOnDisk([a, a, a], `${folder}/same.zarr`);
    const same = await verifyOutput(`${folder}/same.zarr`, [a, a, a], { memory: table + list });
    assertEquals(same.problems, []);
  });
});

/** A store on disk as a store of the caller's, which counts how often it is opened. */
class CountedStore {
  opens = 0;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get(key: string): Uint8Array | undefined {
    if (key === "/zarr.json") this.opens++;
    try {
      return Deno.readFileSync(this.path + key);
    } catch {
      return undefined;
    }
  }
}

Deno.test("convert: the inputs of the corpus keep everything, in another format, layout and codec", async (t) => {
  await inFolder(async (folder) => {
    const seen = new Set<string>();
    for (const one of corpus().filter((_, at) => at % 2 === 0)) {
      await t.step(one.name, async () => {
        for (const input of inputsOf(one).slice(0, 1)) {
          if (seen.has(input)) continue;
          seen.add(input);
          const out = `${folder}/out.zarr`;
          const args = [input, "--out", out, "--overwrite", "--zarr-format=3", "--chunks=7", "--codec=zstd:1"];
          const made = await anncat("convert", ...args);
          if (made.code !== 0 && /--skip|not supported/.test(made.err)) continue; // what no concatenation carries
          assertEquals(made.code, 0, made.err);
          const { out: said } = await anncat("check", input, out, "--json", "--quiet");
          assertEquals(JSON.parse(said).differences, [], input);
        }
      });
    }
  });
});

Deno.test("convert: one store at a time, and only its own flags", async () => {
  await inFolder(async (folder) => {
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 5, x: "csc", vars: VARS, seed: 1 });
    for (const args of [[a, a, "--out", `${folder}/o.zarr`], [a, "--out", `${folder}/o.zarr`, "--join=outer"], [a]]) {
      const { code, err } = await endOf(spawnAnncat(["convert", ...args]));
      assertEquals(code, 2);
      assertMatch(err, /^anncat: [^\n]+\n$/);
    }
    assertEquals((await anncat("convert", a, "--out", `${folder}/o.zarr`, "--sparse-layout=csr", "--quiet")).code, 0);
    assertStringIncludes((await anncat("info", `${folder}/o.zarr`)).out, "csr_matrix");
  });
});

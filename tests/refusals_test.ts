/** Every refusal: what its line says, and that nothing is written. */
import { assertEquals, assertMatch } from "@std/assert";
import { anncat, inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";

const CASES = decodeURIComponent(new URL("../testdata/cases/", import.meta.url).pathname);

const MADE: MadeStore = { rows: 3, vars: ["a", "b"], x: "csr", seed: 1 };

/** `A` and `B` stand for two small stores, `IN` for the inputs of the case, `OUT` for the output's folder. */
interface Refusal {
  /** A case of the corpus whose inputs are used. */
  readonly inputs?: string;
  readonly args: readonly string[];
  /** The line on standard error, without the program's name. */
  readonly says: RegExp;
  /** @default {1} */
  readonly status?: number;
  /** What is in the output's folder afterwards, as before. */
  readonly before?: readonly string[];
}

const TO = ["--out", "OUT/out.zarr"];

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "no input": { args: TO, says: /no inputs|no objects to concatenate/i, status: 2 },
  "an output in a folder that is not there": {
    args: ["A", "B", "--out", "OUT/none/out.zarr"],
    says: /^Cannot write ".*\/none\/out\.zarr": Parent directory of .*\/none\/out\.zarr does not exist$/,
  },
  "an output that is there": {
    args: ["A", "B", "--out", "OUT/there.zarr"],
    says: /^Cannot write ".*there\.zarr": it exists; .*--overwrite/,
    before: ["there.zarr"],
  },
  "an output of no known format": {
    args: ["A", "--out", "OUT/out.csv"],
    says: /^Cannot tell the format of ".*out\.csv"/,
    status: 2,
  },
  "repeated keys": {
    inputs: "refuse_repeated_keys",
    args: ["--keys=x,y,x", ...TO],
    says: /^Cannot use key "x" twice/,
    status: 2,
  },
  "fewer keys than inputs": {
    inputs: "refuse_few_keys",
    args: ["--keys=x,y", ...TO],
    says: /^Cannot use 2 keys for 3 inputs/,
    status: 2,
  },
  "keys given twice": {
    args: ["k=A", "B", "--key=x", "--key=y", ...TO],
    says: /^Cannot take keys twice: give them either as key=path or with/,
    status: 2,
  },
  "duplicate names on the joined axis": {
    inputs: "refuse_duplicate_genes_inner",
    args: TO,
    says: /^Cannot reindex var of .*0\.zarr: 1 var names are duplicates \("g1"\); make them unique first$/,
  },
  "duplicate names in raw": {
    inputs: "refuse_raw_duplicates",
    args: ["--join=outer", ...TO],
    says: /^Cannot reindex raw\/var of .*\.zarr: 1 raw\/var names are duplicates \("a"\)/,
  },
  "text beside numbers in a column": {
    inputs: "refuse_string_int",
    args: TO,
    says:
      /^Cannot concatenate as obs column "mixed" is string in .*0\.zarr and int64 in .*1\.zarr; use --on-conflict drop, --on-conflict string, or --skip obs\/mixed$/,
  },
  "nullable integers beside bools": {
    inputs: "refuse_int64_bool",
    args: TO,
    says: /nullable int64 in .* and bool in /,
  },
  "bools, integers and nothing": {
    inputs: "refuse_bool_int_missing",
    args: ["--join=outer", ...TO],
    says: /bool in .* and int64 in .* and missing in /,
  },
  "categories of numbers and of text": {
    inputs: "refuse_categories_int_string",
    args: TO,
    says: /categorical of int64 in .* and categorical of string in /,
  },
  "text beside nullable text and numbers": {
    inputs: "refuse_int_nullable_string",
    args: TO,
    says: /int64 in .* and nullable string in /,
  },
  "a category beside numbers": {
    inputs: "refuse_category_string_int",
    args: TO,
    says: /categorical of string in .* int64/,
  },
  "ordered categories that differ": {
    inputs: "refuse_ordered_int_categories",
    args: TO,
    says: /ordered categorical of int64/,
  },
  "a dataframe beside an array": {
    inputs: "refuse_obsm_frame_and_array",
    args: TO,
    says:
      /^Cannot concatenate as "obsm\/mixed" is a dataframe in .*0\.zarr and none in .*1\.zarr; .*--skip obsm\/mixed$/,
  },
  "arrays of two and three dimensions": {
    inputs: "refuse_obsm_ranks",
    args: TO,
    says: /^Cannot concatenate as "obsm\/deep" has the shapes .* and .*--skip obsm\/deep$/,
  },
  "text in two dimensions, of two widths": {
    inputs: "refuse_obsm_texts_outer",
    args: ["--join=outer", ...TO],
    says: /^Cannot concatenate "obsm\/texts": some inputs lack values .*--skip obsm\/texts$/,
  },
  "text in two dimensions that an input lacks": {
    inputs: "refuse_obsm_texts_missing",
    args: ["--join=outer", ...TO],
    says: /^Cannot concatenate "obsm\/texts": some inputs lack values/,
  },
  "records of other fields": {
    inputs: "refuse_obsm_records_fields",
    args: TO,
    says: /^Cannot concatenate "obsm\/records": it has .*\('q', float64\).* and .*\('other', float64\)/,
  },
  "text along the joined axis where names lack it": {
    inputs: "refuse_merge_texts_outer",
    args: ["--join=outer", "--merge=first", ...TO],
    says: /^Cannot bring "varm\/texts" of .*0\.zarr to the joined names: some have no text there/,
  },
  "uns under a key that is no name": {
    inputs: "refuse_uns_nest_slash",
    args: ["--uns-merge=nest", "--keys=a/b,c", ...TO],
    says: /^Cannot nest uns of .*0\.zarr under the key "a\/b"/,
  },
  "an awkward array along the axis of concatenation": {
    inputs: "refuse_obsm_awkward",
    args: TO,
    says: /^Cannot concatenate "obsm\/ragged" of .*0\.zarr: it has encoding "awkward-array"; .*--skip obsm\/ragged$/,
  },
  "what an awkward array would need to be reindexed": {
    inputs: "refuse_merge_awkward_reindexed",
    args: ["--merge=first", ...TO],
    says: /^Cannot bring "varm\/ragged" of .*0\.zarr to the joined names: it has encoding "awkward-array"/,
  },
  "a name to carry that no input has": {
    args: ["A", "B", "--only=obs/kin", ...TO],
    says: /^Cannot use --only obs\/kin: no input has it \(did you mean "obs\/kind"\?\); anncat info shows/,
  },
  "a name to leave out that no input has": {
    args: ["A", "B", "--skip=layer", ...TO],
    says: /^Cannot use --skip layer: no input has it \(did you mean "layers"\?\); anncat info shows/,
  },
  "shards where the first input has a format without": {
    inputs: "layers_kinds_inner_v2",
    args: ["--shards=10", ...TO],
    says: /^Cannot write ".*out\.zarr" with shards: zarr format 2, the first input's, has none; add --zarr-format 3/,
  },
  "a budget that is too small": {
    args: ["A", "B", "--memory=1MiB", ...TO],
    says: /^Cannot hold ".*" in 1\.0 MiB: it needs .*; raise --memory to \d+MiB$/,
  },
  "what is dropped, strictly": {
    inputs: "uns_none",
    args: ["--strict", ...TO],
    says: /^Cannot concatenate strictly: uns\/.* is dropped \(.*--uns-merge/,
  },
  "what is coerced, strictly": {
    inputs: "dtype_i4_f4_csr",
    args: ["--strict", ...TO],
    says: /^Cannot concatenate strictly: X is coerced \(int32, float32 become float64\)$/,
  },
  "what an inner join drops of obs, strictly": {
    inputs: "column_order_inner",
    args: ["--strict", ...TO],
    says: /^Cannot concatenate strictly: obs\/.* is dropped/,
  },
  "inputs that share no names, strictly": {
    inputs: "names_disjoint_inner_csr_csc",
    args: ["--strict", ...TO],
    says:
      /^Cannot concatenate strictly: var is dropped \(the inputs share no var names \(".+" in one, ".+" in another\)/,
  },
  "what a merge drops, strictly": {
    inputs: "merge_columns_same_inner",
    args: ["--strict", "--merge=same", ...TO],
    says: /^Cannot concatenate strictly: var\/.* is dropped \((the inputs differ|some inputs have none)\)/,
  },
  "what stands in the way of the label, strictly": {
    args: ["A", "B", "--strict", "--label=kind", ...TO],
    says: /^Cannot concatenate strictly: obs\/kind is dropped \(the label stands in its place\)$/,
  },
};

for (const [name, { inputs, args, says, status = 1, before = [] }] of Object.entries(REFUSALS)) {
  Deno.test(`concat refuses ${name}, in one line, and writes nothing`, async () => {
    await inFolder(async (folder) => {
      const [a, b] = [`${folder}/a.zarr`, `${folder}/b.zarr`], out = `${folder}/out`;
      await writeAnnData(a, MADE);
      await writeAnnData(b, { ...MADE, seed: 2 });
      Deno.mkdirSync(out);
      for (const there of before) Deno.mkdirSync(`${out}/${there}`);
      const given = args.map((arg) => {
        return arg.replace(/^OUT/, out).replace(/^(k=)?A$/, `$1${a}`).replace(/^B$/, b);
      });
      const result = await anncat("concat", ...(inputs === undefined ? [] : inputsOf(inputs)), ...given);
      assertEquals([result.code, result.out], [status, ""], result.err);
      const lines = result.err.trimEnd().split("\n");
      assertMatch((lines[0] ?? "").replace(/^anncat: /, ""), says);
      assertEquals(lines.length, 1, result.err);
      assertEquals(namesIn(out), [...before]);
    });
  });
}

function inputsOf(name: string): string[] {
  const folder = `${CASES}${name}/inputs`;
  return namesIn(folder).map((input) => `${folder}/${input}`);
}

Deno.test("concat: --only and --skip take what some input or the result has, and every slot of AnnData", async () => {
  const inputs = inputsOf("layers_kinds_inner_v2"), plan = ["plan", ...inputs, ...TO, "--json", "--label=from"];
  for (const name of ["obs/from", "raw", "obs", "obs/_index", "layers"]) {
    for (const flag of ["--only", "--skip"]) {
      const { code, err } = await anncat(...plan, `${flag}=${name}`);
      assertEquals(code, 0, err);
    }
  }
  const nested = ["--uns-merge=nest", "--keys=x,y", "--skip=uns/x"], [uns = ""] = inputsOf("uns_nest_keys");
  const { code, err } = await anncat("plan", uns, uns, ...TO, ...nested);
  assertEquals(code, 0, err);
});

Deno.test("planConcat: no inputs are refused as anndata refuses them", async () => {
  const { planConcat } = await import("../mod.ts");
  let message = "";
  await planConcat([], "out.zarr").catch((error: Error) => message = error.message);
  assertEquals(message, "No objects to concatenate");
});

/**
 * The story of `anncat generate`: the stores that the notebook of `concat_on_disk` measures with, made one after the
 * other, each chunk by chunk.
 *
 * @module
 */
import { assertNever, OutputExistsError } from "../base/errors.ts";
import { BufferPool } from "../base/pool.ts";
import { turn } from "../base/turn.ts";
import { Output } from "../run/output.ts";
import { openStoreWriter } from "../storage/create.ts";
import type { CodecSpec, StoreFormat } from "../storage/node.ts";
import { exists } from "../storage/store.ts";
import { StoreBuilder } from "./builder.ts";
import { addFrame } from "./frame.ts";
import { readDone, readManifest, writeDone, writeManifest } from "./manifest.ts";
import { addDense, checkMatrix, type Matrix, SparseMatrix } from "./matrix.ts";
import { type GenerateOptions, type Recipe, recipeOf } from "./options.ts";
import { removeGenerated } from "./remove.ts";
import { familiesOf, type PlannedStore } from "./stores.ts";

/** What a call of {@linkcode generate} did. */
export interface GenerateReport {
  /** Whether everything was there already. */
  readonly already: boolean;
  /** A line for each store, as in `done.txt`. */
  readonly lines: readonly string[];
}

/**
 * Make AnnData stores of random numbers in `folder`, as the notebook does: names, shapes, columns, chunks and metadata
 * are those that its Python writes. Stores that an earlier, stopped call with the same options finished are kept.
 *
 * @example
 * ```ts
 * import { generate, removeGenerated } from "@anncat/anncat";
 *
 * const folder = `${Deno.makeTempDirSync()}/inputs`;
 * const { lines } = await generate(folder, { sizes: [20], shapes: ["square"], runs: 1 });
 * console.log(lines);
 * removeGenerated(folder);
 * ```
 *
 * @throws {OutputExistsError} where `folder` holds something else under a name that is to be made.
 */
export async function generate(folder: string, options: GenerateOptions = {}): Promise<GenerateReport> {
  const recipe = recipeOf(options), families = [...familiesOf(recipe)];
  for (const { matrix } of families) checkMatrix(matrix);
  const names = families.flatMap(({ stores }) => stores.map(({ name }) => name));
  const done = prepare(folder, recipe, names, options.rewrite ?? false);
  if (done !== undefined) {
    for (const line of done) options.onStore?.(line);
    return { already: true, lines: done };
  }
  const lines: string[] = [];
  for (const { matrix, stores } of families) {
    const missing = stores.filter(({ name }) => !exists(`${folder}/${name}`));
    const sparse = matrix.density === 1 || missing.length === 0 ? undefined : new SparseMatrix(matrix);
    for (const store of stores) {
      const path = `${folder}/${store.name}`;
      if (missing.includes(store)) await makeStore(path, { matrix, sparse, store }, recipe, options.signal);
      const line = `wrote ${matrix.shape.rows}x${matrix.shape.columns}_${store.array} -> ${path}`;
      lines.push(line);
      options.onStore?.(line);
    }
  }
  writeDone(folder, lines);
  return { already: false, lines };
}

/** Make `folder` ready; the lines of `done.txt` where nothing is left to do. */
function prepare(
  folder: string,
  recipe: Recipe,
  names: readonly string[],
  rewrite: boolean,
): readonly string[] | undefined {
  try {
    Deno.mkdirSync(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  if (rewrite && readManifest(folder) !== undefined) {
    removeGenerated(folder);
    return prepare(folder, recipe, names, false);
  }
  const manifest = readManifest(folder), done = readDone(folder);
  const isSame = manifest !== undefined && JSON.stringify(manifest.recipe) === JSON.stringify(recipe);
  if (manifest !== undefined && !isSame) {
    const made = JSON.stringify(manifest.recipe);
    throw new OutputExistsError(`Cannot generate in "${folder}": it was made with ${made}; --rewrite replaces it`, {
      source: folder,
    });
  }
  // Without a manifest it was the notebook itself that made them.
  const isWhole = manifest === undefined ? !rewrite : names.every((name) => exists(`${folder}/${name}`));
  if (done !== undefined && isWhole) return done;
  const taken = isSame ? undefined : names.find((name) => exists(`${folder}/${name}`));
  if (taken !== undefined) {
    throw new OutputExistsError(
      `Cannot write "${folder}/${taken}": it exists and generate did not make it; choose another folder`,
      { source: `${folder}/${taken}` },
    );
  }
  writeManifest(folder, { recipe, stores: names });
  return undefined;
}

interface Job {
  readonly matrix: Matrix;
  readonly sparse: SparseMatrix | undefined;
  readonly store: PlannedStore;
}

/** Make one store under a hidden name, and move it into place. */
async function makeStore(path: string, job: Job, recipe: Recipe, signal: AbortSignal | undefined): Promise<void> {
  const { format, codecs } = STORED[recipe.format], pool = new BufferPool();
  const output = Output.open(path, { overwrite: false, resume: false, format });
  try {
    const builder = new StoreBuilder(
      await openStoreWriter(output.folders.store, format, pool),
      codecs,
      breather(signal),
    );
    await addAnnData(builder, job);
    await builder.finish();
    output.publish();
  } catch (error) {
    output.discard();
    throw error;
  } finally {
    pool.clear();
  }
}

/** What Python writes by default: zarr v2 with Blosc, v3 with zstd. */
const STORED: Readonly<Record<Recipe["format"], { format: StoreFormat; codecs: readonly CodecSpec[] }>> = {
  "zarr 2": {
    format: { kind: "zarr", version: 2 },
    codecs: [{ name: "blosc", configuration: { cname: "lz4", clevel: 5, shuffle: "shuffle", blocksize: 0 } }],
  },
  "zarr 3": {
    format: { kind: "zarr", version: 3 },
    codecs: [{ name: "zstd", configuration: { level: 0, checksum: false } }],
  },
  h5ad: { format: { kind: "h5ad" }, codecs: [] },
};

/** Everything of the notebook's `create_adata`, and what anndata writes beside it. */
async function addAnnData(builder: StoreBuilder, { matrix, sparse, store }: Job): Promise<void> {
  const dict = { type: "dict", version: "0.1.0" }, { rows, columns } = matrix.shape;
  builder.group("", { type: "anndata", version: "0.1.0" });
  switch (store.array) {
    case "np":
      await addDense(builder, matrix);
      break;
    case "csc":
    case "csr":
      await sparse?.add(builder, store.array);
      break;
    default:
      assertNever(store.array);
  }
  await addFrame(builder, { name: "obs", rows, seed: store.seed });
  await addFrame(builder, { name: "var", rows: columns, seed: store.seed });
  for (const name of ["obsm", "varm", "obsp", "varp", "layers", "uns"]) builder.group(name, dict);
  builder.none("raw");
}

/** How long the event loop may be kept waiting. */
const TURN_MILLISECONDS = 20;

/** Lets signals through now and then, and stops where one has come: nothing else here waits for anything. */
function breather(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_MILLISECONDS) return;
    await turn(signal);
    last = performance.now();
  };
}

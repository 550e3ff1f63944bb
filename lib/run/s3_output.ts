/**
 * An output in a bucket. There is no renaming there: its objects are written where they stay, and nobody sees a store
 * before its root's metadata is there, which comes last. What a run needs beside them is in a temporary folder here.
 *
 * @module
 */
import { OutputExistsError, UnsupportedError } from "../base/errors.ts";
import { isS3 } from "../base/location.ts";
import type { Plan } from "../plan/plan.ts";
import type { PatienceOptions } from "../storage/patience.ts";
import { s3Access } from "../storage/s3/access.ts";
import { parseS3 } from "../storage/s3/address.ts";
import { S3Bucket } from "../storage/s3/bucket.ts";
import type { Folders } from "./bench.ts";
import type { GrowingOutput, OutputOptions } from "./open_output.ts";

/** The documents by which a store is known, the one that says most first. */
const ROOTS = ["zarr.json", ".zmetadata", ".zgroup", ".zattrs", ".zarray"];

/** How long cleaning up is tried: the run has failed already, perhaps for want of the network. */
const HASTE: PatienceOptions = { attempts: 3, timeout: 10_000 };

/** Objects of an output that grows in a bucket. */
export class S3Output implements GrowingOutput {
  readonly isTakenOver = false;
  readonly folder: string;
  readonly #location: string;
  readonly #place: Place;

  /** Make room for the output of `plan`; nothing that is there is touched unless it may be replaced. */
  static async open(plan: Plan, { overwrite, resume, signal }: OutputOptions): Promise<S3Output> {
    const { location } = plan.output, source = location;
    if (resume) {
      const what = "what a stopped run has written to a bucket is not taken up; run it without --resume";
      throw new UnsupportedError(`Cannot resume "${location}": ${what}`, { source });
    }
    checkInputs(plan);
    const place = placeOf(plan, { signal });
    const first = await firstPage(place);
    if (first.length > 0 && !overwrite) throw inTheWay(location, first, place.key);
    const folder = makeFolder(location);
    try {
      if (first.length > 0) await clear(place);
    } catch (error) {
      Deno.removeSync(folder, { recursive: true });
      throw error;
    }
    return new S3Output(location, folder, placeOf(plan, HASTE));
  }

  private constructor(location: string, folder: string, place: Place) {
    this.#location = location;
    this.folder = folder;
    this.#place = place;
  }

  /** Where the store, scratch files, and shards that are not whole go. */
  get folders(): Folders {
    return { store: this.#location, scratch: `${this.folder}/scratch`, partial: `${this.folder}/partial` };
  }

  /** The root's metadata has published it already. */
  publish(): void {
    Deno.removeSync(this.folder, { recursive: true });
  }

  /** Nothing of it can be taken up. */
  async keep(): Promise<string | undefined> {
    return await this.discard();
  }

  /** Remove what was written, the root's metadata first. */
  async discard(): Promise<string | undefined> {
    Deno.removeSync(this.folder, { recursive: true });
    try {
      await clear(this.#place);
      return undefined;
    } catch {
      return `what it has written stays in "${this.#location}", which is no store; --overwrite replaces it`;
    }
  }
}

/** Where objects are. */
interface Place {
  readonly bucket: S3Bucket;
  /** What their keys start with, without a slash at its end. */
  readonly key: string;
}

function placeOf({ output, options }: Plan, patience: PatienceOptions): Place {
  const { bucket, key } = parseS3(output.location), { location } = output;
  if (key === "") {
    throw new TypeError(`Cannot write "${location}": it is a bucket; name a key in it, as in s3://b/a.zarr`);
  }
  return { bucket: new S3Bucket(bucket, s3Access(location, options.s3Endpoint), patience), key };
}

/** An output that replaces an input would be written from what it has removed. */
function checkInputs({ inputs, output }: Plan): void {
  const prefix = ({ bucket, key }: ReturnType<typeof parseS3>) => `${bucket}/${key}${key === "" ? "" : "/"}`;
  const own = prefix(parseS3(output.location));
  for (const { location } of inputs) {
    if (!isS3(location)) continue;
    const other = prefix(parseS3(location));
    if (!own.startsWith(other) && !other.startsWith(own)) continue;
    throw new UnsupportedError(
      `Cannot write "${output.location}": the input "${location}" lies there; choose another name for the output`,
      { source: output.location },
    );
  }
}

/** The first of the keys in `place`. */
async function firstPage({ bucket, key }: Place): Promise<readonly string[]> {
  for await (const keys of bucket.list(`${key}/`)) return keys;
  return [];
}

function inTheWay(location: string, keys: readonly string[], key: string): OutputExistsError {
  const isStore = ROOTS.some((name) => keys.includes(`${key}/${name}`)) || keys.length >= 1000;
  const what = isStore
    ? "it exists; choose another name, or --overwrite"
    : `objects are in its place, such as "${keys[0]}", perhaps of a run that was killed; ` +
      "choose another name, or --overwrite";
  return new OutputExistsError(`Cannot write "${location}": ${what}`, { source: location });
}

/** Remove the objects in `place`. Without the root's metadata, which goes first, it is no store. */
async function clear({ bucket, key }: Place): Promise<void> {
  await bucket.remove(ROOTS.map((name) => `${key}/${name}`));
  // What has just been removed may still be listed, so pages are not asked for again.
  for await (const keys of bucket.list(`${key}/`)) await bucket.remove(keys);
}

function makeFolder(location: string): string {
  let folder: string;
  try {
    folder = Deno.makeTempDirSync({ prefix: "anncat-" });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const what = "no permission to write where the system keeps temporary files";
    throw new Deno.errors.NotCapable(`Cannot write "${location}": ${what}; run with --allow-write=\${TMPDIR:-/tmp}`, {
      cause: error,
    });
  }
  for (const name of ["scratch", "partial"]) Deno.mkdirSync(`${folder}/${name}`);
  return folder;
}

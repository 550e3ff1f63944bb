/**
 * Fingerprints: short texts that differ where inputs or plans do.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isRemote, isUrl } from "../base/location.ts";
import type { Plan } from "../plan/plan.ts";
import { openRemote, type RemoteOptions } from "../storage/open.ts";

/** Inputs over the network that are asked at once. */
const AT_ONCE = 8;

/** The fingerprints of inputs, see {@linkcode inputFingerprint}. */
export async function inputFingerprints(
  locations: readonly string[],
  options: RemoteOptions,
): Promise<readonly (string | null)[]> {
  const found: (string | null)[] = [];
  for (let start = 0; start < locations.length; start += AT_ONCE) {
    const some = locations.slice(start, start + AT_ONCE).map((location) => inputFingerprint(location, options));
    found.push(...await Promise.all(some));
  }
  return found;
}

/**
 * A text that differs where the store at `location` has changed: of a local one the names, lengths and times of change
 * of its files, of one over the network what the server says of its root's metadata. Null where nothing is said, so
 * that only its metadata (of which the plan is made) can tell.
 */
export async function inputFingerprint(location: string, options: RemoteOptions): Promise<string | null> {
  if (isRemote(location)) return await (await openRemote(location, options)).version() ?? null;
  if (isUrl(location)) return null;
  try {
    return localFingerprint(location);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * The fingerprints of those of `locations` that are local, taken before they are read, and {@linkcode changedSince} when
 * they have been: of what is not there, or may not be looked at, none.
 */
export function localFingerprints(locations: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const location of locations) {
    if (isUrl(location) || found.has(location)) continue;
    try {
      found.set(location, localFingerprint(location));
    } catch {
      // Whoever opens it says what is wrong.
    }
  }
  return found;
}

/** The first of the inputs that is not what it was when `before` was taken. */
export function changedSince(before: ReadonlyMap<string, string>): string | undefined {
  const now = localFingerprints([...before.keys()]);
  return [...before].find(([location, fingerprint]) => now.get(location) !== fingerprint)?.[0];
}

function localFingerprint(location: string): string {
  const hash = createHash("sha256");
  addPath(location, "", (text) => hash.update(text));
  return hash.digest("hex");
}

/** No store is deeper; symbolic links may go round in circles. */
const DEEPEST = 64;

function addPath(path: string, inside: string, add: (text: string) => void, depth = 0): void {
  const { isDirectory, size, mtime } = Deno.statSync(path);
  if (!isDirectory) return add(`${inside}\0${size}\0${mtime?.getTime()}\n`);
  if (depth > DEEPEST) return;
  const names = Array.from(Deno.readDirSync(path), (entry) => entry.name).sort();
  for (const name of names) addPath(`${path}/${name}`, `${inside}/${name}`, add, depth + 1);
}

/** What `plan` will write, and in which pieces; not where, with which memory or by how many workers. */
export function workFingerprint(plan: Plan): string {
  const hash = createHash("sha256");
  const add = (value: unknown) => {
    const apart: Uint8Array[] = []; // what is bytes stays so
    hash.update(JSON.stringify(value, (_, item) => {
      if (!ArrayBuffer.isView(item)) return item;
      apart.push(new Uint8Array(item.buffer, item.byteOffset, item.byteLength));
      return item.byteLength;
    }));
    for (const bytes of apart) hash.update(bytes);
  };
  add([plan.version, plan.output.format, plan.shape, plan.inputs.map((input) => [input.key, input.shape])]);
  // One by one: a plan as one text may be large.
  for (const each of [plan.nodes, plan.elements, plan.tasks, plan.reindexes]) for (const one of each) add(one);
  return hash.digest("hex");
}

/**
 * What generate knows of a folder: `generate.json`, written before the first store, and `done.txt`, written after the
 * last.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import type { Recipe } from "./options.ts";
import { STORE_NAME } from "./stores.ts";

/** The file that says what generate makes in its folder. */
export const MANIFEST = "generate.json";

/** The file that says that all of it is there, a line for each store. */
export const DONE = "done.txt";

/** What is made in a folder. */
export interface Manifest {
  readonly recipe: Recipe;
  readonly stores: readonly string[];
}

/** The manifest of `folder`, or undefined where it has none. */
export function readManifest(folder: string): Manifest | undefined {
  const text = readIfThere(`${folder}/${MANIFEST}`);
  if (text === undefined) return undefined;
  const fail = () => new FormatError(`Cannot read "${folder}/${MANIFEST}": generate did not write it`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw fail();
  }
  const { recipe, stores } = (json ?? {}) as Partial<Manifest>;
  // The names decide what may be removed: nothing but names of our own, so none that leads out of the folder.
  const isOurs = Array.isArray(stores) && stores.every((name) => typeof name === "string" && STORE_NAME.test(name));
  if (!isOurs || typeof recipe !== "object" || recipe === null) throw fail();
  return { recipe, stores };
}

/** Write the manifest of `folder`. */
export function writeManifest(folder: string, manifest: Manifest): void {
  Deno.writeTextFileSync(`${folder}/${MANIFEST}`, JSON.stringify(manifest, null, 1) + "\n");
}

/** The lines of `done.txt`, or undefined where it is not there. */
export function readDone(folder: string): readonly string[] | undefined {
  return readIfThere(`${folder}/${DONE}`)?.split("\n").filter((line) => line !== "");
}

/** Write `done.txt`. */
export function writeDone(folder: string, lines: readonly string[]): void {
  Deno.writeTextFileSync(`${folder}/${DONE}`, lines.map((line) => line + "\n").join(""));
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

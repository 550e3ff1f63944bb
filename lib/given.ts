/**
 * The inputs and keys as a caller gives them.
 *
 * @module
 */
import { shown, texts } from "./base/argument.ts";
import { type InputSource, locationOfSource } from "./lazy/source.ts";
import type { ConcatOptions } from "./options.ts";
import { checkKeys } from "./plan/build.ts";
import type { GivenStores } from "./run/inputs.ts";
import type { Location } from "./storage/open.ts";
import type { ReadableStore } from "./storage/store.ts";

/** An input, or that with the key which stands for it in `label` and `indexUnique`. */
export type InputLike = InputSource | { readonly source: InputSource; readonly key?: string };

/** Whether an input is given without a key. */
export function isSource(input: InputLike): input is InputSource {
  return typeof input !== "object" || input === null || input instanceof URL || "get" in input;
}

/** Where an input is, to be opened; a `TypeError` for what cannot be one. */
export function locationOf(input: InputLike): Location {
  if (isSource(input)) return locationOfSource(input);
  if (input.source === undefined && "write" in input) {
    throw new TypeError("Cannot use a concatenation as an input: write it first, and give its path");
  }
  return locationOfSource(input.source ?? input);
}

/** The inputs that are paths or URLs. */
export function pathsOf(inputs: readonly InputLike[]): readonly string[] {
  return inputs.map(locationOf).filter((location) => typeof location === "string");
}

/** The inputs that are stores, by their number. */
export function givenStores(inputs: readonly InputLike[]): GivenStores {
  if (!Array.isArray(inputs)) throw new TypeError(`Cannot use ${shown(inputs)} as inputs: give a list of them`);
  const found = new Map<number, ReadableStore>();
  for (const [number, location] of inputs.map(locationOf).entries()) {
    if (typeof location !== "string") found.set(number, location);
  }
  return found;
}

/** The key of each input; by default its number. */
export function keysOf(inputs: readonly InputLike[], options: Pick<ConcatOptions, "keys">): readonly string[] {
  const own = inputs.map((input) => isSource(input) ? undefined : input.key);
  if (options.keys === undefined) return own.map((key, at) => key ?? String(at));
  if (own.some((key) => key !== undefined)) {
    throw new TypeError("Cannot use keys of inputs (key=path) and the option keys: give them once");
  }
  return texts("keys", options.keys);
}

/** Keys are one for each input. As in anndata, those that no input has stay as categories of a label. */
export function checkAllKeys(keys: readonly string[], inputs: number, label: string | null | undefined): void {
  checkKeys(keys, inputs);
  if (keys.length === inputs || (label ?? null) !== null) return;
  throw new TypeError(`Cannot use ${keys.length} keys for ${inputs} inputs: give one key for each input`);
}

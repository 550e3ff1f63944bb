/**
 * The plan as JSON: what it holds as bytes, names and reindexes, are lists there.
 *
 * @module
 */
import { fromTexts, isStrings, type Strings, toTexts } from "../base/strings.ts";
import type { ArraySpec, FillValue, NodeSpec } from "../storage/node.ts";

/** `T` as it stands in JSON. */
export type Json<T> = T extends Strings ? readonly string[]
  : T extends Int32Array ? readonly number[]
  : T extends ArraySpec | NodeSpec | FillValue ? T // JSON, without an end to how deep types may nest
  : T extends object ? { readonly [K in keyof T]: Json<T[K]> }
  : T;

/**
 * A plan, or a part of one, as JSON.
 *
 * @example
 * ```ts
 * import { planConcat, planJson } from "@anncat/anncat";
 *
 * const inputs = "testdata/cases/dtype_i4_f4_csr/inputs";
 * const plan = await planConcat([`${inputs}/0.zarr`, `${inputs}/1.zarr`], "all.zarr");
 * await Deno.writeTextFile(`${Deno.makeTempDirSync()}/plan.json`, planJson(plan));
 * ```
 */
export function planJson(part: unknown): string {
  return JSON.stringify(part, (_, value) => {
    if (typeof value === "number") return numberJson(value);
    if (value instanceof Int32Array) return Array.from(value);
    return isStrings(value) ? toTexts(value) : value;
  });
}

/** A number in JSON that every reader takes for this one: without more, infinity becomes null there, and -0 becomes 0. */
function numberJson(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (Number.isNaN(value)) throw new TypeError("Cannot write NaN as JSON");
  return rawJson(value === 0 ? "-0" : value > 0 ? "1e999" : "-1e999");
}

/** ECMAScript's `JSON.rawJSON`, which TypeScript does not know yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };

/** For `JSON.parse`, of elements and reindexes that {@linkcode planJson} wrote: what were bytes are bytes again. */
export function revived(key: string, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  if (key === "map") return Int32Array.from(value);
  if (key === "reindexes") return value.map((map) => Int32Array.from(map));
  return key === "values" && typeof value[0] === "string" ? fromTexts(value) : value;
}

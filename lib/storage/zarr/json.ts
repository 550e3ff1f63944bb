/**
 * JSON as zarr-python reads and writes it: integers of any size, and the bare `NaN` and `Infinity` that Python's json
 * module writes into attributes.
 *
 * @module
 */
import type { JsonValue } from "../node.ts";
import { fromUtf8, utf8 } from "../../base/strings.ts";

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** Whether `value` is a JSON object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` is a JSON array. */
export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Parse JSON; integers that a number cannot hold become their decimal text. A `SyntaxError` where it is none. */
export function parseJson(bytes: Uint8Array): JsonValue {
  const text = fromUtf8(bytes);
  try {
    // Looking at every value takes several times as long as parsing them.
    return (LONG_NUMBER.test(text) ? JSON.parse(text, exact) : JSON.parse(text)) as JsonValue;
  } catch (error) {
    if (!/\b(NaN|Infinity)\b/.test(text)) throw error;
    const marked = text.replace(BARE, (token) => token.startsWith('"') ? token : `"\\u0000${token}"`);
    return JSON.parse(marked, exactOrBare) as JsonValue;
  }
}

/** What every integer has that a number cannot hold. */
const LONG_NUMBER = /\d{16}/;

const BARE = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(source) ? source : value;
}

function exactOrBare(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "string" && /^\0(NaN|-?Infinity)$/.test(value)
    ? Number(value.slice(1))
    : exact(key, value, context);
}

/** Text that goes into JSON as it is: a number that JavaScript would write in another way. */
export class RawJson {
  /** The JSON text. */
  readonly text: string;
  /** Wrap JSON text. */
  constructor(text: string) {
    this.text = text;
  }
}

/** JSON with {@linkcode RawJson} in it. */
export type Writable = JsonValue | RawJson | readonly Writable[] | { readonly [key: string]: Writable };

/** Write JSON as zarr-python does: two spaces a level, and none at all where `indent` is empty. */
export function printJson(value: Writable, indent: "" | "  " = "  "): Uint8Array {
  return utf8(print(value, indent, "\n"));
}

function print(value: Writable, indent: string, newline: string): string {
  if (value instanceof RawJson) return value.text;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = newline + indent;
  const [open, close, items] = Array.isArray(value)
    ? ["[", "]", (value as readonly Writable[]).map((item) => print(item, indent, inner))]
    : ["{", "}", Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${print(item, indent, inner)}`)];
  if (items.length === 0) return open + close;
  return indent === "" ? open + items.join(", ") + close : open + inner + items.join("," + inner) + newline + close;
}

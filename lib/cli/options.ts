/**
 * From flags' values to the module's options.
 *
 * @module
 */
import { parseBytes } from "../base/bytes.ts";
import { checkLabel, type ConcatOptions, parseCodec, type RunOptions } from "../options.ts";
import type { CheckOptions } from "../check/check.ts";
import { UsageError } from "./errors.ts";
import { checkEndpoint } from "../storage/s3/address.ts";
import type { Values } from "./parse.ts";

type Options = ConcatOptions & RunOptions;

/** The options that the flags give; what is not given is absent. */
export function optionsOf(values: Values): Options {
  const lists = { only: values.list("only"), skip: values.list("skip") };
  return present({
    axis: values.text("axis") === undefined ? undefined : axis(values.text("axis") as "obs"),
    join: values.text("join") as Options["join"],
    merge: values.text("merge") as Options["merge"],
    unsMerge: values.text("uns-merge") as Options["unsMerge"],
    label: read(values, "label", checkLabel),
    indexUnique: values.text("index-unique"),
    fillValue: read(values, "fill-value", fillValue),
    sparseLayout: values.text("sparse-layout") as Options["sparseLayout"],
    onConflict: values.text("on-conflict") as Options["onConflict"],
    only: lists.only.length > 0 ? lists.only : undefined,
    skip: lists.skip.length > 0 ? lists.skip : undefined,
    pairwise: values.has("pairwise") ? true : undefined,
    strict: values.has("strict") ? true : undefined,
    zarrFormat: read(values, "zarr-format", Number) as 2 | 3 | undefined,
    chunks: read(values, "chunks", lengths),
    shards: read(values, "shards", (text) => text === "none" ? null : lengths(text)),
    codec: read(values, "codec", (text) => (parseCodec(text), text)),
    memory: read(values, "memory", size),
    workers: read(values, "workers", (text) => wholeNumber(text, 0)),
    maxLoadedElems: read(values, "max-loaded-elems", (text) => wholeNumber(text, 1)),
    overwrite: values.has("overwrite") ? true : undefined,
    resume: values.has("resume") ? true : undefined,
    sync: values.has("sync") ? true : undefined,
    ...endpointOf(values),
  });
}

/** The options of a comparison that the flags give. */
export function checkOptionsOf(values: Values): CheckOptions {
  const rtol = read(values, "rtol", tolerance), memory = read(values, "memory", size);
  return {
    ignore: values.list("ignore"),
    ...(rtol === undefined ? {} : { rtol }),
    ...(memory === undefined ? {} : { memory }),
    ...endpointOf(values),
  };
}

/** Where `s3://` locations are, where a flag says it. */
export function endpointOf(values: Values): { readonly s3Endpoint?: string } {
  const s3Endpoint = read(values, "s3-endpoint", checkEndpoint);
  return s3Endpoint === undefined ? {} : { s3Endpoint };
}

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new RangeError("it is a number of at least 0");
  return value;
}

/** A flag's whole number of at least `least`, or undefined. */
export function wholeNumberOf(values: Values, name: string, least: number): number | undefined {
  return read(values, name, (text) => wholeNumber(text, least));
}

/** A flag's size in bytes, or undefined. */
export function sizeOf(values: Values, name: string): number | undefined {
  return read(values, name, size);
}

/** A flag's list, item by item through `from`, or undefined. */
export function listOf<T>(values: Values, name: string, from: (text: string) => T): readonly T[] | undefined {
  return read(values, name, (text) => text.split(",").map((part) => from(part.trim())));
}

/** `options` without what is undefined. */
function present(options: { readonly [Name in keyof Options]: Options[Name] | undefined }): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Read a flag's value; where that fails, say which flag it was. */
function read<T>(values: Values, name: string, from: (text: string) => T): T | undefined {
  const text = values.text(name);
  if (text === undefined) return undefined;
  try {
    return from(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `Cannot read --${name} "${text}": ${reason.replace(/^Cannot (?:read|use) [^"]*"[^"]*"[^:"]*: /, "")}`,
    );
  }
}

function axis(text: "obs" | "var" | "0" | "1"): "obs" | "var" | 0 | 1 {
  return text === "0" ? 0 : text === "1" ? 1 : text;
}

function fillValue(text: string): number {
  const word = text.trim().toLowerCase().replace(/^\+/, "");
  if (word === "nan") return NaN;
  if (word === "inf" || word === "infinity") return Infinity;
  if (word === "-inf" || word === "-infinity") return -Infinity;
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new RangeError("it is a number, nan, inf or -inf");
  return value;
}

function size(text: string): number {
  const bytes = parseBytes(text);
  if (bytes < 1) throw new RangeError("it is at least one byte");
  return bytes;
}

function wholeNumber(text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`it is a whole number of at least ${least}`);
  }
  return value;
}

function lengths(text: string): number[] {
  const parts = text.split(",");
  if (parts.length > 2) throw new RangeError("it is one length, or two with a comma between");
  return parts.map((part) => wholeNumber(part.trim(), 1));
}

/**
 * The inputs of a command line and their keys.
 *
 * @module
 */
import { checkAllKeys, type InputLike } from "../given.ts";
import { asUsage, reasonOf, UsageError } from "./errors.ts";
import type { Values } from "./parse.ts";

/** What a command line names: `key=path` or a path each, and the keys that `--keys` or `--key` give. */
export interface Inputs {
  /** The inputs in their order. */
  readonly inputs: readonly InputLike[];
  /** The keys, where they are given apart from the inputs. */
  readonly keys: readonly string[] | undefined;
}

/** Gather the inputs and their keys, from the arguments and from `--inputs-from`. */
export function inputsOf(values: Values, positional: readonly string[]): Inputs {
  const from = values.text("inputs-from");
  const named = [...positional, ...(from === undefined ? [] : lines(from))].map(readInput);
  if (named.length === 0) throw new UsageError("No objects to concatenate: name at least one input");
  const withKey = named.filter((input) => input.key !== undefined).length;
  const keys = keysOf(values);
  if (withKey > 0 && keys !== undefined) {
    throw new UsageError("Cannot take keys twice: give them either as key=path or with --keys or --key");
  }
  if (withKey > 0 && withKey < named.length) {
    throw new UsageError(`Cannot tell all keys: ${withKey} of ${named.length} inputs have one as key=path`);
  }
  const all = keys ?? named.flatMap(({ key }) => key ?? []);
  if (all.length > 0) asUsage(() => checkAllKeys(all, named.length, values.text("label")));
  return { inputs: named, keys };
}

/** `key=path`, or a path; a path with `=` in its first segment is written with `./` before it. */
function readInput(written: string): { readonly source: string; readonly key?: string } {
  const [, key, source] = /^([^=/\\:]+)=(.*)$/s.exec(written) ?? [];
  if (key === undefined || source === undefined) {
    if (written === "") throw new UsageError("Cannot read an input: its path is empty");
    return { source: written };
  }
  if (source === "") throw new UsageError(`Cannot read "${written}": the path after the key is missing`);
  return { source, key };
}

function keysOf(values: Values): readonly string[] | undefined {
  const joined = values.text("keys"), single = values.list("key");
  if (joined !== undefined && single.length > 0) {
    throw new UsageError("Cannot take keys twice: give them either with --keys or with --key");
  }
  return joined !== undefined ? joined.split(",") : single.length > 0 ? single : undefined;
}

function lines(file: string): string[] {
  const text = file === "-" ? readStandardInput() : readList(file);
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

function readList(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const way = "it is a file with one input a line";
    throw new Error(`Cannot read --inputs-from "${file}": ${reasonOf(error)}; ${way}`, { cause: error });
  }
}

function readStandardInput(): string {
  const decoder = new TextDecoder(), buffer = new Uint8Array(65536);
  let text = "";
  for (let read = Deno.stdin.readSync(buffer); read !== null; read = Deno.stdin.readSync(buffer)) {
    text += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
  return text + decoder.decode();
}

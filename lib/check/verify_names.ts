/**
 * The names of an output beside those of its inputs.
 *
 * @module
 */
import type { Range } from "../base/range.ts";
import { toTexts } from "../base/strings.ts";
import type { NumberColumn, StringColumn } from "../lazy/column.ts";

type Names = NumberColumn | StringColumn;

async function* texts(names: Names, range: Range, signal: AbortSignal | undefined): AsyncGenerator<readonly string[]> {
  const options = { rows: ROWS, range, signal };
  if (names.kind === "strings") { for await (const { values } of names.chunks(options)) yield toTexts(values); }
  else for await (const { values } of names.chunks(options)) yield Array.from(values as Float64Array, String);
}

/** Names that are text at once. */
const ROWS = 2 ** 16;

/**
 * What is wrong where the names of `input` do not stand at `span` of `output`, all with the same text behind them
 * (`indexUnique`); undefined where they do.
 */
export async function checkNames(
  output: Names,
  span: Range,
  input: Names,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const there = texts(output, span, signal);
  let row = 0, suffix: string | undefined;
  for await (const own of texts(input, { start: 0, end: input.length }, signal)) {
    const { value: found = [] } = await there.next();
    for (const [at, name] of own.entries()) {
      const written = (found as readonly string[])[at];
      suffix ??= written?.startsWith(name) === true ? written.slice(name.length) : "";
      if (written !== name + suffix) {
        await there.return(undefined);
        return `the name at ${span.start + row + at} is "${written}" instead of "${name + suffix}", row ${row + at}`;
      }
    }
    row += own.length;
  }
  await there.return(undefined);
  return undefined;
}

/** Where each name is; a name that is there twice is at its first place, and at all of them in their order. */
export interface Places {
  /** The names in their order. */
  readonly names: readonly string[];
  readonly first: ReadonlyMap<string, number>;
}

/** The places of names. */
export async function namePlaces(names: Names, signal: AbortSignal | undefined): Promise<Places> {
  const all: string[] = [], first = new Map<string, number>();
  for await (const some of texts(names, { start: 0, end: names.length }, signal)) all.push(...some);
  for (const [at, name] of all.entries()) if (!first.has(name)) first.set(name, at);
  return { names: all, first };
}

/** Where the names of an input are among `places`; -1: nowhere. */
export async function placesIn(places: Places, names: Names, signal: AbortSignal | undefined): Promise<Int32Array> {
  const found = new Int32Array(names.length);
  let at = 0, isSame = names.length === places.names.length;
  for await (const some of texts(names, { start: 0, end: names.length }, signal)) {
    for (const name of some) {
      isSame &&= places.names[at] === name;
      found[at++] = places.first.get(name) ?? -1;
    }
  }
  // Names may be there twice where all inputs have the same ones in the same order.
  return isSame ? found.map((_, place) => place) : found;
}

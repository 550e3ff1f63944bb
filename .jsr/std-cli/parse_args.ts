/**
 * A stand-in for `@std/cli/parse-args` on machines that cannot reach JSR: the same name and behaviour for long flags
 * (`string`, `boolean`, `collect`, `alias`, `default`, `unknown`, `--`), over `node:util`. Short flags stand alone.
 *
 * @module
 */
import { parseArgs as tokenize } from "node:util";

/** What to expect on the command line. */
export interface ParseOptions {
  /** Collect what follows `--` under that key; otherwise it joins `_`. */
  readonly "--"?: boolean;
  /** Other names of a flag. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Flags without a value. */
  readonly boolean?: string | readonly string[];
  /** Flags whose value stays text; `_` keeps positional arguments text. */
  readonly string?: string | readonly string[];
  /** Flags that may be repeated. */
  readonly collect?: string | readonly string[];
  /** Values of flags that are not given. */
  readonly default?: Readonly<Record<string, unknown>>;
  /** Called for what is not declared; `false` leaves it out. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What was found: flags by name, and the positional arguments in `_`. */
export interface Args {
  /** A flag's value. */
  [name: string]: unknown;
  /** The positional arguments. */
  _: (string | number)[];
  /** What followed `--`, where that was asked for. */
  "--"?: string[];
}

/** Parse a command line into flags and positional arguments. */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const aliases = aliasTable(options.alias ?? {});
  const named = (names: string | readonly string[] | undefined) =>
    new Set([names ?? []].flat().flatMap((name) => [name, ...(aliases.get(name) ?? [])]));
  const booleans = named(options.boolean), strings = named(options.string), collected = named(options.collect);
  const isKnown = (name: string) => booleans.has(name) || strings.has(name) || aliases.has(name);
  const found: Args = { _: [] };

  const put = (name: string, value: unknown) => {
    const before = found[name];
    found[name] = !collected.has(name) ? value : Array.isArray(before) ? [...before, value] : [value];
  };
  const set = (name: string, value: string | boolean, arg: string) => {
    if (!isKnown(name) && options.unknown?.(arg, name, value) === false) return;
    const typed = typeof value === "string" && !strings.has(name) ? numberOr(value) : value;
    for (const each of [name, ...(aliases.get(name) ?? [])]) put(each, typed);
  };

  const { tokens } = tokenize({ args, strict: false, tokens: true, allowPositionals: true, options: {} });
  const rest: string[] = [];
  let ended = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) continue;
    if (token.kind === "option-terminator") ended = true;
    else if (token.kind === "positional") {
      if (ended) rest.push(token.value);
      else if (options.unknown?.(token.value) !== false) {
        found._.push(strings.has("_") ? token.value : numberOr(token.value));
      }
    } else {
      const arg = args[token.index] ?? token.rawName;
      if (token.inlineValue === true && token.value !== "") {
        set(token.name, booleans.has(token.name) ? token.value !== "false" : token.value, arg);
        continue;
      }
      const name = token.inlineValue === true ? `${token.name}=` : token.name;
      const next = tokens[i + 1];
      const follows = next?.kind === "positional" && next.value !== "-" && next.value !== "" ? next.value : undefined;
      if (follows !== undefined && !booleans.has(name)) set(name, follows, arg);
      else if (follows === "true" || follows === "false") set(name, follows === "true", arg);
      else {
        set(name, strings.has(name) ? "" : true, arg);
        continue;
      }
      i++;
    }
  }

  const missing = (name: string) => !Object.hasOwn(found, name);
  for (const [name, value] of Object.entries(options.default ?? {})) {
    for (const each of [name, ...(aliases.get(name) ?? [])]) if (missing(each)) found[each] = value;
  }
  for (const name of booleans) if (missing(name)) found[name] = collected.has(name) ? [] : false;
  for (const name of strings) if (missing(name) && collected.has(name)) found[name] = [];
  if (options["--"] === true) found["--"] = rest;
  else found._.push(...rest);
  return found;
}

/** Every name of every aliased flag, with its other names. */
function aliasTable(alias: NonNullable<ParseOptions["alias"]>): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const [name, others] of Object.entries(alias)) {
    const all = [name, ...[others].flat()];
    for (const each of all) table.set(each, all.filter((other) => other !== each));
  }
  return table;
}

function numberOr(text: string): string | number {
  const isNumber = /^0x[0-9a-f]+$/i.test(text) || /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/.test(text);
  return isNumber ? Number(text) : text;
}

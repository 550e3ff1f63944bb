/**
 * From the arguments to a command with its flags' values, or a {@linkcode UsageError} that says what was meant.
 *
 * @module
 */
import { parseArgs } from "../deps.ts";
import { UsageError } from "./errors.ts";
import { type CommandName, COMMANDS, type Flag, FLAGS, flagsOf } from "./flags.ts";
import { didYouMean } from "../base/suggest.ts";

/** A command line that was understood. */
export type Parsed =
  | { readonly kind: "help"; readonly command: CommandName | "all" | undefined }
  | { readonly kind: "version" }
  | {
    readonly kind: "run";
    readonly command: CommandName;
    readonly values: Values;
    readonly inputs: readonly string[];
  };

/** The values of flags. */
export interface Values {
  /** Whether a switch is given. */
  has(name: string): boolean;
  /** The value of a flag; where it is repeated, the last; undefined where it is not given. */
  text(name: string): string | undefined;
  /** All values of a repeated flag. */
  list(name: string): readonly string[];
}

/** Read the arguments (without the program's name). */
export function parse(args: readonly string[]): Parsed {
  const [first, ...rest] = args;
  if (first === undefined) throw new UsageError("No command: anncat --help shows what there is");
  if (first === "--help" || first === "-h" || first === "help") {
    const [about] = rest;
    return { kind: "help", command: about === undefined || about === "all" ? about : commandOf(about) };
  }
  if (first === "--version" || first === "-V") return { kind: "version" };
  if (first.startsWith("-")) {
    throw new UsageError(`Cannot read "${first}": the command comes first, as in anncat concat`);
  }
  const command = commandOf(first);
  const end = rest.indexOf("--");
  if ((end < 0 ? rest : rest.slice(0, end)).some((arg) => arg === "--help" || arg === "-h")) {
    return { kind: "help", command };
  }
  return { kind: "run", command, ...parseFlags(command, rest) };
}

function commandOf(word: string): CommandName {
  const names = COMMANDS.map((command) => command.name);
  const found = names.find((name) => name === word);
  if (found === undefined) {
    throw new UsageError(`Unknown command "${word}"${didYouMean(word, names)}: anncat knows ${names.join(", ")}`);
  }
  return found;
}

function parseFlags(command: CommandName, args: readonly string[]): { values: Values; inputs: readonly string[] } {
  const flags = flagsOf(command);
  const named = (test: (flag: Flag) => boolean) => flags.filter(test).map((flag) => flag.name);
  const parsed: Readonly<Record<string, unknown>> = parseArgs(arrange(command, args), {
    boolean: named((flag) => flag.kind.type === "switch"),
    string: named((flag) => flag.kind.type !== "switch"),
    collect: named((flag) => flag.repeat === true),
    "--": true,
  });
  const list = (name: string) => [parsed[name] ?? []].flat().map(String);
  return {
    values: {
      has: (name) => parsed[name] === true,
      text: (name) => list(name).at(-1),
      list,
    },
    inputs: list("--"),
  };
}

/**
 * Put flags first, each with its value behind `=`, then `--` and the inputs: the one form that parseArgs reads without
 * guessing. By itself it would not take a value that starts with a dash, such as `-` of `--index-unique -`.
 */
function arrange(command: CommandName, args: readonly string[]): string[] {
  const arranged: string[] = [], inputs: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--") {
      inputs.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      inputs.push(arg);
      continue;
    }
    const [, written = "", inline] = /^([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const flag = flagOf(command, written);
    if (flag.kind.type === "switch") {
      if (inline !== undefined) throw new UsageError(`Cannot give ${written} a value: it is on or off`);
      arranged.push(`--${flag.name}`);
      continue;
    }
    if (flag.kind.type === "optional-number" && inline === undefined) {
      arranged.push(/^\d+$/.test(args[i + 1] ?? "") ? `--${flag.name}=${args[++i]}` : `--${flag.name}`);
      continue;
    }
    const value = inline ?? args[++i];
    if (value === undefined) throw new UsageError(`Cannot read ${written}: its value is missing`);
    checkChoice(flag, value);
    // parseArgs reads a flag that another one follows as empty text, but `--flag=` as a flag of another name.
    arranged.push(value === "" ? `--${flag.name}` : `--${flag.name}=${value}`);
  }
  return [...arranged, "--", ...inputs];
}

function flagOf(command: CommandName, written: string): Flag {
  const isIt = (flag: Flag) =>
    written === `--${flag.name}` || (flag.short !== undefined && written === `-${flag.short}`);
  const found = FLAGS.find((flag) => isIt(flag) && flag.commands.includes(command));
  if (found !== undefined) return found;
  const elsewhere = FLAGS.find(isIt);
  if (elsewhere !== undefined) {
    throw new UsageError(
      `Unknown flag ${written} of anncat ${command}: it belongs to ${elsewhere.commands.join(", ")}`,
    );
  }
  const names = flagsOf(command).map((flag) => `--${flag.name}`);
  throw new UsageError(
    `Unknown flag ${written} of anncat ${command}${didYouMean(written, names) || `: see anncat ${command} --help`}`,
  );
}

function checkChoice(flag: Flag, value: string): void {
  if (flag.kind.type !== "choice" || flag.kind.values.includes(value)) return;
  const { values } = flag.kind;
  throw new UsageError(`Cannot read --${flag.name} "${value}"${didYouMean(value, values)}: it is ${orList(values)}`);
}

function orList(values: readonly string[]): string {
  return `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

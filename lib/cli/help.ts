/**
 * What `--help` prints.
 *
 * @module
 */
import { type CommandName, COMMANDS, type Flag, flagsOf } from "./flags.ts";

const EXIT = "Exit status: 0 done, 1 failed, 2 the command line is wrong, 130 interrupted";

/** The help of anncat, or of one command, as lines for a terminal of `width` columns. */
export function help(command: CommandName | "all" | undefined, width: number): string {
  const fitting = Math.max(60, Math.min(width, 110));
  const lines = command === undefined
    ? overview()
    : command === "all"
    ? reference(fitting)
    : commandHelp(command, fitting);
  return lines.join("\n") + "\n";
}

/** Everything, as a manual has it. */
function reference(width: number): string[] {
  return [
    ...overview(),
    ...COMMANDS.flatMap(({ name }) => ["", `anncat ${name}`, "", ...commandHelp(name, width).slice(0, -2)]),
  ];
}

function overview(): string[] {
  const column = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    "anncat concatenates AnnData stores on disk, in bounded memory.",
    "",
    "Usage: anncat COMMAND [ARGUMENTS]",
    "",
    "Commands:",
    ...COMMANDS.map((command) => `  ${command.name.padEnd(column)}  ${command.help}`),
    "",
    "anncat COMMAND --help shows a command's flags, anncat help all those of every one, anncat --version the version.",
    EXIT + ".",
  ];
}

function commandHelp(name: CommandName, width: number): string[] {
  const command = COMMANDS.find((each) => each.name === name);
  const flags = flagsOf(name);
  const groups = [...new Set(flags.map((flag) => flag.group))];
  return [
    `${command?.help}.`,
    "",
    `Usage: anncat ${name} ${command?.usage} [FLAGS]`,
    ...groups.flatMap((group) => [
      "",
      `${group}:`,
      ...flags.filter((flag) => flag.group === group).flatMap((flag) => flagLines(flag, width)),
    ]),
    "",
    "Examples:",
    ...(command?.examples ?? []).map((example) => `  ${example}`),
    "",
    EXIT + ".",
  ];
}

const COLUMN = 30;

function flagLines(flag: Flag, width: number): string[] {
  const left = `  ${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}${valueOf(flag)}`;
  const notes = [flag.repeat === true ? "may be repeated" : "", flag.default ? `default: ${flag.default}` : ""];
  const noted = notes.filter((note) => note !== "").join("; ");
  const right = wrap(flag.help + (noted === "" ? "" : ` (${noted})`), width - COLUMN);
  const [first = "", ...more] = right;
  const rest = more.map((line) => " ".repeat(COLUMN) + line);
  return left.length + 2 > COLUMN
    ? [left, " ".repeat(COLUMN) + first, ...rest]
    : [left.padEnd(COLUMN) + first, ...rest];
}

function valueOf(flag: Flag): string {
  switch (flag.kind.type) {
    case "switch":
      return "";
    case "text":
    case "optional-number":
      return ` ${flag.kind.shown}`;
    case "choice":
      return ` ${flag.kind.values.join("|")}`;
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/**
 * The command line from arguments to exit status.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { escape } from "../report/text.ts";
import type { Context } from "./context.ts";
import { systemMessage, UsageError } from "./errors.ts";
import type { CommandName } from "./flags.ts";
import { help } from "./help.ts";
import { InterruptedError, listenForInterrupt } from "./interrupt.ts";
import { parse } from "./parse.ts";
import { paint, type Terminal, useColor } from "./terminal.ts";

/** The commands, loaded when they are asked for; each gives its exit status where it is not always 0. */
const COMMAND: Readonly<Record<CommandName, (context: Context) => Promise<number | void>>> = {
  concat: async (context) => (await import("./concat.ts")).concatCommand(context),
  plan: async (context) => (await import("./plan.ts")).planCommand(context),
  convert: async (context) => (await import("./concat.ts")).convertCommand(context),
  info: async (context) => (await import("./info.ts")).infoCommand(context),
  check: async (context) => (await import("./check.ts")).checkCommand(context),
  verify: async (context) => (await import("./verify.ts")).verifyCommand(context),
  generate: async (context) => (await import("./generate.ts")).generateCommand(context),
  bench: async (context) => (await import("./bench.ts")).benchCommand(context),
  tasks: async (context) => (await import("./tasks.ts")).tasksCommand(context),
  "run-task": async (context) => (await import("./tasks.ts")).runTaskCommand(context),
  finish: async (context) => (await import("./tasks.ts")).finishCommand(context),
  completions: async (context) => (await import("./completions.ts")).completionsCommand(context),
};

/** Commands whose first argument is a folder that they write into. */
const IN_FOLDER: readonly CommandName[] = ["generate", "bench", "run-task", "finish"];

/** Run the command that `args` ask for; returns the exit status. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let out: string | undefined;
  try {
    const parsed = parse(args);
    switch (parsed.kind) {
      case "help":
        terminal.out(help(parsed.command, terminal.columns()));
        return 0;
      case "version":
        terminal.out(`anncat ${config.version}\n`);
        return 0;
      case "run": {
        const { command, values, inputs } = parsed;
        out = values.text("out") ?? (IN_FOLDER.includes(command) ? inputs[0] : undefined);
        using interrupt = listenForInterrupt(() => terminal.err("\nanncat: Stopping (again to stop at once)\n"));
        const color = paint(useColor(values.text("color"), terminal));
        return await COMMAND[command]({ args, values, inputs, terminal, paint: color, signal: interrupt.signal }) ?? 0;
      }
    }
  } catch (error) {
    return tell(error, { args, terminal, out });
  }
}

/** What a message is made with. */
interface Telling {
  readonly args: readonly string[];
  readonly terminal: Terminal;
  /** The output. */
  readonly out: string | undefined;
}

/** One line that says what is wrong, and the exit status. */
function tell(error: unknown, { args, terminal, out }: Telling): number {
  const color = paint(useColor(args.includes("--color=never") ? "never" : undefined, terminal));
  terminal.err(`anncat: ${color("red", escape(messageOf(error, out)))}\n`);
  if (args.includes("--debug") && error instanceof Error) terminal.err(`${traceOf(error)}\n`);
  if (error instanceof UsageError) return 2;
  return error instanceof InterruptedError ? error.status : 1;
}

function messageOf(error: unknown, out: string | undefined): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Deno.errors.NotCapable) {
    const needs = /Requires (\w+) access to ([^,]*)/.exec(error.message);
    if (needs !== null) return `Cannot go on without ${needs[1]} access to ${needs[2]}: run with --allow-${needs[1]}`;
  }
  return error.message === "" ? error.name : systemMessage(error.message, out);
}

/** The stack of an error and of its causes; their texts may come from files, so each line is escaped. */
function traceOf(error: Error): string {
  const own = (error.stack ?? error.message).split("\n").map(escape).join("\n");
  return error.cause instanceof Error ? `${own}\nCaused by: ${traceOf(error.cause)}` : own;
}

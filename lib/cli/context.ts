/**
 * What a command works with.
 *
 * @module
 */
import type { Values } from "./parse.ts";
import type { Paint, Terminal } from "./terminal.ts";

/** A command's surroundings. */
export interface Context {
  /** The flags' values. */
  readonly values: Values;
  /** The command line after `anncat`. */
  readonly args: readonly string[];
  /** The arguments that are not flags. */
  readonly inputs: readonly string[];
  /** Where to write. */
  readonly terminal: Terminal;
  /** Colours for standard error. */
  readonly paint: Paint;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/**
 * Standard output and standard error, and what is known of the terminal behind them.
 *
 * @module
 */

/** Where the command line writes. */
export interface Terminal {
  /** Data, to standard output. A reader that has gone away is no error: {@linkcode Terminal.closed} is then true. */
  out(text: string): void;
  /** Everything else, to standard error. */
  err(text: string): void;
  /** Whether nobody reads standard output any more. */
  closed(): boolean;
  /** Whether standard error is a terminal. */
  readonly isTerminal: boolean;
  /** The width of the terminal; 80 where there is none. */
  columns(): number;
  /** The width of what standard output is shown on; Infinity where that is no terminal. */
  outColumns(): number;
}

/** The process's own. */
export function processTerminal(): Terminal {
  const stdout = writer(Deno.stdout), stderr = writer(Deno.stderr);
  return {
    out: stdout.write,
    err: stderr.write,
    closed: stdout.closed,
    isTerminal: Deno.stderr.isTerminal(),
    columns,
    outColumns: () => Deno.stdout.isTerminal() ? columns() : Infinity,
  };
}

function writer(stream: { writeSync(bytes: Uint8Array): number }): { write(text: string): void; closed(): boolean } {
  let isClosed = false;
  return {
    write(text) {
      let bytes = new TextEncoder().encode(text);
      try {
        while (!isClosed && bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
        isClosed = true;
      }
    },
    closed: () => isClosed,
  };
}

function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // no terminal
  }
}

/** Whether to colour what goes to standard error. `Deno.noColor` is NO_COLOR, and needs no permission. */
export function useColor(choice: string | undefined, terminal: Terminal): boolean {
  if (choice === "always") return true;
  return choice !== "never" && terminal.isTerminal && !Deno.noColor;
}

/** Text in a colour, or as it is. */
export type Paint = (style: "red" | "yellow" | "bold", text: string) => string;

const CODES = { red: 31, yellow: 33, bold: 1 } as const;

/** A {@linkcode Paint} that paints, or does not. */
export function paint(color: boolean): Paint {
  return (style, text) => color ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
}

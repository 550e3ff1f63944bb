/**
 * Where something was found in a store, and the errors that say so.
 *
 * @module
 */
import { AnncatError, FormatError, UnsupportedError } from "../base/errors.ts";

/** Where metadata was found, and the errors that say so. */
export class Place {
  /** The store. */
  readonly source: string;
  /** The element. */
  readonly element: string;

  /** Name a place. */
  constructor(source: string, element: string) {
    this.source = source;
    this.element = element;
  }

  /** What breaks the format. */
  broken(what: string, cause?: unknown): FormatError {
    return new FormatError(`Cannot read ${this.#name} of ${this.source}: ${oneLine(what)}`, this.#place(cause));
  }

  /** What is right, but more than anncat can do. */
  unsupported(what: string): UnsupportedError {
    return new UnsupportedError(`Cannot read ${this.#name} of ${this.source}: ${oneLine(what)}`, this.#place());
  }

  /** A chunk that cannot be decoded. */
  undecodable(key: string, cause: unknown): FormatError {
    const why = oneLine(cause instanceof Error ? cause.message : String(cause));
    const name = this.element === "" ? key : `${this.element}/${key}`;
    return new FormatError(`Cannot decode chunk ${name} of ${this.source}: ${why}`, this.#place(cause));
  }

  get #name(): string {
    return this.element === "" ? "the root" : this.element;
  }

  #place(cause?: unknown): { readonly source: string; readonly element: string; readonly cause?: unknown } {
    const { source, element } = this;
    return cause === undefined ? { source, element } : { source, element, cause };
  }
}

/** Text from outside may hold line ends, or be very long. */
function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/** Whether an error says by itself what is wrong: our own, and what the system says of reading a file. */
export function needsNoWords(error: unknown): boolean {
  if (error instanceof AnncatError) return true;
  return Object.values(Deno.errors).some((kind) => kind !== Deno.errors.InvalidData && error instanceof kind);
}

/**
 * The errors that anncat throws on purpose. Wrong arguments are built-in `TypeError` or `RangeError`; what is wrong
 * with data, limits or outputs is one of these, each with fields to act on and one line to show.
 *
 * @module
 */

/** Where an error was found: a store, and an element inside it. */
export interface ErrorPlace extends ErrorOptions {
  /** The store: a path or URL. */
  readonly source?: string;
  /** The element inside the store, such as `obs/age`. */
  readonly element?: string;
}

/** What every error of anncat has in common. */
export abstract class AnncatError extends Error {
  /** The store: a path or URL. */
  readonly source: string | undefined;
  /** The element inside the store, such as `obs/age`. */
  readonly element: string | undefined;

  /** Make an error with one line for people, and its place. */
  constructor(message: string, place: ErrorPlace = {}) {
    super(message, place.cause === undefined ? {} : { cause: place.cause });
    this.source = place.source;
    this.element = place.element;
  }
}

/** A store or file breaks its format: corrupt, truncated, or not AnnData. */
export class FormatError extends AnncatError {
  /** The class's name. */
  override readonly name = "FormatError";
}

/** A store is right, but holds something that anncat cannot read or write. */
export class UnsupportedError extends AnncatError {
  /** The class's name. */
  override readonly name = "UnsupportedError";
}

/** A server does not give what was asked for: it refuses, fails, or does not answer. */
export class NetworkError extends AnncatError {
  /** The class's name. */
  override readonly name = "NetworkError";
}

/** The inputs, each right by itself, cannot be put together. */
export class IncompatibleInputsError extends AnncatError {
  /** The class's name. */
  override readonly name = "IncompatibleInputsError";
}

/** The memory budget is too small for the job. */
export class MemoryLimitError extends AnncatError {
  /** The class's name. */
  override readonly name = "MemoryLimitError";
  /** The budget, in bytes. */
  readonly limit: number;
  /** The smallest budget that would do, in bytes. */
  readonly required: number;

  /** Make an error that names both numbers. */
  constructor(message: string, place: ErrorPlace & { readonly limit: number; readonly required: number }) {
    super(message, place);
    this.limit = place.limit;
    this.required = place.required;
  }
}

/** The output exists and may not be replaced. */
export class OutputExistsError extends AnncatError {
  /** The class's name. */
  override readonly name = "OutputExistsError";
}

/** Rows do not have the entries that were counted: they hold a position twice, or an input has changed meanwhile. */
export class MiscountError extends AnncatError {
  /** The class's name. */
  override readonly name = "MiscountError";
}

/**
 * A run cannot go on: with what another one left, as inputs or options are not the same, or it is still at work; or with
 * an input that has changed while it was read.
 */
export class ResumeError extends AnncatError {
  /** The class's name. */
  override readonly name = "ResumeError";
}

/** For the end of a `switch` over a closed union: a case that was forgotten does not compile. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected case: ${JSON.stringify(value)}`);
}

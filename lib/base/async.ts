/**
 * Values that are there at once or later: a local file answers at once, a server later, and the code is the same.
 *
 * @module
 */

/** A value, or a promise of one. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether `value` has to be waited for. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return value instanceof Promise;
}

/**
 * Steps that are synchronous as long as what they work on is: a local file is read, decoded and handed on without one
 * turn of the event loop, a server's answer is waited for, and the code is the same.
 *
 * @module
 */
import { isPromise, type MaybePromise } from "../base/async.ts";

/** `next` of `value`, at once where `value` is there. */
export function then<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** `step` for each of `items`, one after the other. */
export function inTurn<T>(items: Iterable<T>, step: (item: T) => MaybePromise<void>): MaybePromise<void> {
  const iterator = items[Symbol.iterator]();
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    const result = step(next.value);
    if (isPromise(result)) return rest(result, iterator, step);
  }
}

async function rest<T>(first: Promise<void>, iterator: Iterator<T>, step: (item: T) => MaybePromise<void>) {
  await first;
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) await step(next.value);
}

/** Run `step`, and `last` when it has ended either way. */
export function ensuring<T>(step: () => MaybePromise<T>, last: () => void): MaybePromise<T> {
  let result: MaybePromise<T>;
  try {
    result = step();
  } catch (error) {
    last();
    throw error;
  }
  if (isPromise(result)) return result.finally(last);
  last();
  return result;
}

/** Run `step`; what it throws goes through `explain`. */
export function explaining<T>(step: () => MaybePromise<T>, explain: (cause: unknown) => never): MaybePromise<T> {
  try {
    const result = step();
    return isPromise(result) ? result.catch(explain) : result;
  } catch (cause) {
    return explain(cause);
  }
}

/** Run `step`; whether it ends without an error. */
export function succeeds(step: () => MaybePromise<unknown>): MaybePromise<boolean> {
  try {
    const result = step();
    return isPromise(result) ? result.then(() => true, () => false) : true;
  } catch {
    return false;
  }
}

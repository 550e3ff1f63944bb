/**
 * A stand-in for `@std/assert` on machines that cannot reach JSR: the same names and behaviour for what the tests use.
 *
 * @module
 */
import { AssertionError as NodeAssertionError } from "node:assert";
import { equal } from "./equal.ts";

export { equal };

/** A test's expectation was not met. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

// deno-lint-ignore no-explicit-any -- as in the genuine package: any constructor of an error
type ErrorClass<E extends Error> = new (...args: any[]) => E;
// deno-lint-ignore no-explicit-any -- as above
type AnyClass = abstract new (...args: any[]) => any;

function shown(value: unknown): string {
  return Deno.inspect(value, { depth: 10, trailingComma: true, strAbbreviateSize: Infinity });
}

function suffix(msg: string | undefined): string {
  return msg === undefined ? "." : `: ${msg}`;
}

function check(holds: boolean, text: string, msg: string | undefined): asserts holds {
  if (!holds) throw new AssertionError(`${text}${suffix(msg)}`);
}

/** Expect something truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Expect something falsy. */
export function assertFalse(expr: unknown, msg = ""): void {
  if (expr) throw new AssertionError(msg);
}

/** Expect the same structure and values. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  const { message } = new NodeAssertionError({ actual, expected, operator: "deepStrictEqual" });
  throw new AssertionError(`Values are not equal${suffix(msg)}\n${message}`);
}

/** Expect another structure or other values. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  check(!equal(actual, expected), `Expected actual: ${shown(actual)} not to be: ${shown(expected)}`, msg);
}

/** Expect the very same value (`Object.is`). */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  check(Object.is(actual, expected), `Expected ${shown(actual)} to be strictly equal to ${shown(expected)}`, msg);
}

/** Expect another value (`Object.is`). */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  check(!Object.is(actual, expected), `Expected ${shown(actual)} not to be strictly equal`, msg);
}

/** Expect neither null nor undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  check(actual !== undefined && actual !== null, `Expected ${shown(actual)} not to be null or undefined`, msg);
}

/** Expect two numbers nearer than `tolerance`, by default 1e-7 of the expected one. */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  check(delta <= allowed, `Expected ${actual} to be within ${allowed} of ${expected}, off by ${delta}`, msg);
}

/** Expect `actual` > `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  check(actual > expected, `Expected ${shown(actual)} > ${shown(expected)}`, msg);
}

/** Expect `actual` >= `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  check(actual >= expected, `Expected ${shown(actual)} >= ${shown(expected)}`, msg);
}

/** Expect `actual` < `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  check(actual < expected, `Expected ${shown(actual)} < ${shown(expected)}`, msg);
}

/** Expect `actual` <= `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  check(actual <= expected, `Expected ${shown(actual)} <= ${shown(expected)}`, msg);
}

/** Expect an instance of a class. */
export function assertInstanceOf<T extends AnyClass>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  check(actual instanceof expectedType, `Expected ${shown(actual)} to be an instance of ${expectedType.name}`, msg);
}

/** Expect a text that includes another. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  check(actual.includes(expected), `Expected actual: "${actual}" to contain: "${expected}"`, msg);
}

/** Expect a text that matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  check(expected.test(actual), `Expected actual: "${actual}" to match: "${expected}"`, msg);
}

/** Expect a text that does not match. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  check(!expected.test(actual), `Expected actual: "${actual}" to not match: "${expected}"`, msg);
}

/** Expect a list that has an equal of each expected item. */
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void {
  const missing = Array.from(expected).filter((item) => !Array.from(actual).some((other) => equal(item, other)));
  check(missing.length === 0, `Expected actual: ${shown(actual)} to include: ${shown(expected)}`, msg);
}

/** Fail. */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${suffix(msg)}`);
}

/** Say that a place cannot be reached. */
export function unreachable(reason?: string): never {
  throw new AssertionError(reason ?? "Unreachable.");
}

function assertIsError<E extends Error>(error: unknown, Class?: ErrorClass<E>, includes?: string, msg?: string): void {
  check(error instanceof Error, "A non-Error object was thrown", msg);
  if (Class !== undefined) {
    const is = `Expected error to be instance of "${Class.name}", but was "${error.constructor.name}"`;
    check(error instanceof Class, is, msg);
  }
  const has = includes === undefined || error.message.includes(includes);
  check(has, `Expected error message to include "${includes}", but got "${error.message}"`, msg);
}

/** Expect a function to throw; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Expect a function to throw an error of that class and with that text in its message. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: ErrorClass<Error> | string,
  includes?: string,
  msg?: string,
): unknown {
  const text = typeof classOrMsg === "string" ? classOrMsg : msg;
  try {
    fn();
  } catch (error) {
    if (typeof classOrMsg === "function") assertIsError(error, classOrMsg, includes, text);
    return error;
  }
  throw new AssertionError(`Expected function to throw${suffix(text)}`);
}

/** Expect a promise to reject; resolves to what it was rejected with. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Expect a promise to reject with an error of that class and with that text in its message. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<Error> | string,
  includes?: string,
  msg?: string,
): Promise<unknown> {
  const text = typeof classOrMsg === "string" ? classOrMsg : msg;
  let isPromise = false;
  try {
    const result = fn();
    isPromise = typeof result === "object" && typeof result?.then === "function";
    if (!isPromise) throw new AssertionError(`Function did not return a promise${suffix(text)}`);
    await result;
  } catch (error) {
    check(isPromise, "Function throws when expected to reject", text);
    if (typeof classOrMsg === "function") assertIsError(error, classOrMsg, includes, text);
    return error;
  }
  throw new AssertionError(`Expected function to reject${suffix(text)}`);
}

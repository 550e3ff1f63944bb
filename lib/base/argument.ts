/**
 * Arguments that come from plain JavaScript, where no compiler has looked at them.
 *
 * @module
 */

/** `value`, if it is text. */
export function text(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrong(name, value, "it is text");
}

/** `value`, if it is a list of texts. */
export function texts(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw wrong(name, value, 'it is a list of texts, such as ["a", "b"]');
}

/** `value`, if it is on or off. */
export function truth(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(name, value, "it is true or false");
}

/** `value`, if it is a number, NaN and the infinite ones included. */
export function number(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw wrong(name, value, "it is a number");
}

function wrong(name: string, value: unknown, what: string): TypeError {
  return new TypeError(`Cannot use ${name} ${shown(value)}: ${what}`);
}

/** A value in a message. */
export function shown(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") return String(value);
  const json = JSON.stringify(value) ?? "undefined";
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

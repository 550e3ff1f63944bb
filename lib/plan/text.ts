/**
 * Values as the text that Python's `str` makes of them.
 *
 * @module
 */

/** Text of a category. */
export function pythonText(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}

/** Text of a float: `1.0`, `1e-07`, `nan`, `inf`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = Math.abs(value) >= 1e16 ? value.toExponential() : String(value);
  const exponent = /^(.*)e([+-])(\d)$/.exec(text);
  if (exponent !== null) return `${exponent[1]}e${exponent[2]}0${exponent[3]}`;
  return Number.isInteger(value) && !text.includes("e") ? `${Object.is(value, -0) ? "-0" : text}.0` : text;
}

/**
 * When two values are the same, and how a value is shown.
 *
 * @module
 */
import { family, type NumericType, type TypedArray } from "../base/dtype.ts";

/** Whether the elements at `i` and `j` are the same. */
export type Same = (a: TypedArray, i: number, b: TypedArray, j: number) => boolean;

/**
 * How elements of `dtype` are compared: numbers by value, NaN equal to NaN, floats within `rtol` of the larger
 * magnitude. Complex numbers are pairs: `i` and `j` count elements.
 */
export function sameOf(dtype: NumericType, rtol: number): Same {
  switch (family(dtype)) {
    case "float":
      return (a, i, b, j) => close(a[i] as number, b[j] as number, rtol);
    case "complex":
      return (a, i, b, j) =>
        close(a[2 * i] as number, b[2 * j] as number, rtol) &&
        close(a[2 * i + 1] as number, b[2 * j + 1] as number, rtol);
    case "bool":
      return (a, i, b, j) => (a[i] !== 0) === (b[j] !== 0);
    default:
      return (a, i, b, j) => a[i] === b[j];
  }
}

function close(a: number, b: number, rtol: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (rtol === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= rtol * Math.max(Math.abs(a), Math.abs(b));
}

/** The element at `i` of `values` as text, with no more digits than its type has. */
export function shown(values: TypedArray, i: number, dtype: NumericType): string {
  switch (family(dtype)) {
    case "bool":
      return values[i] === 0 ? "False" : "True";
    case "complex": {
      const [real, imaginary] = [values[2 * i], values[2 * i + 1]].map((part) => shownFloat(Number(part), dtype));
      return `${real}${imaginary?.startsWith("-") ? "" : "+"}${imaginary}j`;
    }
    case "float":
      return shownFloat(Number(values[i]), dtype);
    default:
      return String(values[i]);
  }
}

function shownFloat(value: number, dtype: NumericType): string {
  if (dtype === "float64" || dtype === "complex128" || !Number.isFinite(value)) return String(value);
  const round = dtype === "float16" ? Math.f16round : Math.fround;
  const digits = [3, 4, 5, 6, 7, 8].find((digits) => round(Number(value.toPrecision(digits))) === value) ?? 9;
  return String(Number(value.toPrecision(digits)));
}

/**
 * Natural order of text: numbers inside it count as numbers.
 *
 * Source: natsort 8.4, `natsorted` with its defaults, which anndata applies to the categories of a union: text is NFD
 * normalised and split at numbers, which are runs of decimal digits or one other digit; text compares by code point,
 * numbers by value, and a number that leads comes after the empty text.
 *
 * @module
 */
import { compareRows, fromTexts, pick, rowCount, rowsOf, rowText, type Strings } from "./strings.ts";

/**
 * `texts` in natural order. Those that count as equal come by code point, in which order pandas hands a union to
 * natsort.
 */
export function natsorted(texts: Strings): Strings {
  // UTF-8 bytes have the order of code points.
  const keys = texts.bytes.every((byte) => byte < 128) ? texts : fromTexts(keysOf(texts));
  return pick(texts, rowsOf(texts).sort((a, b) => compareKeys(keys, a, b) || compareRows(texts, a, texts, b)));
}

/** Compare by code point: JavaScript's `<` compares UTF-16 units, which puts U+1F600 before U+FFEE. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    const [highX, highY] = [isSurrogate(x), isSurrogate(y)];
    return highX === highY ? x - y : highX ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Text as it is compared: NFD normalised, its digits those of ASCII, and a zero byte between two numbers. */
function* keysOf(texts: Strings): Generator<string> {
  for (let row = 0; row < rowCount(texts); row++) {
    let key = "", before: Digit | undefined;
    for (const char of rowText(texts, row).normalize("NFD")) {
      const digit = digitOf(char), isNumber = digit !== undefined && before !== undefined;
      if (isNumber && (digit.isSingle || before?.isSingle)) key += "\0"; // before all text but none
      key += digit?.value ?? char;
      before = digit;
    }
    yield key;
  }
}

/** A digit. */
interface Digit {
  readonly value: number;
  /** Whether it is a number by itself, such as a superscript, not one of the digits of a number. */
  readonly isSingle: boolean;
}

function digitOf(char: string): Digit | undefined {
  const point = char.codePointAt(0) ?? 0;
  if (point < 128) return isDigit(point) ? { value: point - ZERO, isSingle: false } : undefined;
  for (const [first, count, value] of SINGLES) {
    if (point >= first && point < first + count) return { value: value + point - first, isSingle: true };
  }
  return isDecimal(point) ? { value: decimalOf(point), isSingle: false } : undefined;
}

/** The value of a decimal digit: each script's ten stand in one run that starts at its zero. */
function decimalOf(point: number): number {
  let first = point;
  while (isDecimal(first - 1)) first--;
  return (point - first) % 10;
}

function isDecimal(point: number): boolean {
  return /\p{Nd}/u.test(String.fromCodePoint(point));
}

/**
 * Digits that are no decimal ones: the first of each run, how many there are, and its value.
 *
 * Source: characters of Numeric_Type=Digit in Unicode 14.0, which Python's `unicodedata.digit` knows.
 */
const SINGLES: readonly (readonly [first: number, count: number, value: number])[] = [
  ...[[0xb2, 2, 2], [0xb9, 1, 1], [0x1369, 9, 1], [0x19da, 1, 1], [0x2070, 1, 0], [0x2074, 6, 4], [0x2080, 10, 0]],
  ...[[0x2460, 9, 1], [0x2474, 9, 1], [0x2488, 9, 1], [0x24ea, 1, 0], [0x24f5, 9, 1], [0x24ff, 1, 0], [0x2776, 9, 1]],
  ...[[0x2780, 9, 1], [0x278a, 9, 1], [0x10a40, 4, 1], [0x10e60, 9, 1], [0x11052, 9, 1], [0x1f100, 1, 0]],
  [0x1f101, 10, 0],
] as const;

/** Compare rows `a` and `b` of `keys`: text and numbers in turn. */
function compareKeys({ offsets, bytes }: Strings, a: number, b: number): number {
  let x = offsets[a] as number, y = offsets[b] as number;
  const endX = offsets[a + 1] as number, endY = offsets[b + 1] as number;
  while (x < endX && y < endY) {
    const p = bytes[x] as number, q = bytes[y] as number;
    if (!isDigit(p) || !isDigit(q)) {
      // Where a number begins, text ends: it is the shorter one.
      if (p !== q) return isDigit(p) ? -1 : isDigit(q) ? 1 : p - q;
      x++;
      y++;
      continue;
    }
    while (x < endX && bytes[x] === ZERO) x++;
    while (y < endY && bytes[y] === ZERO) y++;
    // The one with more digits is larger; of as many, the first that differs says.
    for (let order = 0;; x++, y++) {
      const [hasX, hasY] = [x < endX && isDigit(bytes[x] as number), y < endY && isDigit(bytes[y] as number)];
      if (hasX !== hasY) return hasX ? 1 : -1;
      if (hasX) order ||= (bytes[x] as number) - (bytes[y] as number);
      else if (order !== 0) return order;
      else break;
    }
  }
  return (endX - x) - (endY - y);
}

const ZERO = 48;

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/**
 * Natural order of text: numbers inside it count as numbers.
 *
 * Source: natsort 8.4, `natsorted` with its defaults, which anndata applies to the categories of a union: text is NFD
 * normalised and split at runs of unsigned digits; text compares by code point, numbers by value, and a number that
 * leads comes after the empty text.
 *
 * @module
 */

type Key = readonly (string | number)[];

/** `texts` in natural order, a new array; equal keys keep their order. */
export function natsorted(texts: readonly string[]): string[] {
  return texts.map((text) => ({ text, key: keyOf(text) })).sort((a, b) => compareKeys(a.key, b.key)).map((x) => x.text);
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

/** Text and numbers in turn; it starts with text, so that keys compare place by place. */
function keyOf(text: string): Key {
  const parts = text.normalize("NFD").split(/(\p{Nd}+)/u);
  const key = parts.map((part, i) => i % 2 === 1 ? Number(asciiDigits(part)) : part);
  return key.length > 1 && key[key.length - 1] === "" ? key.slice(0, -1) : key;
}

/** Decimal digits of any script as ASCII: each script's ten digits stand in one run that starts at its zero. */
function asciiDigits(digits: string): string {
  return digits.replace(/[^0-9]/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0;
    let zero = point;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && point - zero < 9) zero--;
    return String(point - zero);
  });
}

function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const x = a[i] as string | number, y = b[i] as string | number;
    const order = typeof x === "string" ? compareCodePoints(x, y as string) : x - (y as number);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

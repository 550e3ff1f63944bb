/**
 * Half-open ranges of whole numbers: the one way in which anncat says "from here to there".
 *
 * @module
 */

/** From `start` up to, but without, `end`. */
export interface Range {
  /** The first. */
  readonly start: number;
  /** One past the last. */
  readonly end: number;
}

/** How many numbers lie in `range`. */
export function size(range: Range): number {
  return range.end - range.start;
}

/** The range of all `length` positions. */
export function whole(length: number): Range {
  return { start: 0, end: length };
}

/** What `a` and `b` share; empty (`start === end`) where they share nothing. */
export function intersect(a: Range, b: Range): Range {
  const start = Math.max(a.start, b.start);
  return { start, end: Math.max(start, Math.min(a.end, b.end)) };
}

/** `range` moved by `by` positions. */
export function shift(range: Range, by: number): Range {
  return { start: range.start + by, end: range.end + by };
}

/** The range of the cells of a grid with steps of `step` that `range` touches. */
export function cells(range: Range, step: number): Range {
  if (range.end <= range.start) return { start: 0, end: 0 };
  return { start: Math.floor(range.start / step), end: Math.ceil(range.end / step) };
}

/** The positions that cell `index` of a grid with steps of `step` covers, cut at `length`. */
export function cell(index: number, step: number, length: number): Range {
  return { start: index * step, end: Math.min((index + 1) * step, length) };
}

/** Part `part` of `parts` nearly equal parts of `range`; the parts cover it without gaps. */
export function share(range: Range, part: number, parts: number): Range {
  const length = size(range);
  return {
    start: range.start + Math.floor(length * part / parts),
    end: range.start + Math.floor(length * (part + 1) / parts),
  };
}

/** Every position of an n-dimensional box, last axis fastest. The array it yields is reused: copy it to keep it. */
export function* positions(box: readonly Range[]): Generator<readonly number[]> {
  if (box.some((range) => range.end <= range.start)) return;
  const at = box.map((range) => range.start);
  while (true) {
    yield at;
    let axis = box.length - 1;
    for (; axis >= 0; axis--) {
      const range = box[axis] as Range;
      const next = (at[axis] as number) + 1;
      if (next < range.end) {
        at[axis] = next;
        break;
      }
      at[axis] = range.start;
    }
    if (axis < 0) return;
  }
}

/** The product of `numbers`: 1 for none. */
export function product(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a * b, 1);
}

/** How far apart neighbours on each axis lie in C order, in elements. */
export function strides(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    result[axis] = (result[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return result;
}

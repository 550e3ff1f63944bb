/**
 * The largest of many numbers.
 *
 * @module
 */

/**
 * The largest number that `of` gives for one of `items`, and `least` where none is larger. As arguments of `Math.max`
 * more than some 120,000 of them would overflow the stack.
 */
export function most<T>(items: Iterable<T>, of: (item: T) => number, least = 0): number {
  let largest = least;
  for (const item of items) largest = Math.max(largest, of(item));
  return largest;
}

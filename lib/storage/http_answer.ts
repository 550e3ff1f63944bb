/**
 * What a server answers to a request for an object or a part of it: is it that, and all of it.
 *
 * Source: RFC 9110, section 14 (range requests).
 *
 * @module
 */
import { takePart, type Wanted } from "./part.ts";
import type { StoreRange } from "./store.ts";

/** An answer that no further attempt would mend. */
export class Unusable extends Error {
  override readonly name = "Unusable";
}

/** The bytes that `response` (200, 206 or 416) brings of `range`; `onProgress` hears of every piece that comes. */
export async function readAnswer(
  response: Response,
  range: StoreRange | undefined,
  allocate: (bytes: number) => Uint8Array,
  onProgress: () => void,
): Promise<Uint8Array> {
  const { body } = response;
  try {
    if (response.status === 416) return allocate(0); // the object ends before the range
    const wanted = response.status === 206 ? partOf(response, range) : wholeOf(response, range);
    if (body === null) return allocate(0);
    return await takePart(body, wanted, allocate, onProgress);
  } finally {
    await body?.cancel().catch(() => {}); // what has failed needs no cancelling
  }
}

/** A server that knows no ranges sends all: what is wanted lies inside. */
function wholeOf(response: Response, range: StoreRange | undefined): Wanted {
  const total = lengthOf(response);
  if (range === undefined) return { skip: 0, length: total, isPart: false };
  if ("offset" in range) {
    const skip = total === undefined ? range.offset : Math.min(range.offset, total);
    return { skip, length: total === undefined ? range.length : Math.min(range.length, total - skip), isPart: true };
  }
  if (total === undefined) throw new Unusable("the server neither sends parts of objects nor tells their lengths");
  const skip = Math.max(0, total - range.suffixLength);
  return { skip, length: total - skip, isPart: false };
}

/** The part that the server says it sends must be the one that was asked for. */
function partOf(response: Response, range: StoreRange | undefined): Wanted {
  const said = response.headers.get("content-range") ?? "";
  const [, first, last, all] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(said) ?? [];
  const start = Number(first), end = Number(last) + 1, total = all === "*" ? undefined : Number(all);
  if (first === undefined || range === undefined) throw new Unusable(`the server sends the part "${said}" unasked`);
  const isRight = "offset" in range
    ? start === range.offset && (end === range.offset + range.length || end === total)
    : end - start === range.suffixLength || (start === 0 && end < range.suffixLength);
  const isAtEnd = "offset" in range || total === undefined || end === total;
  const length = lengthOf(response);
  if (!isRight || !isAtEnd || (length !== undefined && length !== end - start)) {
    throw new Unusable(`the server sends "${said}" for the part ${JSON.stringify(range)}`);
  }
  return { skip: 0, length: end - start, isPart: false };
}

/** The length of the body, where it comes as it is stored. */
function lengthOf(response: Response): number | undefined {
  const length = response.headers.get("content-length"), encoding = response.headers.get("content-encoding") ?? "";
  return length === null || !/^(identity)?$/i.test(encoding) ? undefined : Number(length);
}

/**
 * What a codec on bytes is, and how several work one after the other.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import type { Lease } from "../lease.ts";
import { then } from "../steps.ts";

/** More decoded bytes are refused, so that a few hostile ones cannot fill the memory. */
export const MOST_BYTES = 2 ** 31 - 1;

/** A codec with its parameters. Errors are plain ones: who calls knows the chunk. */
export interface ByteCodec {
  /** The encoded length of `bytes` bytes, where it depends on nothing else. */
  encodedBytes?(bytes: number): number;
  /** A cheap check that `encoded` is whole and decodes to `expected` bytes (any number where undefined). */
  frame?(encoded: Uint8Array, expected: number | undefined): boolean;
  /** How many bytes `encoded` decodes to, where its head says so. */
  decodedBytes?(encoded: Uint8Array): number | undefined;
  /** Decode; the result is memory of `lease`, or a part of `encoded`. */
  decode(encoded: Uint8Array, expected: number | undefined, lease: Lease): MaybePromise<Uint8Array>;
  /**
   * Encode; the result is memory of `lease`. Undefined for what is only read. `numberBytes`: the size of the numbers
   * that `decoded` holds, if it holds numbers; a hint, and nothing that a decoder would need.
   */
  encode?(decoded: Uint8Array, lease: Lease, numberBytes?: number): MaybePromise<Uint8Array>;
}

/** Whether `encoded` can be handed on as it is; undefined where that takes decoding. */
export function checkFrame(
  codecs: readonly ByteCodec[],
  encoded: Uint8Array,
  expected: number | undefined,
): boolean | undefined {
  const last = codecs.at(-1);
  const length = expectedLengths(codecs, expected).at(-1);
  if (last === undefined) return length === undefined ? undefined : encoded.length === length;
  return last.frame?.(encoded, expectedLengths(codecs.slice(0, -1), expected).at(-1));
}

/** How many bytes `encoded` decodes to, where that is told without decoding. */
export function decodedBytes(codecs: readonly ByteCodec[], encoded: Uint8Array): number | undefined {
  const [only, ...others] = codecs;
  if (only === undefined) return encoded.length;
  return others.length > 0 ? undefined : only.decodedBytes?.(encoded);
}

/** Decode by all of `codecs`, the last first. */
export function decodeBytes(
  codecs: readonly ByteCodec[],
  encoded: Uint8Array,
  expected: number | undefined,
  lease: Lease,
): MaybePromise<Uint8Array> {
  const lengths = expectedLengths(codecs, expected);
  let result: MaybePromise<Uint8Array> = encoded;
  for (let step = codecs.length - 1; step >= 0; step--) {
    const codec = codecs[step] as ByteCodec, length = lengths[step];
    result = then(result, (bytes) =>
      then(codec.decode(bytes, length, lease), (decoded) => {
        checkLength(decoded, length);
        lease.keepOnly(decoded);
        return decoded;
      }));
  }
  return then(result, (bytes) => {
    checkLength(bytes, lengths[0]);
    return bytes;
  });
}

/** Encode by all of `codecs`, the first first. */
export function encodeBytes(
  codecs: readonly ByteCodec[],
  decoded: Uint8Array,
  lease: Lease,
  numberBytes?: number,
): MaybePromise<Uint8Array> {
  return codecs.reduce<MaybePromise<Uint8Array>>((result, codec) => {
    return then(result, (bytes) => {
      if (codec.encode === undefined) throw new TypeError("Cannot encode with a codec that is only for reading");
      return then(codec.encode(bytes, lease, bytes === decoded ? numberBytes : undefined), (encoded) => {
        lease.keepOnly(encoded, decoded);
        return encoded;
      });
    });
  }, decoded);
}

/** The length of what each codec encodes, and of the result last; undefined where it varies. */
function expectedLengths(codecs: readonly ByteCodec[], bytes: number | undefined): (number | undefined)[] {
  const lengths = [bytes];
  for (const codec of codecs) {
    const length = lengths.at(-1);
    lengths.push(length === undefined ? undefined : codec.encodedBytes?.(length));
  }
  return lengths;
}

/** A plain error for a chunk of more than {@linkcode MOST_BYTES}. */
export function checkMost(bytes: number): void {
  if (bytes > MOST_BYTES) throw new RangeError(`${bytes} bytes are too many to decode`);
}

/** A plain error where `bytes` are not as many as expected. */
export function checkLength(bytes: Uint8Array, expected: number | undefined): void {
  if (expected === undefined || bytes.length === expected) return;
  throw new RangeError(`it holds ${bytes.length} bytes instead of ${expected}`);
}

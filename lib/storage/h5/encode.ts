/**
 * Encoding the stored items of a chunk.
 *
 * @module
 */
import { isPromise } from "../../base/async.ts";
import type { DType } from "../../base/dtype.ts";
import type { Lease } from "../lease.ts";
import type { ArraySpec, CodecSpec } from "../node.ts";
import { openFilter } from "./filters.ts";
import type { StoredType } from "./stored_type.ts";

/** The codecs of `spec` as they work on stored items. */
export function storedCodecs({ codecs, shape }: ArraySpec, { bytes }: StoredType): readonly CodecSpec[] {
  // What is stored in one piece has none.
  if (shape.length === 0) return [];
  return codecs.map((codec) => {
    return codec.name === "shuffle" ? { ...codec, configuration: { elementsize: bytes } } : codec;
  });
}

/** Whether items of `dtype` have text in a heap. */
export function isHeaped(dtype: DType): boolean {
  if (dtype === "string") return true;
  if (typeof dtype === "string") return false;
  const isUnicode = (one: DType): boolean => typeof one === "object" && one.kind === "unicode";
  return dtype.kind === "struct" ? dtype.fields.some((field) => isUnicode(field.dtype)) : isUnicode(dtype);
}

/** Encode stored items, in memory of `lease` or `stored` itself; a codec that gains nothing may be left out. */
export function encodeStored(
  codecs: readonly CodecSpec[],
  stored: Uint8Array,
  lease: Lease,
): { readonly bytes: Uint8Array; readonly mask: number } {
  let bytes = stored, mask = 0;
  for (const [i, spec] of codecs.entries()) {
    const encoded = openFilter(spec).encode?.(bytes, lease);
    if (encoded === undefined || isPromise(encoded)) throw new TypeError(`Cannot encode with ${spec.name}`);
    if (encoded.length === 0 && bytes.length > 0) mask |= 1 << i;
    else bytes = encoded;
  }
  return { bytes, mask };
}

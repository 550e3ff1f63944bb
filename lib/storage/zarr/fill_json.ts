/**
 * Fill values as zarr-python writes them.
 *
 * @module
 */
import { type DType, family, isNumeric } from "../../base/dtype.ts";
import { canonicalFill, fillBytes } from "../fill.ts";
import type { FillValue, JsonValue } from "../node.ts";
import { encodeBase64 } from "../base64.ts";
import { RawJson, type Writable } from "./json.ts";

/** The fill value of an array of `dtype`: floats with a point, integers with all their digits, never null. */
export function lowerFill(dtype: DType, fill: FillValue): Writable {
  if (dtype === "string") return fill ?? "";
  if (!isNumeric(dtype)) return dtype.kind === "unicode" ? fill ?? "" : encodeBase64(trimmed(dtype, fill));
  const value = canonicalFill(dtype, fill ?? 0);
  switch (family(dtype)) {
    case "float":
      return float(value);
    case "complex":
      return (value as readonly JsonValue[]).map(float);
    case "bool":
      return value;
    default:
      return typeof value === "string" ? new RawJson(value) : value;
  }
}

function float(value: JsonValue): Writable {
  if (typeof value === "string" && /^0x80+$/.test(value)) return new RawJson("-0.0");
  if (typeof value !== "number") return value;
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? new RawJson(`${value}.0`) : value;
}

/** The bytes of a fill value; text of a fixed size loses the zeros at its end, as numpy's does. */
function trimmed(dtype: Exclude<DType, string>, fill: FillValue): Uint8Array {
  const bytes = fillBytes(dtype, fill);
  if (dtype.kind !== "bytes") return bytes;
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

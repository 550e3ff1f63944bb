/**
 * The filters that turn elements into elements, for reading. numcodecs': delta, fixedscaleoffset, astype, quantize,
 * bitround.
 *
 * @module
 */
import { cast, type DType, isNumeric, itemBytes, type NumericType, type TypedArray, viewAs } from "../../base/dtype.ts";
import type { Lease } from "../lease.ts";
import type { CodecSpec, JsonValue } from "../node.ts";
import type { Place } from "../place.ts";
import type { Swap } from "../swap.ts";
import { parseDtype } from "./metadata_v2.ts";

/** A filter with its parameters. */
export interface Filter {
  /** The type of what it makes when a chunk is written. */
  readonly encoded: NumericType;
  /** Which words of that are stored big-endian, where the filter says so. */
  readonly swaps: readonly Swap[];
  /** Undo the filter; the result is memory of `lease`. */
  decode(bytes: Uint8Array<ArrayBuffer>, lease: Lease): Uint8Array<ArrayBuffer>;
}

/** The filter that `spec` asks for, or undefined where its name is unknown. */
export function openFilter({ name, configuration }: CodecSpec, dtype: DType, place: Place): Filter | undefined {
  const type = (value: JsonValue | undefined, otherwise: NumericType) => {
    if (value === undefined) return { dtype: otherwise, swaps: [] };
    const parsed = parseDtype(value, place);
    if (!isNumeric(parsed.dtype)) throw place.unsupported(`filter ${name} on ${JSON.stringify(value)}`);
    return { dtype: parsed.dtype, swaps: parsed.swaps };
  };
  if (!isNumeric(dtype)) return undefined;
  switch (name.replace(/^numcodecs\./, "")) {
    case "delta": {
      const { dtype: encoded, swaps } = type(configuration["astype"] ?? configuration["dtype"], dtype);
      return { encoded, swaps, decode: (bytes, lease) => sums(converted(bytes, encoded, dtype, lease), dtype) };
    }
    case "fixedscaleoffset": {
      const { dtype: encoded, swaps } = type(configuration["astype"] ?? configuration["dtype"], dtype);
      const scale = Number(configuration["scale"]), offset = Number(configuration["offset"]);
      return { encoded, swaps, decode: (bytes, lease) => scaled(bytes, encoded, dtype, scale, offset, lease) };
    }
    case "astype": {
      const { dtype: encoded, swaps } = type(configuration["encode_dtype"], dtype);
      return { encoded, swaps, decode: (bytes, lease) => converted(bytes, encoded, dtype, lease) };
    }
    case "quantize": {
      const { dtype: encoded, swaps } = type(configuration["astype"] ?? configuration["dtype"], dtype);
      return { encoded, swaps, decode: (bytes, lease) => converted(bytes, encoded, dtype, lease) };
    }
    case "bitround":
      return { encoded: dtype, swaps: [], decode: (bytes) => bytes };
    default:
      return undefined;
  }
}

function converted(bytes: Uint8Array<ArrayBuffer>, from: NumericType, to: NumericType, lease: Lease) {
  if (from === to) return bytes;
  const into = lease.take(bytes.length / itemBytes(from) * itemBytes(to));
  cast(bytes, from, into, to);
  return into;
}

function sums(bytes: Uint8Array<ArrayBuffer>, dtype: NumericType): Uint8Array<ArrayBuffer> {
  const view: TypedArray = viewAs(dtype, bytes);
  if (dtype === "bool") {
    for (let i = 1; i < view.length; i++) view[i] = (view[i] as number) ^ (view[i - 1] as number);
  } else if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
    for (let i = 1; i < view.length; i++) view[i] = (view[i] as bigint) + (view[i - 1] as bigint);
  } else {
    const step = dtype.startsWith("complex") ? 2 : 1;
    for (let i = step; i < view.length; i++) view[i] = (view[i] as number) + (view[i - step] as number);
  }
  return bytes;
}

function scaled(
  bytes: Uint8Array<ArrayBuffer>,
  from: NumericType,
  to: NumericType,
  scale: number,
  offset: number,
  lease: Lease,
): Uint8Array<ArrayBuffer> {
  const floats = viewAs("float64", converted(bytes, from, "float64", lease));
  for (let i = 0; i < floats.length; i++) floats[i] = (floats[i] as number) / scale + offset;
  return converted(
    new Uint8Array(floats.buffer as ArrayBuffer, floats.byteOffset, floats.byteLength),
    "float64",
    to,
    lease,
  );
}

/**
 * Codecs that anncat has not: those in zarrita's registry, where users put theirs too.
 *
 * @module
 */
import type { CodecSpec } from "../node.ts";
import type { ByteCodec } from "../codec/pipeline.ts";

/** Those that zarrita has under the names of numcodecs, and that work on bytes. */
interface Registered {
  readonly kind: string;
  decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The codec on bytes that zarrita's registry has under the name of `spec`, for reading; undefined where it has none. */
export async function registeredCodec({ name, configuration }: CodecSpec): Promise<ByteCodec | undefined> {
  const { zarrita } = await import("../../deps.ts"), { registry } = await zarrita();
  const make = registry.get(name) ?? registry.get(name.replace(/^numcodecs\./, ""));
  if (make === undefined) return undefined;
  const entry = await make();
  // zarrita's types know its own codecs; what users register has this form too.
  const meta = { dataType: "uint8", shape: [], codecs: [] } as unknown as Parameters<typeof entry.fromConfig>[1];
  const codec = entry.fromConfig(configuration, meta) as unknown as Registered;
  if (codec.kind !== "bytes_to_bytes" && codec.kind !== undefined) return undefined;
  return { decode: async (encoded, _expected, lease) => lease.copy(await codec.decode(encoded.slice())) };
}

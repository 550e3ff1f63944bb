/**
 * How an array is stored, in a few words.
 *
 * @module
 */
import type { CodecSpec } from "../storage/node.ts";
import { escape } from "./text.ts";

/** What is said of an array's storage. */
export interface Layout {
  /** The shape of a chunk. */
  readonly chunks: readonly number[] | null;
  /** The shape of a shard. */
  readonly shards: readonly number[] | null;
  /** How chunks are encoded. */
  readonly codecs: readonly CodecSpec[] | null;
}

/** Such as `chunks 1000 × 2000 in shards 10000 × 2000, blosc-lz4:5`; empty for a group. */
export function layoutText({ chunks, shards, codecs }: Layout): string {
  if (chunks === null || chunks.length === 0) return "";
  const sharded = shards === null ? "" : ` in shards ${shards.join(" × ")}`;
  return `chunks ${chunks.join(" × ")}${sharded}, ${codecText(codecs ?? [])}`;
}

/** Such as `zstd:3`, `blosc-lz4:5`, `delta + gzip:1`, `not compressed`. */
export function codecText(codecs: readonly CodecSpec[]): string {
  return codecs.length === 0 ? "not compressed" : codecs.map(oneCodec).join(" + ");
}

function oneCodec({ name, configuration }: CodecSpec): string {
  const { cname, clevel, level } = configuration;
  const full = escape(typeof cname === "string" ? `${name}-${cname}` : name);
  const strength = level ?? clevel;
  return typeof strength === "number" ? `${full}:${strength}` : full;
}

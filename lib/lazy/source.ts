/**
 * What a caller may give as an input.
 *
 * @module
 */
import { fileURLToPath as fromFileUrl } from "node:url";
import { shown } from "../base/argument.ts";
import type { Location } from "../storage/open.ts";
import type { ReadableStore } from "../storage/store.ts";

/**
 * Where an input is: the path of a zarr store or `.zarr.zip` file, the http(s) URL of a zarr store with consolidated
 * metadata, the place of one in a bucket (`s3://bucket/key`), or a store: a `Map`, or anything else with zarrita's `get`. With a store among the inputs, all the work is
 * done in the calling thread, because a store cannot go to a worker.
 */
export type InputSource = string | URL | ReadableStore;

/** Where the input is, to be opened. */
export function locationOfSource(source: InputSource): Location {
  if (source instanceof URL) return source.protocol === "file:" ? fromFileUrl(source) : source.href;
  if (typeof source === "string" || typeof source?.get === "function") return source;
  throw new TypeError(`Cannot use ${shown(source)} as an input: give a path, a URL, or a store that has get`);
}

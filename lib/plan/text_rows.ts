/**
 * How long the rows of a text are that is put together from several sources.
 *
 * @module
 */
import { most } from "../base/most.ts";
import { utf8 } from "../base/strings.ts";
import { sizeOf, type Values } from "../base/values.ts";
import type { AppendSource, Transform } from "./element.ts";

/** Bytes that a row of text takes in the source whose rows are the longest, about; 0 where nobody knows of any. */
export function rowBytesOf(sources: readonly AppendSource[]): number {
  return most(sources, bytesOf);
}

function bytesOf(source: AppendSource): number {
  switch (source.from) {
    case "value":
      return textBytes(String(source.value ?? ""));
    case "list":
      return meanBytes(source.values);
    case "gathered":
      return rowBytesOf(source.layers.map((layer) => layer.source));
    case "array":
      return transformedBytes(source.transform, source.rowBytes ?? 0);
  }
}

function transformedBytes(transform: Transform, rowBytes: number): number {
  switch (transform.kind) {
    case "lookup":
      return meanBytes(transform.values);
    case "copy":
    case "text":
      return rowBytes + textBytes(transform.suffix);
    default:
      return rowBytes;
  }
}

function meanBytes(values: Values): number {
  const { count, bytes } = sizeOf([values]);
  return Math.ceil(bytes / Math.max(1, count));
}

function textBytes(text: string): number {
  return utf8(text).length;
}

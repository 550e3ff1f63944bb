/**
 * Reindexes in files of their own: whoever does a few tasks of a plan reads those that they use.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import { bytesOf } from "../base/dtype.ts";

/** The file of reindex number `number` in the folder `dir`. */
export function reindexFile(dir: string, number: number): string {
  return `${dir}/${number}.int32`;
}

/** Write `map` at `path`: an int32 a position. */
export function writeReindex(path: string, map: Int32Array): void {
  Deno.writeFileSync(path, bytesOf(map));
}

/**
 * What {@linkcode writeReindex} wrote.
 *
 * @throws {FormatError} where it is gone
 */
export function readReindex(path: string): Int32Array {
  const { buffer, byteOffset, byteLength } = bytesAt(path);
  return new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT);
}

function bytesAt(path: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new FormatError(`Cannot read "${path}": it is gone`, { source: path });
  }
}

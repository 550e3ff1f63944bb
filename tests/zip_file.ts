/** Zip files for the tests, right and wrong ones. */
import zlib from "node:zlib";

/** How an entry is written. */
export interface ZipOptions {
  /** @default {"stored"} */
  readonly method?: "stored" | "deflated";
  /** Whether every number stands in the larger form of zip64. @default {false} */
  readonly zip64?: boolean;
  /** What is put in front of the file. */
  readonly front?: Uint8Array;
  /** The comment at the end. */
  readonly comment?: string;
}

/** A zip file of `entries`. */
export function zipOf(
  entries: Iterable<readonly [name: string, bytes: Uint8Array]>,
  options: ZipOptions = {},
): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [], directory: Uint8Array[] = [], method = options.method === "deflated" ? 8 : 0;
  let at = 0, count = 0;
  for (const [name, bytes] of entries) {
    const text = new TextEncoder().encode(name), stored = method === 8 ? zlib.deflateRawSync(bytes) : bytes;
    const crc = zlib.crc32(bytes), sizes = [stored.length, bytes.length] as const;
    const local = record(0x04034b50, [[2, 45], [2, 0x800], [2, method], [4, 0], [4, crc], [4, sizes[0]], [
      4,
      sizes[1],
    ]]);
    const header = record(0x02014b50, [[2, 45], [2, 45], [2, 0x800], [2, method], [4, 0], [4, crc]]);
    const wide = options.zip64 === true;
    const extra = wide ? numbers([[2, 1], [2, 24], [8, sizes[1]], [8, sizes[0]], [8, at]]) : new Uint8Array();
    const small = (value: number): [number, number] => [4, wide ? 0xffffffff : value];
    pieces.push(local, numbers([[2, text.length], [2, 0]]), text, stored);
    directory.push(
      header,
      numbers([small(sizes[0]), small(sizes[1]), [2, text.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0]]),
      numbers([small(at)]),
      text,
      extra,
    );
    at += 30 + text.length + stored.length;
    count++;
  }
  const bytes = directory.reduce((sum, piece) => sum + piece.length, 0), end: Uint8Array[] = [];
  if (options.zip64 === true) {
    const counts: [number, number][] = [[8, count], [8, count], [8, bytes], [8, at]];
    end.push(record(0x06064b50, [[8, 44], [2, 45], [2, 45], [4, 0], [4, 0], ...counts]));
    end.push(record(0x07064b50, [[4, 0], [8, at + bytes], [4, 1]]));
  }
  const comment = new TextEncoder().encode(options.comment ?? "");
  const last: [number, number][] = options.zip64 === true
    ? [[2, 0xffff], [2, 0xffff], [4, 0xffffffff], [4, 0xffffffff]]
    : [[2, count], [2, count], [4, bytes], [4, at]];
  end.push(record(0x06054b50, [[2, 0], [2, 0], ...last, [2, comment.length]]), comment);
  return joined([options.front ?? new Uint8Array(), ...pieces, ...directory, ...end]);
}

function record(signature: number, fields: readonly (readonly [bytes: number, value: number])[]): Uint8Array {
  return numbers([[4, signature], ...fields]);
}

/** Little-endian numbers, one after the other. */
function numbers(fields: readonly (readonly [bytes: number, value: number])[]): Uint8Array {
  return Uint8Array.from(fields.flatMap(([bytes, value]) => {
    return Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
  }));
}

/** All bytes, one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/**
 * The directory of a zip file: where each entry lies. Sizes come from the directory at the file's end, never from the
 * headers in front of the entries, which may not know them.
 *
 * Source: .ZIP File Format Specification (APPNOTE.TXT) 6.3, sections 4.3 (layout) and 4.5.3 (zip64).
 *
 * @module
 */

/** An entry. */
export interface ZipEntry {
  /** Where its local header lies in the file. */
  readonly header: number;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  /** Bytes in the file. */
  readonly stored: number;
  /** Bytes of what it holds. */
  readonly length: number;
  /** CRC-32 of what it holds. */
  readonly crc: number;
}

/** Reads bytes `[start, end)` of the file. */
export type ReadBytes = (start: number, end: number) => Uint8Array;

const END = 0x06054b50, END_BYTES = 22, MOST_COMMENT = 0xffff;
const LOCATOR64 = 0x07064b50, LOCATOR64_BYTES = 20, END64 = 0x06064b50, END64_BYTES = 56;
const ENTRY = 0x02014b50, ENTRY_BYTES = 46, LOCAL = 0x04034b50, LOCAL_BYTES = 30;

/** A directory is held in memory: larger ones are not for one file. */
const MOST_DIRECTORY = 2 ** 28;

/** More than deflate can put into one byte: who claims more lies about its length. */
const MOST_DEFLATED = 1033;

/** Read the directory of a file of `size` bytes: entries by name, the last of a name counts. A plain error if broken. */
export function readDirectory(read: ReadBytes, size: number): Map<string, ZipEntry> {
  const place = findDirectory(read, size), view = viewOf(read(place.start, place.end));
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let number = 0; number < place.entries; number++) {
    if (at + ENTRY_BYTES > view.byteLength || view.getUint32(at, true) !== ENTRY) {
      throw broken("its directory is cut off");
    }
    const nameBytes = view.getUint16(at + 28, true), extraBytes = view.getUint16(at + 30, true);
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > view.byteLength) throw broken("its directory is cut off");
    const name = decoder.decode(bytesAt(view, at + ENTRY_BYTES, nameBytes));
    if (!name.endsWith("/")) entries.set(name, readEntry(view, at, name, place));
    at = next;
  }
  return entries;
}

/** Where what `entry` holds starts in the file. */
export function entryStart(read: ReadBytes, entry: ZipEntry): number {
  const view = viewOf(read(entry.header, entry.header + LOCAL_BYTES));
  if (view.byteLength < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL) throw broken("an entry has no header");
  return entry.header + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

interface Place {
  /** Where the directory lies. */
  readonly start: number;
  readonly end: number;
  /** Entries in it. */
  readonly entries: number;
  /** How far everything has moved: something may have been put in front of the file. */
  readonly shift: number;
}

const decoder = new TextDecoder();

function findDirectory(read: ReadBytes, size: number): Place {
  const first = Math.max(0, size - END_BYTES - MOST_COMMENT), tail = viewOf(read(first, size));
  let at = tail.byteLength - END_BYTES;
  while (
    at >= 0 && !(tail.getUint32(at, true) === END && at + END_BYTES + tail.getUint16(at + 20, true) <= tail.byteLength)
  ) {
    at--;
  }
  if (at < 0) throw broken("it has no directory: it is no zip file, or cut off");
  const end = first + at;
  return findDirectory64(read, end) ?? checked(
    {
      disks: tail.getUint16(at + 4, true),
      entries: tail.getUint16(at + 10, true),
      bytes: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    },
    end,
  );
}

/** The larger form of the directory's end, which stands in front of the usual one where numbers do not fit into that. */
function findDirectory64(read: ReadBytes, end: number): Place | undefined {
  if (end < LOCATOR64_BYTES) return undefined;
  const locator = viewOf(read(end - LOCATOR64_BYTES, end));
  if (locator.getUint32(0, true) !== LOCATOR64) return undefined;
  // Something may have been put in front of the file, so it is looked for where it usually is, too.
  for (const at of [large(locator, 8), end - LOCATOR64_BYTES - END64_BYTES]) {
    if (at < 0 || at + END64_BYTES > end) continue;
    const view = viewOf(read(at, at + END64_BYTES));
    if (view.getUint32(0, true) !== END64) continue;
    const disks = view.getUint32(16, true) + view.getUint32(20, true);
    return checked({ disks, entries: large(view, 32), bytes: large(view, 40), offset: large(view, 48) }, at);
  }
  throw broken("its zip64 directory is not where it should be");
}

function checked(
  { disks, entries, bytes, offset }: { disks: number; entries: number; bytes: number; offset: number },
  end: number,
): Place {
  if (disks !== 0) throw broken("it is one of several parts");
  const start = end - bytes, shift = start - offset;
  if (start < 0 || shift < 0) throw broken("its directory lies outside of it");
  if (bytes > MOST_DIRECTORY || entries * ENTRY_BYTES > bytes) {
    throw broken(`its directory of ${bytes} bytes is not right`);
  }
  return { start, end, entries, shift };
}

function readEntry(view: DataView, at: number, name: string, place: Place): ZipEntry {
  const quoted = JSON.stringify(name), method = view.getUint16(at + 10, true);
  if ((view.getUint16(at + 8, true) & 1) !== 0) throw broken(`its entry ${quoted} is encrypted`);
  if (method !== 0 && method !== 8) {
    throw broken(`its entry ${quoted} is compressed by method ${method}; 0 (stored) and 8 (deflate) are supported`);
  }
  const wide = wideNumbers(view, at);
  const length = wide(view.getUint32(at + 24, true)), stored = wide(view.getUint32(at + 20, true));
  const header = wide(view.getUint32(at + 42, true)) + place.shift;
  const fits = method === 0 ? stored === length : length <= MOST_DEFLATED * stored + 64;
  // Entries lie in front of the directory.
  if (!fits || header + LOCAL_BYTES + stored > place.start) {
    throw broken(`its entry ${quoted} has a size that cannot be`);
  }
  return { header, method, stored, length, crc: view.getUint32(at + 16, true) };
}

/** Numbers that do not fit into their place stand in an extra field, one after the other. */
function wideNumbers(view: DataView, entry: number): (small: number) => number {
  let at = entry + ENTRY_BYTES + view.getUint16(entry + 28, true);
  const end = at + view.getUint16(entry + 30, true);
  while (at + 4 <= end && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true);
  const last = at + 4 <= end ? Math.min(end, at + 4 + view.getUint16(at + 2, true)) : at;
  at += 4;
  return (small) => {
    if (small !== 0xffffffff || at + 8 > last) return small;
    at += 8;
    return large(view, at - 8);
  };
}

function large(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(`it claims ${value} bytes`);
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

function broken(why: string): RangeError {
  return new RangeError(why);
}

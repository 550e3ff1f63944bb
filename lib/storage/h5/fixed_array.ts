/**
 * Fixed arrays: the chunks of datasets that cannot grow, in files of HDF5 1.10 and later.
 *
 * Source: HDF5 File Format Specification 3.0, section VII.C.
 *
 * @module
 */
import { checked } from "./checksum.ts";
import { Fields, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";
import { PageReader } from "./pages.ts";

/** Finds element `index` of the array at `address`, which has `count` of them at least. */
export function openFixedArray(
  file: H5File,
  address: number,
  count: number,
): (index: number) => Uint8Array | undefined {
  const fields = new Fields(checked(file.read(address, 28)));
  fields.signature("FAHD");
  fields.version("an array of chunks", 0);
  fields.skip(1);
  const elementBytes = fields.u8(), pageBits = fields.u8(), length = fields.length(), block = fields.u64();
  if (elementBytes < 8 || pageBits > 30 || length < count) throw new RangeError("the array of its chunks is broken");
  if (block === UNDEFINED) return () => undefined;
  const head = new Fields(file.read(block, 14));
  head.signature("FADB");
  const perPage = 2 ** pageBits, pages = Math.ceil(length / perPage), isPaged = length > perPage;
  const bitmap = isPaged ? file.read(block + 14, (pages + 7) >> 3) : new Uint8Array();
  const reader = new PageReader(file, elementBytes);
  // Without pages the checksum covers the head too; one page of it is all there is.
  if (!isPaged) return (index) => reader.element({ start: block, head: 14, elements: length }, index);
  const first = block + 14 + bitmap.length + 4;
  return (index) => {
    const page = Math.floor(index / perPage), elements = Math.min(perPage, length - page * perPage);
    if (((bitmap[page >> 3] ?? 0) & 0x80 >> page % 8) === 0) return undefined;
    return reader.element({ start: first + page * (perPage * elementBytes + 4), head: 0, elements }, index % perPage);
  };
}

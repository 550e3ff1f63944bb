/**
 * Extensible arrays: the chunks of datasets that can grow along one axis, in files of HDF5 1.10 and later.
 *
 * Source: HDF5 File Format Specification 3.0, section VII.D.
 *
 * @module
 */
import { checked } from "./checksum.ts";
import { Fields, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";
import { PageReader } from "./pages.ts";

/** The data blocks that one super block stands for. */
interface SuperBlock {
  readonly blocks: number;
  readonly elementsPerBlock: number;
  /** The first of its elements, and the first of its blocks. */
  readonly firstElement: number;
  readonly firstBlock: number;
}

/** Finds element `index` of the array at `address`. */
export function openExtensibleArray(file: H5File, address: number): (index: number) => Uint8Array | undefined {
  const fields = new Fields(checked(file.read(address, 72)));
  fields.signature("EAHD");
  fields.version("an array of chunks", 0);
  fields.skip(1);
  const elementBytes = fields.u8(), mostBits = fields.u8(), inIndex = fields.u8(), least = fields.u8();
  const leastPointers = fields.u8(), pageBits = fields.u8();
  fields.skip(6 * 8);
  const indexBlock = fields.u64(), isPower = (x: number) => x > 0 && Number.isInteger(Math.log2(x));
  if (elementBytes < 8 || mostBits > 64 || !isPower(least) || !isPower(leastPointers) || pageBits > 30) {
    throw new RangeError("the array of its chunks is broken");
  }
  if (indexBlock === UNDEFINED) return () => undefined;
  const supers = superBlocks(1 + mostBits - Math.log2(least), least);
  const ownSupers = 2 * Math.log2(leastPointers), ownBlocks = 2 * (leastPointers - 1);
  const others = Math.max(0, supers.length - ownSupers), offsetBytes = (mostBits + 7) >> 3;
  const bodyBytes = 14 + inIndex * elementBytes + 8 * (ownBlocks + others);
  const index = checked(file.read(indexBlock, bodyBytes + 4)), perPage = 2 ** pageBits;
  new Fields(index).signature("EAIB");
  const pointer = (bytes: Uint8Array, at: number): number => new Fields(bytes, at).u64();
  const reader = new PageReader(file, elementBytes), pointersAt = 14 + inIndex * elementBytes;
  const inBlock = (block: number, { elementsPerBlock }: SuperBlock, at: number): Uint8Array | undefined => {
    if (block === UNDEFINED) return undefined;
    const head = 14 + offsetBytes;
    if (elementsPerBlock <= perPage) return reader.element({ start: block, head, elements: elementsPerBlock }, at);
    const start = block + head + 4 + Math.floor(at / perPage) * (perPage * elementBytes + 4);
    return reader.element({ start, head: 0, elements: perPage }, at % perPage);
  };
  return (wanted) => {
    if (wanted < inIndex) return index.subarray(14 + wanted * elementBytes, 14 + (wanted + 1) * elementBytes);
    const at = wanted - inIndex, number = Math.floor(Math.log2(Math.floor(at / least) + 1)), own = supers[number];
    if (own === undefined) throw new RangeError("a chunk lies outside of the array of chunks");
    const block = Math.floor((at - own.firstElement) / own.elementsPerBlock);
    const inside = (at - own.firstElement) % own.elementsPerBlock;
    if (number < ownSupers) return inBlock(pointer(index, pointersAt + 8 * (own.firstBlock + block)), own, inside);
    const superBlock = pointer(index, pointersAt + 8 * (ownBlocks + number - ownSupers));
    if (superBlock === UNDEFINED) return undefined;
    const pages = own.elementsPerBlock > perPage ? own.elementsPerBlock / perPage : 0, pageBytes = (pages + 7) >> 3;
    const head = 14 + offsetBytes + own.blocks * pageBytes;
    if (pages > 0) {
      // A bit for each page that was ever written, those of all blocks one after the other.
      const bit = block * pages + Math.floor(inside / perPage);
      const [bits = 0] = file.read(superBlock + 14 + offsetBytes + (bit >> 3), 1);
      if ((bits & 0x80 >> bit % 8) === 0) return undefined;
    }
    new Fields(file.read(superBlock, 4)).signature("EASB");
    return inBlock(pointer(file.read(superBlock + head + 8 * block, 8), 0), own, inside);
  };
}

function superBlocks(count: number, least: number): SuperBlock[] {
  const result: SuperBlock[] = [];
  let firstElement = 0, firstBlock = 0;
  for (let i = 0; i < count; i++) {
    const blocks = 2 ** (i >> 1), elementsPerBlock = 2 ** ((i + 1) >> 1) * least;
    result.push({ blocks, elementsPerBlock, firstElement, firstBlock });
    firstElement += blocks * elementsPerBlock;
    firstBlock += blocks;
  }
  return result;
}

/**
 * What every thread of a run holds of its plan.
 *
 * @module
 */
import { isRemote, isS3 } from "../base/location.ts";
import { sizeOf, total, type ValuesSize } from "../base/values.ts";
import type { AppendSource, Element, Transform } from "./element.ts";
import type { Joined } from "./joined.ts";
import { headerMemory, type Held, joinMemory, NETWORK, PART, readingMemory, SENDING } from "./memory.ts";
import type { Plan } from "./plan.ts";

/** What planning a run joins. */
export interface Joins {
  /** The axes that are joined. */
  readonly names: readonly Pick<Joined, "read" | "distinct">[];
  /** Categories of all inputs and columns. */
  readonly categories: ValuesSize;
  /** Nodes of `uns` in all inputs, whether they stay or not. */
  readonly unsNodes: number;
}

/** What the threads of a run hold that has these inputs, reindexes, elements and output, after joining `joins`. */
export function heldBy(
  locations: readonly string[],
  { reindexes, elements, output }: Pick<Plan, "reindexes" | "elements" | "output">,
  { names, categories, unsNodes }: Joins,
): Held {
  return {
    plan: Int32Array.BYTES_PER_ELEMENT * positionsOf(reindexes) + listedBytes(elements),
    names: names.reduce(
      (sum, { read, distinct }) => sum + joinMemory(read, distinct),
      joinMemory(categories, categories.count),
    ),
    headers: headerMemory(locations.length, partsOf(elements) + unsNodes) + bytesOf(categories),
    network: networkBytes(locations, output),
  };
}

/**
 * What the threads of a process hold that does tasks of `elements` and reads of the plan what they need: `names` are the
 * positions of all reindexes, of which each thread keeps those that it has come upon.
 */
export function heldByReader(
  { inputs, output }: Pick<Plan, "inputs" | "output">,
  elements: readonly Element[],
  names: number,
): Held {
  return {
    plan: Int32Array.BYTES_PER_ELEMENT * names + listedBytes(elements),
    names: readingMemory(listed(elements)),
    headers: headerMemory(inputs.length, partsOf(elements)),
    network: networkBytes(inputs.map((input) => input.location), output),
  };
}

/** Positions of all reindexes together. */
export function positionsOf(reindexes: Plan["reindexes"]): number {
  return reindexes.reduce((sum, map) => sum + map.length, 0);
}

function networkBytes(locations: readonly string[], output: Plan["output"]): number {
  return (locations.some(isRemote) ? NETWORK : 0) + (isS3(output.location) ? SENDING : 0);
}

/** What values take. */
function bytesOf({ count, bytes }: ValuesSize): number {
  return Uint32Array.BYTES_PER_ELEMENT * count + bytes;
}

/** What the plan itself holds of `elements`. */
function listedBytes(elements: readonly Element[]): number {
  return PART * partsOf(elements) + bytesOf(listed(elements));
}

/** How many shares inputs have in `elements`. */
function partsOf(elements: readonly Element[]): number {
  return elements.reduce((sum, element) => sum + (element.kind === "copy" ? 1 : element.parts.length), 0);
}

/** What the plan itself holds of values: those that it lists, and what it makes of categories. */
function listed(elements: readonly Element[]): ValuesSize {
  const parts = elements.flatMap((element) => element.kind === "append" ? element.parts : []);
  return total(parts.map(({ source }) => sourceSize(source)));
}

function sourceSize(source: AppendSource): ValuesSize {
  switch (source.from) {
    case "value":
      return sizeOf([]);
    case "list":
      return sizeOf([source.values]);
    case "array":
      return transformSize(source.transform);
    case "gathered":
      return total(source.layers.map((layer) => sourceSize(layer.source)));
  }
}

function transformSize(transform: Transform): ValuesSize {
  if (transform.kind === "codes") return { count: 0, bytes: transform.map.byteLength };
  return sizeOf(transform.kind === "lookup" ? [transform.values] : []);
}

/**
 * What every thread of a run holds of its plan.
 *
 * @module
 */
import { isRemote, isS3 } from "../base/location.ts";
import type { Element } from "./element.ts";
import { type Held, NAME, NETWORK, SENDING } from "./memory.ts";
import type { Plan } from "./plan.ts";

/** What the threads of a run hold that has these inputs, reindexes, elements and output, and joins `names` names. */
export function heldBy(
  locations: readonly string[],
  { reindexes, elements, output }: Pick<Plan, "reindexes" | "elements" | "output">,
  names: number,
): Held {
  const plan = 12 * positionsOf(reindexes) + LISTED * listed(elements);
  return { plan, names: NAME * names, network: networkBytes(locations, output) };
}

/** What a value of a list in a plan takes in the main thread while it is read from a file: text, garbage. */
const PARSED = 40;

/**
 * What the threads of a process hold that does tasks of `elements` and reads of the plan what they need: `names` are the
 * positions of all reindexes, of which each thread keeps those that it has come upon.
 */
export function heldByReader(
  { inputs, output }: Pick<Plan, "inputs" | "output">,
  elements: readonly Element[],
  names: number,
): Held {
  const values = listed(elements), plan = Int32Array.BYTES_PER_ELEMENT * names + LISTED * values;
  return { plan, names: PARSED * values, network: networkBytes(inputs.map((input) => input.location), output) };
}

/** Positions of all reindexes together. */
export function positionsOf(reindexes: Plan["reindexes"]): number {
  return reindexes.reduce((sum, map) => sum + map.length, 0);
}

function networkBytes(locations: readonly string[], output: Plan["output"]): number {
  return (locations.some(isRemote) ? NETWORK : 0) + (isS3(output.location) ? SENDING : 0);
}

/** What a value that the plan itself holds takes as a JavaScript string. */
const LISTED = 48;

/** How many values the plan itself holds. */
function listed(elements: readonly Element[]): number {
  const parts = elements.flatMap((element) => element.kind === "append" ? element.parts : []);
  return parts.reduce((sum, { source }) => source.from === "list" ? sum + source.values.length : sum, 0);
}

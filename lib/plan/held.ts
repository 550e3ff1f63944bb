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
  return {
    plan: 12 * lengthOf(reindexes) + listBytes(elements),
    names: NAME * names,
    network: (locations.some(isRemote) ? NETWORK : 0) + (isS3(output.location) ? SENDING : 0),
  };
}

/** What a number of a plan takes in the main thread while the plan is read from a file: text, lists, garbage. */
const PARSED = 40;

/** What the threads of a process hold that reads `plan` from a file: it joins no names. */
export function heldByReader(plan: Pick<Plan, "inputs" | "output" | "reindexes" | "elements">): Held {
  const held = heldBy(plan.inputs.map((input) => input.location), plan, 0);
  return { ...held, names: PARSED * lengthOf(plan.reindexes) };
}

function lengthOf(reindexes: Plan["reindexes"]): number {
  return reindexes.reduce((sum, map) => sum + map.length, 0);
}

/** What the values that the plan itself holds take as JavaScript strings. */
function listBytes(elements: readonly Element[]): number {
  const parts = elements.flatMap((element) => element.kind === "append" ? element.parts : []);
  return 48 * parts.reduce((sum, { source }) => source.from === "list" ? sum + source.values.length : sum, 0);
}

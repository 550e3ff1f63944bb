/**
 * What a run will come to, before it runs: bytes in memory, bytes on disk, seconds.
 *
 * @module
 */
import { itemBytes } from "../base/dtype.ts";
import { product, size } from "../base/range.ts";
import type { Element } from "../plan/element.ts";
import type { Json } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { ArraySpec, NodeSpec } from "../storage/node.ts";
import type { MachinesEstimate } from "./machines.ts";
import { type DiskUse, diskUse } from "./disk.ts";

/** What a run will come to: plain JSON. */
export interface Estimate {
  /** Decoded bytes of each array of the result, by its path; at most, where an inner join drops entries. */
  readonly decoded: Readonly<Record<string, number>>;
  /** Decoded bytes of all arrays. */
  readonly decodedBytes: number;
  /** Bytes of the result's files, if they compress as those of the inputs do; null where those cannot be counted. */
  readonly storedBytes: number | null;
  /** Seconds, on a machine with two cores, where the data are in memory. */
  readonly seconds: number;
}

/** What `anncat plan --json` prints: the plan, and what carrying it out is estimated to come to. */
export interface PlanDocument extends Json<Plan> {
  /** What it will come to. */
  readonly estimate: Estimate;
  /** What it will come to in tasks for several machines, where that was asked for. */
  readonly machines?: MachinesEstimate;
}

/** Decoded bytes that one thread deals with in a second, by the kind of task: Blosc with LZ4, data in memory, 2 cores. */
const RATES: Readonly<Record<Task["kind"], number>> = {
  append: 300e6,
  copy: 300e6,
  dense: 250e6,
  scatter: 150e6,
  gather: 200e6,
  count: 800e6,
  entries: 250e6,
  indptr: 300e6,
};

/** What a text takes, with its length, about. */
const TEXT = 16;

/** Starting, reading headers, and giving the result its place. */
export const START_SECONDS = 0.4;

/** Inputs whose files are counted: they tell how well such data compresses. */
const SAMPLE = 16;

/** Estimate what carrying out `plan` comes to. */
export function estimate(plan: Plan): Estimate {
  const arrays = plan.nodes.flatMap((node): (readonly [string, number])[] =>
    node.kind === "array" ? [[node.path, specBytes(node.spec)]] : []
  );
  const decodedBytes = arrays.reduce((sum, [, bytes]) => sum + bytes, 0);
  return {
    decoded: Object.fromEntries(arrays),
    decodedBytes,
    storedBytes: storedBytes(plan, decodedBytes),
    seconds: START_SECONDS + workSeconds(plan),
  };
}

function specBytes(spec: ArraySpec): number {
  return product(spec.shape) * (spec.dtype === "string" ? TEXT : itemBytes(spec.dtype));
}

function workSeconds(plan: Plan): number {
  return threadSeconds(plan.tasks) / Math.max(1, plan.memory.workers);
}

/** Seconds that one thread takes to do `tasks`. */
export function threadSeconds(tasks: readonly Task[]): number {
  return tasks.reduce((sum, { kind, bytes }) => sum + bytes / RATES[kind], 0);
}

/** The decoded bytes, times what the inputs' files take of theirs. */
function storedBytes(plan: Plan, decodedBytes: number): number | null {
  const arrays = plan.nodes.filter((node): node is NodeSpec & { readonly kind: "array" } => node.kind === "array");
  if (arrays.every((node) => node.spec.codecs.length === 0)) return decodedBytes;
  const disks = plan.inputs.slice(0, SAMPLE).map(({ location }) => diskOf(location));
  let stored = 0, decoded = 0;
  for (const { input, path, bytes } of plan.elements.flatMap(partsOf)) {
    const found = disks[input]?.below(path);
    if (found === null || found === undefined || found === 0) continue;
    stored += found;
    decoded += bytes;
  }
  return decoded === 0 ? null : Math.round(decodedBytes * Math.min(1.1, stored / decoded));
}

function diskOf(location: string): DiskUse | undefined {
  try {
    return diskUse(location);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined; // it is no file
    throw error;
  }
}

/** The arrays and matrices of inputs that an element is made from, with their decoded bytes. */
function partsOf(element: Element): { readonly input: number; readonly path: string; readonly bytes: number }[] {
  switch (element.kind) {
    case "append": {
      const item = element.spec.dtype === "string" ? TEXT : itemBytes(element.spec.dtype);
      return element.parts.flatMap(({ at, source }) =>
        source.from === "array" ? [{ input: source.input, path: source.path, bytes: size(at) * item }] : []
      );
    }
    case "dense": {
      const whole = specBytes(element.spec), length = Math.max(1, element.spec.shape[element.axis] ?? 1);
      return element.parts.map(({ input, path, at }) => ({ input, path, bytes: whole * size(at) / length }));
    }
    case "copy":
      return [{ input: element.input, path: element.source, bytes: specBytes(element.spec) }];
    case "sparse":
      return element.parts.map(({ input, path, nnz, dtype }) => ({ input, path, bytes: nnz * (itemBytes(dtype) + 4) }));
  }
}

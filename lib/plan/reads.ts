/**
 * Which inputs a task reads.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import { intersect, type Range, size } from "../base/range.ts";
import type { AppendSource, Element } from "./element.ts";
import { unitShape } from "./grid.ts";
import type { Task } from "./task.ts";

/** The numbers of the inputs that `task` of `element` reads. */
export function inputsRead(element: Element, task: Task): ReadonlySet<number> {
  switch (element.kind) {
    case "copy":
      return new Set([element.input]);
    case "append": {
      const range = task.kind === "append" ? positionsOf(task.units, element.spec, 0) : { start: 0, end: 0 };
      return new Set(element.parts.flatMap(({ at, source }) => touches(at, range) ? sourceInputs(source) : []));
    }
    case "dense": {
      const units = task.kind === "dense" ? task.units[element.axis] : undefined;
      const range = positionsOf(units ?? { start: 0, end: 0 }, element.spec, element.axis);
      return new Set(element.parts.flatMap(({ at, input }) => touches(at, range) ? [input] : []));
    }
    case "sparse": {
      if (task.kind === "scatter") {
        return new Set(element.parts.slice(task.part, task.part + 1).map(({ input }) => input));
      }
      if (task.kind === "gather" || task.kind === "indptr") return new Set();
      const rows = task.kind === "count" && element.along === "major" ? task.rows : undefined;
      // Parts that were sorted are read from scratch files.
      return new Set(
        element.parts.flatMap(({ input, at, sort }) =>
          sort === null && (rows === undefined || touches(at, rows)) ? [input] : []
        ),
      );
    }
    default:
      return assertNever(element);
  }
}

function positionsOf(units: Range, spec: Parameters<typeof unitShape>[0], axis: number): Range {
  const unit = unitShape(spec)[axis] ?? 1;
  return { start: units.start * unit, end: Math.min(units.end * unit, spec.shape[axis] ?? 0) };
}

function touches(at: Range, range: Range): boolean {
  return size(intersect(at, range)) > 0;
}

function sourceInputs(source: AppendSource): number[] {
  if (source.from === "array") return [source.input];
  if (source.from !== "gathered") return [];
  return source.layers.flatMap(({ source: layer, gaps }) => [
    ...layer.from === "array" ? [layer.input] : [],
    ...gaps === null ? [] : [gaps.input],
  ]);
}

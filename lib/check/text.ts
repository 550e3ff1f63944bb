/**
 * What a comparison has found, as text.
 *
 * @module
 */
import { count, escape, many } from "../report/text.ts";
import type { CheckReport } from "./check.ts";
import type { Difference, Example } from "./difference.ts";

/** Everything that differs, a line each, and below it the first values. */
export function checkText({ a, b, differences }: CheckReport): string {
  return [`A is ${a}`, `B is ${b}`, ...differences.flatMap(differenceLines)].map((line) => `${escape(line)}\n`).join(
    "",
  );
}

/** The outcome in one line. */
export function checkSummary({ a, b, equal, elements, differences }: CheckReport): string {
  if (equal) return escape(`${a} and ${b} hold the same (${many(elements, "element")} compared)`);
  const differing = new Set(differences.map(({ element }) => element)).size;
  return escape(`${a} and ${b} differ in ${many(differing, "element")} (${count(elements)} compared)`);
}

/** A difference as lines. */
export function differenceLines(difference: Difference): string[] {
  const element = difference.element === "" ? "/" : difference.element;
  if (difference.kind === "form") {
    const { what, a, b } = difference;
    return what === "presence" ? [`${element}: ${a} in A, ${b} in B`] : [`${element}: ${what} ${a} in A, ${b} in B`];
  }
  const { differing, total, examples } = difference, rest = differing - examples.length;
  return [
    `${element}: ${count(differing)} of ${many(total, "value")} ${differing === 1 ? "differs" : "differ"}`,
    ...examples.map(exampleLine),
    ...(rest > 0 ? [`  … and ${count(rest)} more`] : []),
  ];
}

function exampleLine({ at, names, a, b }: Example): string {
  const known = names.filter((name) => name !== null).map((name) => JSON.stringify(name));
  return `  [${at.join(", ")}]${known.length === 0 ? "" : ` ${known.join(", ")}`}: ${a} in A, ${b} in B`;
}

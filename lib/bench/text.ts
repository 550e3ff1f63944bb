/**
 * A benchmark's result as text: the notebook's reports, and a table beside its figures.
 *
 * @module
 */
import { count, table } from "../report/text.ts";
import { type BenchResult, type Block, type Figures, hasFigures, type LimitRun, type Outcome } from "./result.ts";

const MIB = 2 ** 20;

/** The head of a block, in the notebook's form. */
export function startText({ kind, axis, files }: Pick<Block, "kind" | "axis" | "files">): string {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const sizes = files.map(({ bytes }) => `'${mebibytes(bytes)}MiB'`).join(", ");
  return `Dataset: ${kind} ${axis}\n` +
    `Concatenating ${files.length} files with sizes:\n[${sizes}]\nTotal size: ${mebibytes(total)}MiB\n`;
}

/** The chapter that a block opens, where it opens one. */
export function chapterText(
  { chapter, kind, maxLoadedElems, memory }: Pick<Block, "chapter" | "kind" | "maxLoadedElems" | "memory">,
): string {
  const elems = maxLoadedElems === null ? "" : "\n" + `, max_loaded_elems ${count(maxLoadedElems)}`;
  const titles = {
    "without reindexing": "Concatenation without reindexing",
    "with reindexing": "Concatenation with reindexing",
    "subset": "The effect of max_loaded_elems, on three files",
  };
  return `# ${titles[chapter]}: ${kind}${elems}, memory ${mebibytes(memory)} MiB\n`;
}

/** What came out of a block, in the notebook's form, with what it does not say. */
export function blockText({ anncat, peer, bytes }: Block): string {
  const end = "--------------------------------------------------\n";
  if (!hasFigures(anncat)) return `Concatenation failed: ${anncat.failed}\n${peerText(peer, bytes)}${end}`;
  return "Concatenation finished\n" +
    `Peak Memory: ${mebibytes(anncat.peak)} MiB\n` +
    `Increment: ${mebibytes(increment(anncat))} MiB over ${mebibytes(anncat.before)} MiB of the idle process\n` +
    `Time: ${anncat.seconds.toFixed(2)} s (process: ${anncat.processSeconds.toFixed(2)} s)\n` +
    `Throughput: ${rate(bytes, anncat)} MiB/s\n` +
    peerText(peer, bytes) + end;
}

function peerText(peer: Outcome | null, bytes: number): string {
  if (peer === null) return "";
  if (!hasFigures(peer)) return `concat_on_disk failed: ${peer.failed}\n`;
  return `concat_on_disk: Peak Memory ${mebibytes(peer.peak)} MiB, Increment ${mebibytes(increment(peer))} MiB, ` +
    `Time ${peer.seconds.toFixed(2)} s (process: ${peer.processSeconds.toFixed(2)} s), ` +
    `Throughput ${rate(bytes, peer)} MiB/s (${peer.note})\n`;
}

/** One line for a run under a limit. */
export function limitText({ flag, kind, limit, anncat }: LimitRun): string {
  const value = flag === "memory" ? `${mebibytes(limit)} MiB` : count(limit);
  const found = hasFigures(anncat)
    ? `Peak Memory: ${mebibytes(anncat.peak)} MiB, Time: ${anncat.seconds.toFixed(2)} s`
    : `failed: ${anncat.failed}`;
  return `${kind}, --${flag} ${value}: ${found}\n`;
}

/** All blocks beside the notebook's figures; nothing where there are none. */
export function tableText(result: BenchResult): string {
  return result.blocks.length === 0 ? "" : "\n" + table(tableRows(result)).join("\n") + "\n";
}

/** The table's rows, the head first. */
export function tableRows({ blocks }: Pick<BenchResult, "blocks">): string[][] {
  const hasPeer = blocks.some(({ peer }) => peer !== null);
  return [
    [
      ...[
        "run",
        "files",
        "MiB",
        "notebook: peak MiB",
        "budget MiB",
        "anncat: peak MiB",
        "increment",
        "time s",
        "MiB/s",
      ],
      ...(hasPeer ? ["concat_on_disk: peak MiB", "increment", "time s", "MiB/s"] : []),
    ],
    ...blocks.map((block) => [
      block.name,
      String(block.files.length),
      String(mebibytes(block.bytes)),
      String(block.published.peak),
      String(mebibytes(block.memory)),
      ...outcomeCells(block.anncat, block.bytes),
      ...(hasPeer ? outcomeCells(block.peer, block.bytes) : []),
    ]),
  ];
}

function outcomeCells(outcome: Outcome | null, bytes: number): string[] {
  if (outcome === null) return ["", "", "", ""];
  if (!hasFigures(outcome)) return ["failed", "", "", ""];
  const numbers = [String(mebibytes(outcome.peak)), String(mebibytes(increment(outcome)))];
  return [...numbers, outcome.seconds.toFixed(2), String(rate(bytes, outcome))];
}

/** What a run added to the idle process. */
export function increment({ peak, before }: Figures): number {
  return Math.max(0, peak - before);
}

function rate(bytes: number, { seconds }: Figures): number {
  return Math.round(bytes / MIB / seconds);
}

/** Whole MiB, rounded down as the notebook does. */
export function mebibytes(bytes: number): number {
  return Math.floor(bytes / MIB);
}

/**
 * The plots of a benchmark as Vega-Lite says them: pure JSON.
 *
 * @module
 */
import { type BenchResult, type Block, hasFigures, type LimitRun } from "./result.ts";

/** A Vega-Lite specification. */
export type Spec = Readonly<Record<string, unknown>>;

/** A plot and what stands below it. */
export interface Chart {
  readonly title: string;
  readonly caption: string;
  readonly spec: Spec;
}

/** Who was measured, and its colour in every plot. */
export const TOOLS = { anncat: "#1d4ed8", concat_on_disk: "#ea580c", notebook: "#6b7280" } as const;

const MIB = 2 ** 20;

const COLOR = { domain: Object.keys(TOOLS), range: Object.values(TOOLS) };

/** What all plots share. */
const LOOKS = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  config: {
    background: "white",
    font: "system-ui, sans-serif",
    axis: { labelColor: "#374151", titleColor: "#374151", gridColor: "#e5e7eb", titleFontWeight: "normal" },
    title: { anchor: "start", fontSize: 13, subtitleColor: "#6b7280", subtitleFontSize: 11 },
    view: { stroke: null },
  },
};

/** Memory over time, a plot for each block that was measured. */
export function timeCharts({ blocks }: BenchResult): Chart[] {
  return blocks.filter(({ anncat, peer }) => hasFigures(anncat) || hasFigures(peer)).map((block) => {
    const values = [...curve("anncat", block.anncat), ...curve("concat_on_disk", block.peer)];
    const { name, memory, published } = block, budget = round(memory / MIB);
    const line = {
      data: { values },
      mark: { type: "line", strokeWidth: 1.5, interpolate: "linear" },
      encoding: {
        x: quantity("seconds", "seconds since the start of the process"),
        y: quantity("MiB", "resident MiB"),
        color: { field: "tool", type: "nominal", scale: COLOR, legend: null },
      },
    };
    const rule = {
      data: { values: [{ MiB: budget }] },
      mark: { type: "rule", strokeDash: [4, 3], color: TOOLS.anncat, strokeWidth: 1 },
      encoding: { y: { field: "MiB", type: "quantitative" } },
    };
    const caption = `Budget ${budget} MiB (dashed); the notebook's peak: ${published.peak} MiB`;
    return {
      title: name,
      caption,
      spec: { ...LOOKS, width: 250, height: 140, title: { text: name, subtitle: caption }, layer: [line, rule] },
    };
  });
}

function curve(tool: keyof typeof TOOLS, outcome: Block["peer"]): unknown[] {
  if (!hasFigures(outcome)) return [];
  return outcome.samples.map(({ seconds, bytes }) => ({ tool, seconds, MiB: round(bytes / MIB) }));
}

/** Peak and time against the size of the inputs, as far as they were measured. */
export function sizeCharts({ blocks }: BenchResult): Chart[] {
  if (!blocks.some(({ anncat, peer }) => isSeen(anncat) || isSeen(peer))) return [];
  const peaks = blocks.flatMap((block) => [
    ...point(block, "anncat", (figures) => figures.peak / MIB),
    ...point(block, "concat_on_disk", (figures) => figures.peak / MIB),
    { ...place(block), tool: "notebook", value: block.published.peak, MiB: block.published.mebibytes },
  ]);
  const times = blocks.flatMap((block) => [
    ...point(block, "anncat", (figures) => figures.seconds),
    ...point(block, "concat_on_disk", (figures) => figures.seconds),
  ]);
  return [
    {
      title: "Peak memory against the size of the inputs",
      caption: "The notebook's peaks are at the sizes that it had, and count what was allocated during the call",
      spec: scatter(peaks, "peak, MiB"),
    },
    {
      title: "Time against the size of the inputs",
      caption: "Seconds of the concatenation itself, without the start of the process; the notebook tells no times",
      spec: scatter(times, "seconds"),
    },
  ];
}

/** Whether an outcome has a place in plots: a process may be over before it was looked at. */
function isSeen(outcome: Block["peer"]): boolean {
  return hasFigures(outcome) && outcome.peak > 0;
}

function place({ name, kind, bytes }: Block): Spec {
  return { run: name, kind, MiB: round(bytes / MIB) };
}

function point(
  block: Block,
  tool: "anncat" | "concat_on_disk",
  value: (figures: { peak: number; seconds: number }) => number,
): Spec[] {
  const outcome = tool === "anncat" ? block.anncat : block.peer;
  return hasFigures(outcome) ? [{ ...place(block), tool, value: round(value(outcome)) }] : [];
}

/** Points on logarithmic axes; what is too small or too short to have been seen has no place there. */
function scatter(points: readonly Spec[], title: string): Spec {
  const values = points.filter(({ MiB, value }) => Number(MiB) > 0 && Number(value) > 0);
  const log = { type: "log", nice: true };
  return {
    ...LOOKS,
    width: 360,
    height: 260,
    data: { values },
    mark: { type: "point", filled: true, size: 70, opacity: 0.8 },
    encoding: {
      x: { ...quantity("MiB", "stored X of all inputs, MiB"), scale: log },
      y: { ...quantity("value", title), scale: log },
      color: { field: "tool", type: "nominal", scale: COLOR, title: null },
      shape: {
        field: "kind",
        type: "nominal",
        title: null,
        scale: { domain: ["sparse", "dense"], range: ["circle", "square"] },
      },
    },
  };
}

/** What the limits do: peak and time for each, on three inputs with reindexing. */
export function limitCharts({ limits }: BenchResult): Chart[] {
  const seen = limits.filter(({ anncat }) => isSeen(anncat));
  const memory = seen.filter(({ flag }) => flag === "memory"), elems = seen.filter(({ flag }) => flag !== "memory");
  const charts: Chart[] = [];
  if (memory.length > 0) {
    const x = { field: "limit", title: "--memory, MiB", scale: { type: "log", base: 2 } };
    const most = Math.max(...memory.map(({ limit }) => limit)), least = Math.min(...memory.map(({ limit }) => limit));
    const line = [least, most].map((limit) => ({ limit: round(limit / MIB), value: round(limit / MIB) }));
    charts.push(
      {
        title: "Peak memory under --memory",
        caption: "Below the dashed line, which is the limit itself; a run takes no more than it can use",
        spec: lines(memory, MIB, x, "peak", line),
      },
      {
        title: "Time under --memory",
        caption: "More memory means more workers",
        spec: lines(memory, MIB, x, "seconds", []),
      },
    );
  }
  if (elems.length > 0) {
    const x = { field: "limit", title: "--max-loaded-elems", scale: { type: "log" } };
    charts.push(
      {
        title: "Peak memory under --max-loaded-elems",
        caption: "With one worker and --memory 1GiB; beyond what a task takes anyway the limit changes nothing",
        spec: lines(elems, 1, x, "peak", []),
      },
      { title: "Time under --max-loaded-elems", caption: "The same runs", spec: lines(elems, 1, x, "seconds", []) },
    );
  }
  return charts;
}

function lines(
  runs: readonly LimitRun[],
  unit: number,
  x: Readonly<Record<string, unknown>>,
  measured: "peak" | "seconds",
  limit: readonly unknown[],
): Spec {
  const values = runs.flatMap(({ kind, limit, anncat }) => {
    if (!hasFigures(anncat)) return [];
    return [{
      kind,
      limit: round(limit / unit),
      value: round(measured === "peak" ? anncat.peak / MIB : anncat.seconds),
    }];
  });
  const log = limit.length > 0 ? { scale: { type: "log", base: 2 } } : {};
  const y = { ...quantity("value", measured === "peak" ? "peak, MiB" : "seconds"), ...log };
  const color = {
    field: "kind",
    type: "nominal",
    title: null,
    scale: { domain: ["sparse", "dense"], range: ["#0f766e", "#7c3aed"] },
  };
  const found = {
    data: { values },
    mark: { type: "line", point: true },
    encoding: { x: { ...x, type: "quantitative" }, y, color },
  };
  const rule = {
    data: { values: limit },
    mark: { type: "line", strokeDash: [4, 3], color: "#6b7280" },
    encoding: { x: { ...x, type: "quantitative" }, y },
  };
  return { ...LOOKS, width: 360, height: 220, layer: limit.length > 0 ? [rule, found] : [found] };
}

function quantity(field: string, title: string): Readonly<Record<string, unknown>> {
  return { field, type: "quantitative", title };
}

/** Enough digits for a plot. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}

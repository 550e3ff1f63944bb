/**
 * Drawings as SVG: a line over time, bars of how far things are, and what each thread did when.
 *
 * @module
 */
import { most } from "../base/most.ts";
import { type Html, html } from "./html.ts";
import type { TaskRun } from "./record.ts";
import { duration } from "./text.ts";

const WIDTH = 720;
const HEIGHT = 160;
const LEFT = 70;
const BOTTOM = 22;

/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line over seconds; `shown` says a height in words, and `limit` is a height that is marked. */
export function lineChart(points: readonly Point[], shown: (value: number) => string, limit?: number): Html {
  const right = most(points, ({ x }) => x, 1e-9),
    top = most(points, ({ y }) => y, Math.max(1e-9, limit ?? 0));
  const at = ({ x, y }: Point) =>
    `${round(LEFT + x / right * (WIDTH - LEFT - 4))},${round(4 + (1 - y / top) * (HEIGHT - BOTTOM - 4))}`;
  const level = (value: number, name: string): Html => {
    const [x, y] = at({ x: 0, y: value }).split(",") as [string, string];
    return html`
      <line class="${name}" x1="${x}" x2="${WIDTH - 4}" y1="${y}" y2="${y}" />
      <text x="${LEFT - 6}" y="${Number(y) + 4}" text-anchor="end">${shown(value)}</text>
    `;
  };
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
    ${[0, top / 2, top].map((value) => level(value, "grid"))}
    ${
    limit === undefined ? [] : [html`
      <line class="limit" x1="${LEFT}" x2="${WIDTH - 4}" y1="${at({ x: 0, y: limit }).split(",")[1] ??
        ""}" y2="${at({ x: 0, y: limit }).split(",")[1] ?? ""}" />
    `]
  }
    <polyline class="line" points="${points.map(at).join(" ")}"/>
    <text x="${LEFT}" y="${HEIGHT - 4}">0 s</text>
    <text x="${WIDTH - 4}" y="${HEIGHT - 4}" text-anchor="end">${duration(right)}</text>
  </svg>`;
}

const ROW = 18;

/** A row for each thread, with a box for each task. */
export function taskChart(runs: readonly TaskRun[], seconds: number, name: (run: TaskRun) => string): Html {
  const ran = runs.filter((run) => run.start !== null),
    lanes = [...new Set(ran.map(({ lane }) => lane))].sort((a, b) => a - b);
  const right = Math.max(1e-9, seconds), kinds = [...new Set(ran.map(({ task }) => task.kind))];
  const boxes = ran.map((run) => {
    const from = (run.start ?? 0) / right, to = (run.end ?? seconds) / right, scale = WIDTH - LEFT - 4;
    return html`
      <rect class="task kind${kinds.indexOf(run.task.kind) % 6}${run.end === null ? " running" : ""}" x="${round(
        LEFT + from * scale,
      )}" y="${lanes.indexOf(run.lane) * ROW + 2}" width="${round(Math.max(1, (to - from) * scale))}" height="${ROW -
        4}">
        <title>${name(run)}</title>
      </rect>
    `;
  });
  const labels = lanes.map((_, at) =>
    html`<text x="${LEFT - 6}" y="${at * ROW + 13}" text-anchor="end">thread ${at + 1}</text>`
  );
  const legend = kinds.map((kind, at) =>
    html`
      <span class="key kind${at % 6}">${kind}</span>
    `
  );
  return html`
    <svg viewBox="0 0 ${WIDTH} ${Math.max(1, lanes.length) * ROW}" role="img">${labels}${boxes}</svg>
    <p>${legend}</p>
  `;
}

/** How far something is. */
export function bar(part: number): Html {
  return html`
    <svg class="bar" viewBox="0 0 200 10" preserveAspectRatio="none">
      <rect class="track" width="200" height="10" />
      <rect class="fill" width="${round(200 * Math.max(0, Math.min(1, part)))}" height="10" />
    </svg>
  `;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * Progress for people and programs: a bar on a terminal, plain lines in a log, JSON lines for another program.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import type { Progress } from "../options.ts";
import { columns, cut, duration, escape } from "./text.ts";

/** How progress is shown. */
export type ProgressMode = "bar" | "plain" | "json" | "none";

/** Where it is shown. */
export interface ProgressSink {
  /** Takes text as it is. */
  write(text: string): void;
  /** The width of the terminal now. */
  columns(): number;
}

/** Shows progress; call {@linkcode ProgressView.end} whatever happens. */
export interface ProgressView {
  /** How far the run is. */
  update(progress: Progress): void;
  /** Show the last state and leave the line. */
  end(): void;
}

const BAR_SECONDS = 0.1;
const PLAIN_SECONDS = 5;

/** A view of that mode. */
export function progressView(mode: ProgressMode, sink: ProgressSink): ProgressView {
  switch (mode) {
    case "bar":
      return barView(sink);
    case "plain":
      return late(PLAIN_SECONDS, throttled(PLAIN_SECONDS, (progress) => sink.write(plainLine(progress) + "\n")));
    case "json":
      return throttled(BAR_SECONDS, (progress) => sink.write(jsonLine(progress) + "\n"));
    case "none":
      return { update() {}, end() {} };
  }
}

const REDRAW_MILLISECONDS = 250;

/** A bar that is drawn anew while nothing happens, too: time goes on, and the terminal may get another width. */
function barView(sink: ProgressSink): ProgressView {
  let drawn = 0, last: { readonly progress: Progress; readonly at: number } | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  const clear = (width: number): string => {
    // A terminal that got narrower has broken the line into several.
    const above = drawn === 0 ? 0 : Math.ceil(drawn / Math.max(1, width)) - 1;
    return `${above > 0 ? `\x1b[${above}A` : ""}\r\x1b[J`;
  };
  const draw = (progress: Progress): void => {
    const width = sink.columns(), line = barLine(progress, width - 1);
    sink.write(clear(width) + line);
    drawn = columns(line);
  };
  const redraw = (): void => {
    if (last === undefined) return;
    const { progress, at } = last;
    draw({ ...progress, seconds: progress.seconds + (performance.now() - at) / 1000 });
  };
  const view = throttled(BAR_SECONDS, draw, () => sink.write(clear(sink.columns())));
  return {
    update(progress) {
      last = { progress, at: performance.now() };
      timer ??= setInterval(redraw, REDRAW_MILLISECONDS);
      view.update(progress);
    },
    end() {
      clearInterval(timer);
      view.end();
    },
  };
}

/** Says nothing of a run that is over within `seconds`. */
function late(seconds: number, view: ProgressView): ProgressView {
  let isLong = false;
  return {
    update(progress) {
      isLong ||= progress.seconds >= seconds;
      if (isLong) view.update(progress);
    },
    end: () => view.end(),
  };
}

/** Shows a state at most every `seconds`, by the run's own clock, and the last one at the end. */
function throttled(seconds: number, show: (progress: Progress) => void, leave: () => void = () => {}): ProgressView {
  let shown = -Infinity, last: Progress | undefined, pending = false;
  const now = (progress: Progress) => {
    show(progress);
    shown = progress.seconds;
    pending = false;
  };
  return {
    update(progress) {
      [last, pending] = [progress, true];
      if (progress.seconds - shown >= seconds) now(progress);
    },
    end() {
      if (last === undefined) return;
      if (pending) now(last);
      leave();
    },
  };
}

/** From 0 to 1. */
function fraction(progress: Progress): number {
  return progress.total <= 0 ? 1 : Math.min(1, progress.done / progress.total);
}

/** Bytes a second of this run, and what is left at that rate. */
export function pace({ done, total, before, elementDone, elementTotal, seconds }: Progress): Pace {
  const rate = seconds > 0 ? (done - before) / seconds : 0, left = (bytes: number) => rate > 0 ? bytes / rate : null;
  return { rate, secondsLeft: left(total - done), elementSecondsLeft: left(elementTotal - elementDone) };
}

/** How fast a run is. */
export interface Pace {
  /** Bytes a second. */
  readonly rate: number;
  /** Seconds until the end, or null where nothing tells. */
  readonly secondsLeft: number | null;
  /** Seconds until the element is done, if all threads work on it. */
  readonly elementSecondsLeft: number | null;
}

interface Figures {
  readonly percent: string;
  readonly size: string;
  readonly rate: string;
  readonly left: string;
  readonly element: string;
}

function figures(progress: Progress): Figures {
  const { done, total, elementDone, elementTotal } = progress,
    { rate, secondsLeft, elementSecondsLeft } = pace(progress);
  const left = (seconds: number | null, isDone: boolean) =>
    seconds === null || isDone ? "" : `${duration(seconds)} left`;
  const part = elementTotal <= 0 ? 1 : elementDone / elementTotal;
  const elementLeft = left(elementSecondsLeft, part >= 1);
  return {
    percent: `${Math.floor(fraction(progress) * 100)}%`,
    size: `${formatBytes(done)} of ${formatBytes(total)}`,
    rate: rate > 0 ? `${formatBytes(rate)}/s` : "",
    left: left(secondsLeft, fraction(progress) >= 1),
    element: `${Math.floor(part * 100)}%${elementLeft === "" ? "" : `, ${elementLeft}`}`,
  };
}

/** One line of at most `width` columns; what matters least goes first where they are few. */
export function barLine(progress: Progress, width: number): string {
  const { percent, size, rate, left, element: own } = figures(progress);
  // Figures keep their places while they change: each is padded to its widest form.
  const sizeWidth = "1023 MiB of ".length + formatBytes(progress.total).length;
  const [s, r, l] = [
    size.padStart(sizeWidth),
    rate.padStart("1023 MiB/s".length),
    left.padStart("59:59 min left".length),
  ];
  const name = cut(escape(progress.element), 24), element = `${name} ${own}`.padEnd(24 + "100%, 59:59 min left".length);
  const wishes = [[s, r, l, element], [s, r, l, name.padEnd(24)], [s, r, l], [r, l], [l], []];
  for (const wish of wishes) {
    const beside = [percent.padStart(4), ...wish].join("  ");
    const room = width - columns(beside) - 3;
    if (room < 10) continue;
    const length = Math.min(room, 40), filled = Math.round(length * fraction(progress));
    return `[${"#".repeat(filled)}${"-".repeat(length - filled)}] ${beside}`.trimEnd();
  }
  return cut(percent, Math.max(0, width));
}

/** One line for a log. */
export function plainLine(progress: Progress): string {
  const { percent, size, rate, left, element } = figures(progress);
  const parts = [`${percent} ${size}`, rate, left].filter((text) => text !== "").join(", ");
  return `anncat: ${parts} (${escape(progress.element)} ${element})`;
}

/** One JSON object on one line. */
export function jsonLine(progress: Progress): string {
  return JSON.stringify({ event: "progress", ...progress, ...pace(progress) });
}

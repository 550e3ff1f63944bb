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
      return throttled(
        BAR_SECONDS,
        (progress) => sink.write(`\r\x1b[2K${barLine(progress, sink.columns() - 1)}`),
        () => sink.write("\r\x1b[2K"),
      );
    case "plain":
      return late(PLAIN_SECONDS, throttled(PLAIN_SECONDS, (progress) => sink.write(plainLine(progress) + "\n")));
    case "json":
      return throttled(BAR_SECONDS, (progress) => sink.write(jsonLine(progress) + "\n"));
    case "none":
      return { update() {}, end() {} };
  }
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

function figures(progress: Progress): { percent: string; size: string; rate: string; left: string } {
  const part = fraction(progress), { done, total, seconds } = progress;
  const rate = seconds > 0 ? done / seconds : 0;
  return {
    percent: `${Math.floor(part * 100)}%`,
    size: `${formatBytes(done)} of ${formatBytes(total)}`,
    rate: rate > 0 ? `${formatBytes(rate)}/s` : "",
    left: rate > 0 && part < 1 ? `${duration((total - done) / rate)} left` : "",
  };
}

/** One line of at most `width` columns; what matters least goes first where they are few. */
export function barLine(progress: Progress, width: number): string {
  const { percent, size, rate, left } = figures(progress);
  // Figures keep their places while they change: each is padded to its widest form.
  const sizeWidth = "1023 MiB of ".length + formatBytes(progress.total).length;
  const [s, r, l] = [
    size.padStart(sizeWidth),
    rate.padStart("1023 MiB/s".length),
    left.padStart("59:59 min left".length),
  ];
  const element = cut(escape(progress.element), 24).padEnd(24);
  const wishes = [[s, r, l, element], [s, r, l], [r, l], [l], []];
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
  const { percent, size, rate, left } = figures(progress);
  const parts = [`${percent} ${size}`, rate, left].filter((text) => text !== "").join(", ");
  return `anncat: ${parts} (${escape(progress.element)})`;
}

/** One JSON object on one line. */
export function jsonLine(progress: Progress): string {
  return JSON.stringify({ event: "progress", ...progress });
}

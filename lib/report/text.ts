/**
 * Text for terminals: names made harmless, tables, numbers.
 *
 * @module
 */

/**
 * `text` on one line, with every character that could move the cursor, hide or reorder text written as an escape. Names
 * come from files that others wrote.
 */
export function escape(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex -- control characters are what this is about
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu,
    (character) => SHORT[character] ?? codeEscape(character.codePointAt(0) ?? 0),
  );
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function codeEscape(code: number): string {
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** `text` cut to `width` characters, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return width <= 1 ? characters.slice(0, width).join("") : characters.slice(0, width - 1).join("") + "…";
}

/** `text` cut to `width` columns of a terminal, with an ellipsis where something is missing. */
export function cutColumns(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let sum = 0, shown = "";
  for (const character of text) {
    sum += columns(character);
    if (sum > width - 1) break;
    shown += character;
  }
  return shown + "…";
}

/** How many columns `text` takes on a terminal: East Asian wide characters take two, combining marks none. */
export function columns(text: string): number {
  let sum = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    sum += WIDE.test(character) ? 2 : 1;
  }
  return sum;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Rows as lines, cells padded to their column's width; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], indent = ""): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, columns(text));
  }
  const pad = (text: string, at: number) => text + " ".repeat((widths[at] ?? 0) - columns(text));
  return rows.map((row) => (indent + row.map(pad).join("  ")).trimEnd());
}

/** A branch of a tree that is drawn as text. */
export interface Branch {
  /** What stands beside the name, a column each. */
  readonly cells: readonly string[];
  /** The name. */
  readonly name: string;
  /** What is below. */
  readonly children: readonly Branch[];
}

/** A tree as lines with box-drawing characters; the columns beside the names are aligned. */
export function tree(root: Branch): string[] {
  const rows: string[][] = [];
  const walk = (branch: Branch, lead: string, below: string): void => {
    rows.push([lead + branch.name, ...branch.cells]);
    for (const [at, child] of branch.children.entries()) {
      const isLast = at === branch.children.length - 1;
      walk(child, below + (isLast ? "└─ " : "├─ "), below + (isLast ? "   " : "│  "));
    }
  };
  walk(root, "", "");
  return table(rows);
}

/** A number of things: `1 row`, `2,000 rows`. */
export function many(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? "" : "s"}`;
}

/** A whole number with groups: `1,234,567`. */
export function count(value: number): string {
  // Not by Intl, which takes 20 ms to load.
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** A time for people: `0.4 s`, `12 s`, `3:07 min`, `2:05:00 h`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds), two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)} h` : `${minutes}:${two(rest)} min`;
}

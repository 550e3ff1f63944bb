/** What people see: text is harmless, fits, and progress is calm. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Progress } from "../lib/options.ts";
import { barLine, pace, plainLine, type ProgressMode, progressView } from "../lib/report/progress.ts";
import { columns, cut, duration, escape, many, table, tree } from "../lib/report/text.ts";

Deno.test("escape: nothing that moves the cursor or reorders text is left", () => {
  assertEquals(escape("a\x1b[2Jb\r\n\tc\x7f\x9b"), "a\\x1b[2Jb\\r\\n\\tc\\x7f\\x9b");
  assertEquals(escape("\u202egpj\u2066\u200f\ufeff\ud800"), "\\u202egpj\\u2066\\u200f\\ufeff\\ud800");
  assertEquals(escape("naïve 漢字 😀 e\u0301"), "naïve 漢字 😀 e\u0301");
});

Deno.test("cut: whole characters, with an ellipsis", () => {
  assertEquals([cut("abc", 3), cut("abcd", 3), cut("😀😀😀", 2), cut("ab", 1), cut("ab", 0)], [
    "abc",
    "ab…",
    "😀…",
    "a",
    "",
  ]);
});

Deno.test("columns: wide characters take two, marks none", () => {
  assertEquals([columns("ab"), columns("漢字"), columns("e\u0301"), columns("😀")], [2, 4, 1, 2]);
});

Deno.test("table: columns line up, lines have no blanks at their end", () => {
  assertEquals(table([["a", "bb", ""], ["漢", "b", "c"]], " "), [" a   bb", " 漢  b   c"]);
});

Deno.test("tree: branches and aligned cells", () => {
  const leaf = (name: string) => ({ name, cells: ["x"], children: [] });
  const root = { name: "/", cells: ["r"], children: [{ ...leaf("a"), children: [leaf("b")] }, leaf("c")] };
  assertEquals(tree(root), ["/        r", "├─ a     x", "│  └─ b  x", "└─ c     x"]);
});

Deno.test("duration, many: for people", () => {
  assertEquals([0, 9.94, 12.4, 187, 7500].map(duration), ["0.0 s", "9.9 s", "12 s", "3:07 min", "2:05:00 h"]);
  assertEquals([many(1, "row"), many(2000, "row")], ["1 row", "2,000 rows"]);
});

function at(seconds: number, done: number): Progress {
  const parts = { before: 0, elementDone: done / 2, elementTotal: 500 * 2 ** 20 };
  return { done, total: 1000 * 2 ** 20, element: "layers/counts", ...parts, seconds };
}

Deno.test("barLine: fits every width, and says more where there is more room", () => {
  for (let width = 0; width < 150; width++) {
    for (const progress of [at(0, 0), at(2, 500 * 2 ** 20), at(1e5, 1e6), at(3, 1000 * 2 ** 20)]) {
      assert(columns(barLine(progress, width)) <= width, `${width}: ${barLine(progress, width)}`);
    }
  }
  const wide = barLine(at(2, 500 * 2 ** 20), 120);
  for (const part of ["50%", "250 MiB/s", "2.0 s left", "layers/counts"]) assertStringIncludes(wide, part);
  assertStringIncludes(barLine(at(2, 500 * 2 ** 20), 20), "50%");
});

function shown(mode: ProgressMode, progress: readonly Progress[]): string {
  let text = "";
  const view = progressView(mode, { write: (more) => text += more, columns: () => 80 });
  for (const each of progress) view.update(each);
  view.end();
  return text;
}

Deno.test("pace: what an earlier run did counts as done, not as fast", () => {
  const resumed = { ...at(10, 500), total: 1000, before: 400, elementDone: 50, elementTotal: 100 };
  assertEquals(pace(resumed), { rate: 10, secondsLeft: 50, elementSecondsLeft: 5 });
  assertEquals(pace(at(0, 0)), { rate: 0, secondsLeft: null, elementSecondsLeft: null });
});

Deno.test("progressView: a bar is drawn at most ten times a second and leaves an empty line", () => {
  const steps = Array.from({ length: 1001 }, (_, i) => at(i / 1000, i * 2 ** 20));
  const text = shown("bar", steps);
  assert(text.split("\r").length - 1 <= 13, text);
  assert(text.endsWith("\r\x1b[J"));
  assertStringIncludes(text, "100%");
});

Deno.test("progressView: plain lines are rare and the last one is the end", () => {
  const lines = shown("plain", [at(0, 0), at(1, 100), at(5.5, 200), at(6, 1000 * 2 ** 20)]).trimEnd().split("\n");
  assertEquals(lines, [plainLine(at(5.5, 200)), plainLine(at(6, 1000 * 2 ** 20))]);
  assertEquals(shown("plain", [at(0, 0), at(1, 100)]), "", "a short run needs no progress");
});

Deno.test("progressView: json is an object a line, none is nothing", () => {
  assertEquals(JSON.parse(shown("json", [at(1, 5)])), { event: "progress", ...at(1, 5), ...pace(at(1, 5)) });
  assertEquals(shown("none", [at(1, 5)]), "");
  assertEquals(shown("plain", []), "");
});

/** The page of `anncat bench`: its plots, and how it looks in a browser. */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { pageHtml } from "../lib/bench/page.ts";
import type { BenchResult, Figures } from "../lib/bench/result.ts";
import { ROWS } from "../lib/bench/rows.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { Browser, CHROMIUM } from "./browser.ts";
import { anncat, inFolder, namesIn } from "./in_process.ts";
import { readPng } from "./png.ts";

const MIB = 2 ** 20;

function figures(peak: number, seconds: number): Figures {
  const samples = [0, 1, 2, 3].map((at) => ({ seconds: at * seconds / 3, bytes: (peak - (3 - at) * 10) * MIB }));
  return { seconds, processSeconds: seconds + 0.2, peak: peak * MIB, before: 50 * MIB, samples, note: "<note> & more" };
}

const RESULT: BenchResult = {
  tool: "anncat bench",
  version: "0.0.0",
  date: "2026-01-01T00:00:00.000Z",
  machine: { system: "x86_64-unknown-linux-gnu", cores: 2, deno: "2.9.6" },
  folder: "/data/<script>alert(1)</script>",
  repeat: 1,
  idle: 50 * MIB,
  blocks: ROWS.map((row, at) => ({
    ...row,
    files: [{ name: "01_fat_csr.zarr", bytes: 100 * MIB }],
    bytes: 100 * MIB,
    memory: row.memory ?? 96 * MIB,
    anncat: at === 3 ? { failed: "<b>no</b>" } : figures(90 + at, 2),
    peer: at === 3 ? { failed: "no" } : at === 5 ? null : figures(300 + at, 9),
  })),
  limits: (["memory", "max-loaded-elems"] as const).flatMap((flag) =>
    (["sparse", "dense"] as const).flatMap((kind) =>
      [128, 256, 512].map((limit) => ({ flag, kind, limit: limit * MIB, anncat: figures(limit - 20, 3) }))
    )
  ),
};

/** The pictures in a page, and in each the marks that stand for data: not axes, legends and titles. */
function marks(html: string): number[] {
  return html.split("<svg ").slice(1).map((svg) => {
    const groups = svg.split("</svg>")[0]?.split(/<g class="(?=mark-)/).slice(1) ?? [];
    return groups.filter((group) => /^mark-(line|symbol|rule) role-mark [\w-]*marks"/.test(group)).reduce(
      (sum, group) => sum + [...group.matchAll(/<(?:path [^>]*\bd="M[^"]{4,}|line )/g)].length,
      0,
    );
  });
}

Deno.test("pageHtml: each plot has its marks, and no text is taken for HTML", async () => {
  const html = await pageHtml(RESULT);
  const found = marks(html);
  assertEquals(found.length, 11 + 2 + 4); // one block failed
  assert(found.slice(0, 11).every((count) => count >= 2), found.join()); // the budget, and a line for each tool
  assertEquals(found.slice(11, 13), [11 + 10 + 12, 11 + 10]); // anncat, its peer, the notebook
  assert(found.slice(13).every((count) => count >= 2 + 6), found.join()); // two lines with three points each
  assert(!html.includes("<script") && !html.includes("<b>no"));
  assertStringIncludes(html, "&lt;script&gt;alert(1)");
  assertStringIncludes(html.slice(0, 512), "anncat bench"); // by which generate --remove knows it
  assert(!/(?:src|href)="(?!data:)/.test(html), "it needs something else");
});

Deno.test("pageHtml: what was not measured has no plot", async () => {
  const html = await pageHtml({ ...RESULT, blocks: [], limits: [] });
  assertEquals(marks(html), []);
  assertStringIncludes(html, "<h1>anncat bench</h1>");
});

Deno.test("pageHtml: what was too short to be seen is left out of logarithmic axes", async () => {
  const html = await pageHtml({
    ...RESULT,
    blocks: RESULT.blocks.slice(0, 1).map((block) => ({ ...block, anncat: { ...figures(0, 0), samples: [] } })),
    limits: [{ flag: "memory", kind: "sparse", limit: 128 * MIB, anncat: { ...figures(0, 1), samples: [] } }],
  });
  assertEquals(marks(html), [2, 2, 1]); // the budget and the peer; the peer and the notebook; the peer
});

const withChromium = { ignore: CHROMIUM === undefined || Deno.build.os !== "linux" };

Deno.test(
  "bench: its page in Chromium: no complaints, every plot with marks, colours where they belong",
  withChromium,
  async () => {
    await inFolder(async (folder) => {
      const data = `${folder}/data`;
      assertEquals((await anncat("generate", data, "--sizes=40", "--runs=1")).code, 0);
      const ended = await endOf(spawnAnncat(["bench", data, "--rows=dense,limits", "--quiet"], ["--allow-all"]));
      assertEquals(ended.code, 0, ended.err);
      assert(namesIn(data).includes("bench.html"));
      await using browser = await Browser.open(`file://${data}/bench.html`, { width: 1150, height: 1800 });
      const found = marks(await browser.loaded());
      assertEquals(browser.console, []);
      assertEquals(found.length, 4 + 2 + 4);
      assert(found.every((count) => count >= 2), found.join());
      const image = readPng(await browser.picture());
      assertEquals([image.width, image.height], [1150, 1800]);
      for (const [red, green, blue] of [[0x1d, 0x4e, 0xd8], [0x0f, 0x76, 0x6e], [0x7c, 0x3a, 0xed]] as const) {
        assertGreater(image.count(red, green, blue), 100);
      }
      assertGreater(image.count(255, 255, 255), 1150 * 1800 / 2);
      assertEquals((await anncat("generate", data, "--remove")).code, 0);
      assertEquals(namesIn(folder), []);
    });
  },
);

Deno.test("Browser: a page that complains is noticed", withChromium, async () => {
  await inFolder(async (folder) => {
    const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'">`;
    Deno.writeTextFileSync(
      `${folder}/bad.html`,
      `<!DOCTYPE html>${policy}<img src="other.png"><svg class="empty"></svg>`,
    );
    await using browser = await Browser.open(`file://${folder}/bad.html`);
    assertEquals(marks(await browser.loaded()), [0]);
    assertGreater(browser.console.length, 0);
  });
});

/** What a run shows of itself: the live page, and the report afterwards. */
import { assert, assertEquals, assertGreater, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { Browser, CHROMIUM } from "./browser.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { anncat, inFolder } from "./in_process.ts";
import { writeAnnData, ZSTD } from "./made_store.ts";

const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"];
const VARS = Array.from({ length: 100 }, (_, at) => `g${at}`);

/** A run of some seconds with a live page. */
async function inputsOf(folder: string): Promise<string[]> {
  const made = { rows: 30_000, x: "dense", chunks: [1000, 100], codecs: [ZSTD] } as const;
  return [
    await writeAnnData(`${folder}/a.zarr`, { ...made, vars: VARS, seed: 1 }),
    await writeAnnData(`${folder}/b.zarr`, { ...made, vars: VARS.toReversed(), seed: 2 }),
  ];
}

/** Start a run with a live page; returns it, the page's address, and the rest of what it says. */
async function liveRun(
  args: readonly string[],
): Promise<{ child: Deno.ChildProcess; url: string; rest: Promise<string> }> {
  const child = spawnAnncat(args, PERMISSIONS);
  const [first, second] = child.stderr.tee();
  let said = "";
  for await (const text of first.pipeThrough(new TextDecoderStream())) {
    said += text;
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0];
    if (url !== undefined) return { child, url, rest: new Response(second).text() };
  }
  throw new Error(`No page: ${said}`);
}

Deno.test("concat --dashboard: a page on this machine that follows the run, and ends with it", async () => {
  await inFolder(async (folder) => {
    const inputs = await inputsOf(folder), out = `${folder}/o.zarr`;
    const { child, url, rest } = await liveRun(["concat", ...inputs, "--out", out, "--codec=zstd:12", "--dashboard=0"]);
    const page = await fetch(url);
    assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
    const text = await page.text();
    assertMatch(text, /^<!doctype html>/);
    assertNotMatch(text, /\b(src|href)=/, "the page needs nothing else");
    const missing = await fetch(`${url}nothing`);
    await missing.body?.cancel();
    assertEquals(missing.status, 404);
    // A page of another site whose name leads here.
    using other = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
    await other.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));
    assertMatch(await new Response(other.readable).text(), /^HTTP\/1\.1 403/);
    const events = (await (await fetch(`${url}events`)).text()).trim().split("\n\n").map((event) => {
      const [, name, data = '""'] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      return { name, html: JSON.parse(data) as string };
    });
    assertGreater(events.length, 2);
    assertEquals(events.at(-1)?.name, "end");
    assertMatch(events.at(-1)?.html ?? "", /<p id="state">.*\b100%, /s);
    const percents = events.flatMap(({ html }) => /(\d+)%/.exec(html)?.[1] ?? []).map(Number);
    assertEquals(percents, percents.toSorted((a, b) => a - b));
    for (const part of ["Throughput", "Memory (budget", "Threads", "X dense", "<polyline"]) {
      assertStringIncludes(events.at(-1)?.html ?? "", part);
    }
    assertEquals([(await child.status).code, await new Response(child.stdout).text()], [0, ""]);
    assertStringIncludes(await rest, "o.zarr: 60,000 obs × 100 var");
  });
});

Deno.test({
  name: `concat --dashboard: a browser shows the run going on${CHROMIUM ? "" : " (skipped: there is no Chromium)"}`,
  ignore: CHROMIUM === undefined,
  async fn() {
    await inFolder(async (folder) => {
      const inputs = await inputsOf(folder), args = ["--codec=zstd:12", "--workers=2", "--dashboard=0"];
      const { child, url, rest } = await liveRun(["concat", ...inputs, "--out", `${folder}/o.zarr`, ...args]);
      {
        await using browser = await Browser.open(url);
        const seen = await browser.until(/<p id="state">[^]* at work/);
        assertMatch(seen, /<table id="tasks">[^]*X dense/);
        assertEquals(seen.split("<polyline").length, 3);
        await browser.until(/<p id="state">[^]*\b[1-9]\d?%/);
        const picture = Deno.env.get("ANNCAT_PICTURE");
        if (picture !== undefined) Deno.writeFileSync(picture, await browser.picture());
        await browser.until(/data-state="ended"/);
      }
      assertEquals((await child.status).code, 0, await rest);
      await child.stdout.cancel();
    });
  },
});

Deno.test("concat --dashboard: a port that is no port, and one that is taken, are refused in one line", async () => {
  await inFolder(async (folder) => {
    const made = { rows: 10, x: "csr", vars: VARS, seed: 1 } as const, a = await writeAnnData(`${folder}/a.zarr`, made);
    const run = ["concat", a, "--out", `${folder}/o.zarr`];
    const wrong = await anncat(...run, "--dashboard=70000");
    assertEquals(wrong.code, 2);
    assertMatch(wrong.err, /^anncat: [^\n]*65535\n$/);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const busy = await anncat(...run, `--dashboard=${taken.addr.port}`);
    assertEquals(busy.code, 1);
    assertMatch(busy.err, /^anncat: [^\n]+\n$/);
    const denied = await endOf(spawnAnncat([...run, "--dashboard"]));
    assertEquals(denied.code, 1);
    assertMatch(denied.err, /^anncat: [^\n]*--allow-net\n$/);
  });
});

Deno.test("concat --report: HTML that is whole in itself and escapes what it shows, and JSON", async () => {
  await inFolder(async (folder) => {
    const odd = `${folder}/<img src=x onerror=alert(1)>&"'.zarr`;
    await writeAnnData(odd, { rows: 500, x: "csr", vars: VARS, seed: 1, chunks: [100] });
    const b = await writeAnnData(`${folder}/b.zarr`, { rows: 300, x: "csr", vars: VARS.toReversed(), seed: 2 });
    const args = ["concat", odd, b, "--out", `${folder}/o.zarr`, "--label=<script>", "--keys=</pre><b>,`x`", "--quiet"];
    const page = `${folder}/run.html`, json = `${folder}/run.json`;
    assertEquals(await anncat(...args, "--report", page), { code: 0, out: "", err: "" });
    const text = Deno.readTextFileSync(page);
    assertNotMatch(text, /<img|<b>|<script>(?!const main)|onerror=alert\(1\)>|\b(src|href)=["']?http/);
    assertMatch(text, /&#60;img src=x onerror=alert\(1\)&#62;&#38;&#34;&#39;\.zarr/);
    assertEquals((await anncat(...args, "--report", json, "--overwrite")).code, 0);
    const report = JSON.parse(Deno.readTextFileSync(json));
    assertEquals(report.plan.shape, [800, 100]);
    assertEquals(Object.keys(report.versions), ["anncat", "deno", "v8"]);
    assertStringIncludes(report.command, `'${folder}/<img`);
    assertGreater(report.peakMemory, 2 ** 24);
    assertEquals(report.samples.at(-1).done, report.bytes);
    const { tasks } = report;
    assert(tasks.every(({ start, end }: { start: number; end: number }) => 0 <= start && start <= end), json);
  });
});

Deno.test("concat --report: a file that could not be written is refused before the run", async () => {
  await inFolder(async (folder) => {
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 5, x: "csr", vars: VARS, seed: 1 });
    for (const name of ["run.txt", "no/run.html"]) {
      const { code, err } = await anncat("concat", a, "--out", `${folder}/o.zarr`, "--report", `${folder}/${name}`);
      assertEquals(code, 2);
      assertMatch(err, /^anncat: Cannot write a report to [^\n]+\n$/);
    }
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

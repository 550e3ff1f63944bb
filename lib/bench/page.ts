/**
 * A benchmark's result as one HTML page that needs nothing else: no script, no font, no address.
 *
 * @module
 */
import { type Chart, limitCharts, sizeCharts, timeCharts, TOOLS } from "./charts.ts";
import { drawSvg } from "./draw.ts";
import { type BenchResult, hasFigures } from "./result.ts";
import { limitText, mebibytes, tableRows } from "./text.ts";

/** The page. */
export async function pageHtml(result: BenchResult): Promise<string> {
  const parts = [
    `<h1>anncat bench</h1>\n<p>${head(result)}</p>`,
    result.blocks.length === 0 ? "" : `<h2>The notebook’s runs</h2>\n${tableHtml(tableRows(result))}\n${notes(result)}`,
    await section("Memory over time", timeCharts(result), { least: "320px", before: legend(result) }),
    await section("Size", sizeCharts(result), { least: "500px" }),
    await section("The effect of the limits", limitCharts(result), { least: "500px" }),
    result.limits.length === 0
      ? ""
      : `<details><summary>Every run under a limit</summary>\n<pre>${limitLines(result)}</pre></details>`,
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="anncat bench">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>anncat bench</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${parts.filter((part) => part !== "").join("\n")}
</body>
</html>
`;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #111827; background: #fff; max-width: 1080px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem }
p, figcaption { color: #4b5563 }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #e5e7eb; vertical-align: bottom }
th:first-child, td:first-child { text-align: left; white-space: nowrap }
.charts { display: grid; gap: 1.4rem 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--least)), 1fr)) }
figure { margin: 0 }
figure h3 { font-size: .95rem; margin: 0 0 .3rem; font-weight: 600 }
figcaption { font-size: 12px; max-width: 32rem }
svg { max-width: 100%; height: auto }
.key { font-size: 13px; margin-right: 1rem } .key i { display: inline-block; width: 1.2rem; height: .2rem; vertical-align: middle; margin-right: .4rem }
pre { overflow-x: auto; font-size: 12px }
`;

function head({ version, date, machine, folder, repeat, idle }: BenchResult): string {
  const repeats = repeat === 1 ? "each run once" : `each run ${repeat} times: times are medians, peaks the highest`;
  return escapeHtml(
    `anncat ${version}, Deno ${machine.deno}, ${machine.system}, ${machine.cores} cores, ${date}. Inputs: ${folder}; ${repeats}. ` +
      `Peaks are resident memory of the process and of all that it started. ` +
      `An anncat process that has nothing to do takes ${mebibytes(idle)} MiB; increments are over that.`,
  );
}

function notes({ blocks }: BenchResult): string {
  const lines = blocks.flatMap(({ name, anncat, peer }) => [
    ...hasFigures(anncat) ? [`${name}: anncat concat ${anncat.note}`] : [`${name}: anncat failed: ${anncat.failed}`],
    ...peer === null
      ? []
      : hasFigures(peer)
      ? [`${name}: ${peer.note}`]
      : [`${name}: concat_on_disk failed: ${peer.failed}`],
  ]);
  return `<details><summary>What was called</summary>\n<pre>${escapeHtml(lines.join("\n"))}</pre></details>`;
}

function legend({ blocks }: BenchResult): string {
  const shown = blocks.some(({ peer }) => peer !== null) ? ["anncat", "concat_on_disk"] as const : ["anncat"] as const;
  const keys = shown.map((tool) => `<span class="key"><i style="background:${TOOLS[tool]}"></i>${tool}</span>`);
  return `<p>${keys.join("")}</p>\n`;
}

function limitLines({ limits }: BenchResult): string {
  return escapeHtml(limits.map(limitText).join(""));
}

interface Layout {
  /** The least width of a plot. */
  readonly least: string;
  /** What stands before the plots. */
  readonly before?: string;
}

async function section(title: string, charts: readonly Chart[], { least, before = "" }: Layout): Promise<string> {
  const figures: string[] = [];
  for (const chart of charts) figures.push(await figure(chart));
  if (figures.length === 0) return "";
  return `<h2>${title}</h2>\n${before}<div class="charts" style="--least: ${least}">\n${figures.join("\n")}\n</div>`;
}

async function figure({ title, caption, spec }: Chart): Promise<string> {
  const svg = await drawSvg({ ...spec, description: `${title}. ${caption}` });
  const named = "title" in spec ? "" : `<h3>${escapeHtml(title)}</h3>`;
  const below = "title" in spec ? "" : `<figcaption>${escapeHtml(caption)}</figcaption>`;
  return `<figure>${named}${
    svg.replace("<svg ", `<svg role="img" aria-label="${escapeHtml(title)}" `)
  }${below}</figure>`;
}

function tableHtml([names = [], ...rows]: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  return `<div class="wide"><table>\n<thead><tr>${cells("th", names)}</tr></thead>\n<tbody>\n` +
    rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n") + "\n</tbody></table></div>";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

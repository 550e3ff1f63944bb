/**
 * The figure: memory over time, a panel a row, in one page that needs nothing else.
 *
 * @module
 */
import type { Result, RowResult } from "./bench.ts";
import type { Sample } from "./measure.ts";

/** The page of `result`. */
export function page(result: Result): string {
  const { machine, versions, size, runs, repeats, when } = result;
  const about = `${when}; ${machine.cpu}, ${machine.cores} cores, ${machine.memory} MiB, ${machine.kernel}; ` +
    `${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")}; ` +
    `size ${size}, ${runs} draws, ${repeats} alternating runs, medians`;
  return `<!doctype html>
<meta charset="utf-8">
<title>anncat beside concat_on_disk</title>
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 1100px; color: #222; background: #fff; }
  table { border-collapse: collapse; } td, th { padding: .2em .8em; text-align: right; }
  td:first-child, th:first-child { text-align: left; } tr:nth-child(even) { background: #f4f4f4; }
  .panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 1em; margin-top: 2em; }
  figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; } svg text { font-size: 10px; }
  .ours { stroke: #0a6; } .peer { stroke: #c50; } .limit { stroke: #888; stroke-dasharray: 4 3; }
  polyline, .limit { fill: none; stroke-width: 1.5; } .ours-key { color: #0a6; } .peer-key { color: #c50; }
</style>
<h1>anncat beside anndata</h1>
<p>${text(about)}</p>
<p>Whole processes. Resident memory of the process tree over time: <b class="ours-key">anncat</b>,
<b class="peer-key">its peer</b>; the dashed line is the most that anncat is to need.</p>
${table(result.rows)}
<div class="panels">
${result.rows.map(panel).join("\n")}
</div>
`;
}

function table(rows: readonly RowResult[]): string {
  const head = ["row", "anncat", "CPU", "peak", "peer", "time", "CPU", "peak", "ratio", "to reach"];
  const body = rows.map(({ name, ours, peer, peerName, ratio, leastRatio, mostPeak }) => [
    name,
    seconds(ours.wall),
    seconds(ours.cpu),
    mebibytes(ours.peak),
    peerName,
    peer === null ? "" : seconds(peer.wall),
    peer === null ? "" : seconds(peer.cpu),
    peer === null ? "" : mebibytes(peer.peak),
    ratio === null ? "" : ratio.toFixed(2),
    [leastRatio === null ? "" : leastRatio.toFixed(2), mostPeak === null ? "" : mebibytes(mostPeak)].join(" "),
  ]);
  const line = (cells: readonly string[], tag: string) =>
    cells.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join("");
  return `<table>\n<tr>${line(head, "th")}</tr>\n${
    body.map((cells) => `<tr>${line(cells, "td")}</tr>`).join("\n")
  }\n</table>`;
}

const WIDTH = 340, HEIGHT = 180, LEFT = 36, BOTTOM = 18;

function panel({ name, ours, peer, mostPeak }: RowResult): string {
  const end = Math.max(ours.wall, peer?.wall ?? 0), top = 1.1 * Math.max(ours.peak, peer?.peak ?? 0, mostPeak ?? 0);
  const x = (at: number) => LEFT + (WIDTH - LEFT - 4) * at / end,
    y = (at: number) => HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 6) * at / top;
  const line = (kind: string, samples: readonly Sample[]) =>
    `<polyline class="${kind}" points="${
      samples.map(([at, size]) => `${x(at).toFixed(1)},${y(size).toFixed(1)}`).join(" ")
    }"/>`;
  const limit = mostPeak === null
    ? ""
    : `<line class="limit" x1="${LEFT}" x2="${WIDTH - 4}" y1="${y(mostPeak)}" y2="${y(mostPeak)}"/>`;
  return `<figure><figcaption>${text(name)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}">
<path d="M${LEFT} 6V${HEIGHT - BOTTOM}H${WIDTH - 4}" fill="none" stroke="#222"/>
<text x="${LEFT - 4}" y="14" text-anchor="end">${Math.round(top)}</text><text x="${LEFT - 4}" y="${
    HEIGHT - BOTTOM
  }" text-anchor="end">0 MiB</text>
<text x="${WIDTH - 4}" y="${HEIGHT - 4}" text-anchor="end">${seconds(end)}</text><text x="${LEFT}" y="${
    HEIGHT - 4
  }">0</text>
${limit}${peer === null ? "" : line("peer", peer.samples)}${line("ours", ours.samples)}
</svg></figure>`;
}

/** Seconds for a table. */
export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

/** Mebibytes for a table. */
export function mebibytes(value: number): string {
  return `${Math.round(value)} MiB`;
}

function text(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/**
 * A run as a page: the same for the report afterwards and for the live view.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import { bar, lineChart, type Point, taskChart } from "./chart.ts";
import { Html, html } from "./html.ts";
import { nodeCells } from "./plan.ts";
import type { RunRecord, Sample, TaskRun } from "./record.ts";
import type { RunReport } from "./run_report.ts";
import { count, duration, many } from "./text.ts";

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.4rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.15rem .8rem .15rem 0;vertical-align:top;
overflow-wrap:anywhere}th{font-weight:600}th,td:first-child{white-space:nowrap}td.n{text-align:right;white-space:nowrap}
code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
svg{width:100%;height:auto;display:block}svg text{font-size:11px;fill:#555}.grid{stroke:#ddd}.limit{stroke:#c33;
stroke-dasharray:4 3}.line{fill:none;stroke:#2a6fb0;stroke-width:1.5}.bar{height:.7rem;width:12rem;display:inline-block}
.track{fill:#e8e8e8}.fill{fill:#2a6fb0}.running{opacity:.45}.key{padding:0 .5rem;border-radius:3px;color:#fff}
.kind0{fill:#2a6fb0;background:#2a6fb0}.kind1{fill:#c7792b;background:#c7792b}.kind2{fill:#4b8f4e;background:#4b8f4e}
.kind3{fill:#8a5fa8;background:#8a5fa8}.kind4{fill:#a8484f;background:#a8484f}.kind5{fill:#5a6b7a;background:#5a6b7a}
@media(prefers-color-scheme:dark){body{background:#16181b;color:#ddd}svg text{fill:#aaa}.grid{stroke:#333}.track{fill:#333}}`;

/** Text of ours that is HTML, style or script. */
function raw(text: string): Html {
  return new Html(text);
}

function page(title: string, body: Html, script: Html): string {
  return `<!doctype html>\n` + html`
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'">
        <title>${title}</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>${body}${script}</body>
    </html>
  `;
}

/** The live page: it shows what the server sends, until that is over. */
export function livePage(): string {
  const script = `const main=document.querySelector("main"),events=new EventSource("events");
events.onmessage=(event)=>{main.innerHTML=JSON.parse(event.data)};
events.addEventListener("end",(event)=>{main.innerHTML=JSON.parse(event.data);document.body.dataset.state="ended";events.close()});
events.onerror=()=>{if(document.body.dataset.state!=="ended")document.body.dataset.state="lost"};`;
  return page("anncat", html`<main>Waiting for the run</main>`, raw(`<script>${script}</script>`));
}

/** A run that is at work, or over, as HTML for the live page. */
export function liveHtml(record: RunRecord): Html {
  const { plan, progress, seconds } = record;
  if (plan === undefined) {
    return html`
      <h1>anncat: looking at the inputs</h1>
      <p>${duration(seconds)}</p>
    `;
  }
  const done = progress?.done ?? 0, total = progress?.total ?? 0, part = total > 0 ? done / total : 1;
  const left = progress?.secondsLeft ?? null;
  return html`<h1>${plan.output.location}</h1>
<p id="state">${bar(part)} ${Math.floor(part * 100)}%, ${formatBytes(done)} of ${formatBytes(total)}, ${
    formatBytes(progress?.rate ?? 0)
  }/s${left === null ? "" : `, ${duration(left)} left`}</p>
${elementBars(record)}${
    charts(record.samples, record.tasks, seconds, plan.memory.limit, (run) => taskName(plan.elements, run))
  }`;
}

/** How far each element is, by kind of task. */
function elementBars(record: RunRecord): Html {
  const { plan } = record,
    sums = new Map<string, { done: number; running: number; tasks: number; ended: number; total: number }>();
  const name = (task: { readonly element: number; readonly kind: string }) =>
    `${plan?.elements[task.element]?.path ?? ""} ${task.kind}`;
  for (const task of plan?.tasks ?? []) {
    const sum = sums.get(name(task)) ?? { done: 0, running: 0, tasks: 0, ended: 0, total: 0 };
    sums.set(name(task), { ...sum, tasks: sum.tasks + 1, total: sum.total + task.bytes });
  }
  for (const { task, end } of record.tasks) {
    const sum = sums.get(name(task));
    if (sum === undefined) continue;
    if (end === null) sum.running++;
    else {
      sum.ended++;
      sum.done += task.bytes;
    }
  }
  const rows = [...sums].toSorted((a, b) => b[1].total - a[1].total).slice(0, ROWS).map(([label, sum]) =>
    html`
      <tr>
        <td>${label}</td>
        <td>${bar(sum.tasks === 0 ? 1 : sum.ended / sum.tasks)}</td>
        <td class="n">${sum.ended} of ${many(sum.tasks, "task")}</td>
        <td class="n">${sum.running === 0 ? "" : `${sum.running} at work`}</td>
      </tr>
    `
  );
  const more = sums.size - rows.length;
  return html`<h2>Tasks</h2><table id="tasks">${rows}</table>${more > 0 ? html`<p>and ${count(more)} more</p>` : []}`;
}

const ROWS = 30;

function taskName(elements: readonly { readonly path: string }[], { task, start, end }: TaskRun): string {
  const time = start === null || end === null ? "" : `, ${duration(end - start)}`;
  return `${elements[task.element]?.path ?? ""}: ${task.kind}, ${formatBytes(task.bytes)}${time}`;
}

function charts(
  samples: readonly Sample[],
  tasks: readonly TaskRun[],
  seconds: number,
  limit: number,
  name: (run: TaskRun) => string,
): Html {
  return html`<h2>Throughput</h2>${lineChart(throughput(samples), (value) => `${formatBytes(value)}/s`)}
<h2>Memory (budget ${formatBytes(limit)})</h2>${
    lineChart(samples.map(({ seconds, memory }) => ({ x: seconds, y: memory })), formatBytes, limit)
  }
<h2>Threads</h2>${taskChart(tasks, seconds, name)}`;
}

/** Bytes a second between samples that are some way apart, so that single tasks do not make spikes. */
function throughput(samples: readonly Sample[]): Point[] {
  const last = samples.at(-1)?.seconds ?? 0, window = Math.max(0.5, last / 40), points: Point[] = [];
  let from = 0;
  for (const { seconds, done } of samples) {
    while (seconds - (samples[from + 1]?.seconds ?? seconds) > window) from++;
    const before = samples[from] ?? { seconds: 0, done: 0 };
    points.push({ x: seconds, y: seconds > before.seconds ? (done - before.done) / (seconds - before.seconds) : 0 });
  }
  return points;
}

/** The report of a run as a page of its own. */
export function reportPage(report: RunReport): string {
  const { plan } = report,
    row = (name: string, value: string | Html) =>
      html`
        <tr>
          <th>${name}</th>
          <td>${value}</td>
        </tr>
      `;
  const notes = plan.notes.map(({ kind, element, message }) =>
    html`
      <tr>
        <td>${kind}</td>
        <td>${element}</td>
        <td>${message}</td>
      </tr>
    `
  );
  const nodes = plan.nodes.filter(({ path }) => path !== "").map((node) =>
    html`<tr><td><code>${node.path}</code></td>${
      nodeCells(node, report.estimate.decoded[node.path]).map((text) => html`<td>${text}</td>`)
    }</tr>`
  );
  const inputs = plan.inputs.map(({ key, location, shape }) =>
    html`
      <tr>
        <td>${key}</td>
        <td>${location}</td>
        <td class="n">${count(shape[0])} × ${count(shape[1])}</td>
      </tr>
    `
  );
  const body = html`<main><h1>${plan.output.location}</h1><table>
${row("Result", `${count(plan.shape[0])} obs × ${count(plan.shape[1])} var, ${plan.output.format.kind}`)}
${row("Command", html`<code>${report.command}</code>`)}
${row("Started", `${report.started}, took ${duration(report.seconds)}`)}
${
    row(
      "Data",
      `${formatBytes(report.bytes)} read, decoded, at ${formatBytes(report.bytes / Math.max(1e-9, report.seconds))}/s`,
    )
  }
${row("On disk", report.bytesOnDisk === null ? "not known" : formatBytes(report.bytesOnDisk))}
${
    row(
      "Memory",
      `at most ${formatBytes(report.peakMemory)} seen, ${formatBytes(plan.memory.total)} planned, ${
        formatBytes(plan.memory.limit)
      } allowed`,
    )
  }
${row("Versions", Object.entries(report.versions).map(([name, version]) => `${name} ${version}`).join(", "))}
</table>
<h2>Dropped, coerced, filled</h2>${notes.length === 0 ? html`<p>Nothing</p>` : html`<table id="notes">${notes}</table>`}
${charts(report.samples, report.tasks, report.seconds, plan.memory.limit, (run) => taskName(plan.elements, run))}
<h2>Inputs</h2><table>${inputs}</table>
<h2>Elements</h2><table>${nodes}</table>
<h2>Options</h2><pre>${JSON.stringify(plan.options, null, 2)}</pre></main>`;
  return page(`anncat: ${plan.output.location}`, body, raw(""));
}

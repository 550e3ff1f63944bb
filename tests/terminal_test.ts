/** The command line in a real terminal: widths, resizing, keys. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { SOURCES } from "./child.ts";
import { inFolder, namesIn } from "./in_process.ts";
import { writeAnnData, ZSTD } from "./made_store.ts";
import { hasTmux, Tmux } from "./tmux.ts";

const HAS_TMUX = await hasTmux();

/** A test in a terminal, with a command that takes some seconds. */
function terminalTest(name: string, test: (command: string, folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name}${HAS_TMUX ? "" : " (skipped: there is no tmux)"}`,
    ignore: !HAS_TMUX,
    fn: () =>
      inFolder(async (folder) => {
        const vars = Array.from({ length: 100 }, (_, at) => `g${at}`), codecs = [ZSTD];
        const made = { rows: 20_000, x: "dense", chunks: [1000, 100], codecs } as const;
        const a = await writeAnnData(`${folder}/a.zarr`, { ...made, vars, seed: 1 });
        const b = await writeAnnData(`${folder}/b.zarr`, { ...made, vars: vars.toReversed(), seed: 2 });
        Deno.mkdirSync(`${folder}/out`);
        const deno =
          `NO_COLOR=1 ${Deno.execPath()} run --no-prompt --quiet --allow-read --allow-write ${SOURCES}/cli.ts`;
        await test(`${deno} concat ${a} ${b} --out ${folder}/out/o.zarr --codec zstd`, folder);
      }),
  });
}

terminalTest("progress: a bar that fits the terminal, also when it gets another width", async (command) => {
  await using terminal = await Tmux.open(120, 12, `${command}:15`);
  await terminal.until(/^\[-+\] +0%/);
  const wide = await terminal.until(/^\[#+-*\] +\d+%/);
  assertMatch(wide.join("\n"), /^\[[#-]+\] +\d+% +[\d.]+ \w+ of [\d.]+ \w+ +[\d.]+ \w+\/s .* left +\S+ \d+%/m);
  await terminal.resize(44, 12);
  const narrow = await terminal.until(/^\[[#-]+\] +\d+% .{0,30}left$/);
  assertEquals(narrow.filter((line) => line.includes("[")).length, 1, narrow.join("\n"));
  await terminal.resize(100, 12);
  const end = await terminal.until(/^status/);
  assertEquals(end.filter((line) => /[[#%]/.test(line)), [], end.join("\n"));
  assertMatch(end.join("\n"), /o\.zarr: 40,000 obs × 100 var in[^]*\nstatus 0$/);
});

terminalTest("Ctrl-C: once stops cleanly and says what is kept", async (command, folder) => {
  await using terminal = await Tmux.open(120, 12, `${command}:19`);
  await terminal.until(/^\[#+-*\] +[1-9]\d?%/);
  await terminal.press("C-c");
  const end = (await terminal.until(/^status/)).join("\n");
  assertMatch(
    end,
    /anncat: Stopping \(again to stop at once\)\n[^]*anncat: Interrupted; [^]*--resume[^]*\nstatus 130$/,
  );
  assertEquals(namesIn(`${folder}/out`).length, 1);
});

terminalTest("Ctrl-C: twice stops at once", async (command, folder) => {
  await using terminal = await Tmux.open(120, 12, `${command}:12`);
  await terminal.until(/^\[-+\] +\d+%/);
  await terminal.press("C-c", "C-c");
  assertMatch((await terminal.until(/^status/, 5)).join("\n"), /\nstatus 130$/);
  assert(namesIn(`${folder}/out`).every((name) => name.startsWith(".o.zarr.anncat-")));
});

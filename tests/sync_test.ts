/** In which order an output comes to the disk, for the case that the power fails. */
import { assert, assertEquals } from "@std/assert";
import { anncat, filesUnder, inFolder } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

const GENES = Array.from({ length: 20 }, (_, at) => `g${at}`);

/** What a run does to the file system that matters after a power loss, in order: `sync PATH`, `move FROM TO`, … */
async function stepsOf(run: () => Promise<unknown>): Promise<string[]> {
  const { openSync, renameSync, linkSync, removeSync } = Deno, { syncSync } = Deno.FsFile.prototype;
  const paths = new WeakMap<Deno.FsFile, string>(), steps: string[] = [];
  Deno.openSync = (path, options) => {
    const file = openSync(path, options);
    paths.set(file, String(path));
    return file;
  };
  Deno.renameSync = (from, to) => {
    steps.push(`move ${from} ${to}`);
    renameSync(from, to);
  };
  Deno.linkSync = (from, to) => {
    steps.push(`move ${from} ${to}`);
    linkSync(from, to);
  };
  Deno.removeSync = (path, options) => {
    steps.push(`remove ${path}`);
    removeSync(path, options);
  };
  Deno.FsFile.prototype.syncSync = function () {
    steps.push(`sync ${paths.get(this)}`);
    syncSync.call(this);
  };
  try {
    await run();
  } finally {
    Object.assign(Deno, { openSync, renameSync, linkSync, removeSync });
    Deno.FsFile.prototype.syncSync = syncSync;
  }
  return steps;
}

/** What makes an output from inputs: the commands before the one that gives it its name, and that one. */
type Commands = (inputs: readonly string[], out: string, folder: string) => readonly (readonly string[])[];

const concat: Commands = (inputs, out) => [["concat", ...inputs, "--out", out, "--workers=0", "--overwrite"]];
const finish: Commands = (inputs, out, folder) => {
  const work = `${folder}/work${crypto.randomUUID()}`;
  return [
    ["tasks", ...inputs, "--out", out, "--dir", work, "--workers=0", "--overwrite"],
    ["run-task", work, "0"],
    ["run-task", work, "1"],
    ["run-task", work, "2"],
    ["finish", work],
  ];
};

const MAKERS = [["concat", "zarr", concat], ["concat", "h5ad", concat], ["finish", "zarr", finish]] as const;

for (const [name, suffix, commands] of MAKERS) {
  for (const sync of [true, false]) {
    const what = sync ? "every file and folder" : "the metadata";
    Deno.test(`${name}: ${what} is on the disk before the name, the name before what it replaces goes: ${suffix}`, async () => {
      await inFolder(async (folder) => {
        const made = { rows: 50, x: "csr", chunks: [100] } as const, out = `${folder}/out.${suffix}`;
        const a = await writeAnnData(`${folder}/a.zarr`, { ...made, vars: GENES, seed: 1 });
        const b = await writeAnnData(`${folder}/b.zarr`, { ...made, vars: GENES.toReversed(), seed: 2 });
        const run = async (...args: readonly string[]) => {
          const { code, err } = await anncat(...args, "--quiet");
          assertEquals([code, err], [0, ""]);
        };
        for (const args of commands([a, b], out, folder)) await run(...args);
        const again = commands([a, b], out, folder), last = again.at(-1) ?? [];
        for (const args of again.slice(0, -1)) await run(...args);
        const steps = await stepsOf(() => run(...last, ...(sync ? ["--sync"] : [])));
        const named = steps.findIndex((step) => step.startsWith("move ") && step.endsWith(`/store ${out}`));
        assert(named > 0, steps.join("\n"));
        const [, store = ""] = steps[named]?.split(" ") ?? [], before = new Set(steps.slice(0, named));
        const after = steps.slice(named);
        if (suffix === "zarr") {
          const files = [...filesUnder(out).keys()], folders = files.map((name) => name.replace(/\/?[^/]*$/, ""));
          const due = sync ? [...files, ...folders] : ["zarr.json", ""];
          for (const name of due) {
            assert(before.has(`sync ${store}${name === "" ? "" : `/${name}`}`), `${name}\n${steps.join("\n")}`);
          }
        } else assertEquals(before.has(`sync ${store}`), sync);
        const [isNamed, isGone] = ["sync", "remove"].map((step) => {
          return after.findIndex((one) =>
            one === `sync ${folder}` && step === "sync" || one.endsWith("/replaced") && step === "remove"
          );
        });
        assert(isNamed !== undefined && isGone !== undefined && isNamed > 0 && isNamed < isGone, after.join("\n"));
      });
    });
  }
}

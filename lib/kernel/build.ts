// Builds kernel.wasm: `deno run -A lib/kernel/build.ts`; with --check builds
// aside and compares, so that the committed bytes are those of the source.

const COMPILER = "npm:assemblyscript@0.28.20/asc";
const FLAGS = ["-O3", "--enable", "simd", "--noAssert", "--runtime", "stub"];

async function build(to: string): Promise<void> {
  // the paths relative, so that none of this machine could get into the output
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", COMPILER, "blosc.as.ts", "-o", to, ...FLAGS],
    stdout: "inherit",
    stderr: "inherit",
    cwd: new URL(".", import.meta.url),
  }).output();
  if (!success) throw new Error("Cannot build kernel.wasm: asc failed");
}

if (import.meta.main) {
  const committed = new URL("./kernel.wasm", import.meta.url);
  if (Deno.args.includes("--check")) {
    const aside = await Deno.makeTempFile({ suffix: ".wasm" });
    try {
      await build(aside);
      const [a, b] = [await Deno.readFile(aside), await Deno.readFile(committed)];
      const same = a.length === b.length && a.every((byte, i) => byte === b[i]);
      if (!same) {
        throw new Error("kernel.wasm is not what its source builds: run `deno task kernel`");
      }
    } finally {
      await Deno.remove(aside);
    }
  } else await build("kernel.wasm");
}

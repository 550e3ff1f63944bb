/**
 * The benchmark's inputs, written by Python when a row first asks for them.
 *
 * @module
 */
import type { DataSet, Row } from "./rows.ts";

/** How large the inputs are. */
export interface Sizes {
  /** Cells and genes of the notebook's stores. */
  readonly size: number;
  /** How many times the notebook draws each kind of store. */
  readonly runs: number;
}

/** The stores of `row` in `folder`, written first where they are not there. */
export async function inputsOf(row: Row, folder: string, python: string, sizes: Sizes): Promise<string[]> {
  const set = `${folder}/${row.data}-${sizes.size}-${sizes.runs}`;
  if (!exists(`${set}/complete`)) await write(row.data, set, python, sizes);
  const names = Array.from(Deno.readDirSync(set), ({ name }) => name).filter((name) => name.endsWith(".zarr"));
  const found = names.filter((name) => row.inputs.test(name)).sort().map((name) => `${set}/${name}`);
  return Array.from({ length: row.times }, () => found).flat();
}

async function write(data: DataSet, folder: string, python: string, { size, runs }: Sizes): Promise<void> {
  console.error(`Writing inputs: ${folder}`);
  const script = new URL(data === "atlas" ? "./atlas.py" : "./data.py", import.meta.url).pathname;
  const args: Readonly<Record<DataSet, readonly number[]>> = {
    v2: [size, runs],
    v3: [size, runs],
    v3s: [size, runs],
    tiny: [100, 1],
    // At full size 8 stores of 50,000 cells and 30,000 genes.
    atlas: [8, 5 * size, 3 * size],
  };
  const layout = data === "v3" ? ["3"] : data === "v3s" ? ["3s"] : data === "atlas" ? [] : ["2"];
  const all = ["-W", "ignore", script, folder, ...args[data].map(String), ...layout];
  const { success } = await new Deno.Command(python, { args: all, stdout: "inherit", stderr: "inherit" }).output();
  if (!success) throw new Error(`Cannot write the inputs in "${folder}"`);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

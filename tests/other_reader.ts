/**
 * Another reader beside ours: X and the names of a zarr store as zarrita reads them, and what a concatenation of them
 * must hold. Nothing of it is shared with what is tested.
 */
import { zarrita } from "../lib/deps.ts";

/** A matrix with names. */
export interface NamedMatrix {
  readonly obs: readonly string[];
  readonly var: readonly string[];
  /** The value of a cell and a gene; null where there is no X. */
  readonly at: ((cell: number, gene: number) => number) | null;
}

// deno-lint-ignore no-explicit-any -- zarrita's types follow the arrays' types
type Loose = any;

/** Read the store in the folder `path`. */
export async function readNamed(path: string): Promise<NamedMatrix> {
  const zarr = await zarrita();
  // deno-lint-ignore require-await -- zarrita waits for its stores
  const store = { get: async (key: string) => consolidated(path, key) ?? fileAt(path + key) };
  const root = zarr.root(store as Loose);
  const open = async (name: string, kind: "array" | "group"): Promise<Loose> => {
    return await (zarr.open as Loose)(root.resolve(name), { kind });
  };
  const values = async (name: string): Promise<Loose> => {
    const array = await open(name, "array");
    // zarrita does not read what holds nothing.
    if (array.shape.includes(0)) return { data: [], stride: array.shape };
    return await (zarr.get as Loose)(array);
  };
  const names = async (axis: string): Promise<string[]> => {
    const { attrs } = await open(axis, "group"), { data } = await values(`${axis}/${attrs["_index"]}`);
    return Array.from(data as Iterable<unknown>, String);
  };
  return { obs: await names("obs"), var: await names("var"), at: await matrix(open, values) };
}

function fileAt(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/** Metadata out of the one document that holds all of it, where there is one: it counts before the others. */
function consolidated(path: string, key: string): Uint8Array | undefined {
  const json = (name: string): Loose => {
    const bytes = fileAt(`${path}/${name}`);
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  };
  const document = (of: Loose): Uint8Array | undefined => {
    return of === undefined ? undefined : new TextEncoder().encode(JSON.stringify(of));
  };
  const [, node = "", name = ""] = /^(.*)\/([^/]*)$/.exec(key) ?? [];
  if (name === "zarr.json" && node !== "") {
    return document(json("zarr.json")?.consolidated_metadata?.metadata?.[node.slice(1)]);
  }
  return /^\.z(array|group|attrs)$/.test(name) ? document(json(".zmetadata")?.metadata?.[key.slice(1)]) : undefined;
}

async function matrix(
  open: (name: string, kind: "array" | "group") => Promise<Loose>,
  values: (name: string) => Promise<Loose>,
): Promise<NamedMatrix["at"]> {
  const x = await open("X", "array").catch(() => undefined);
  if (x !== undefined) {
    const { data, stride } = await values("X");
    return (cell, gene) => Number(data[cell * stride[0] + gene * stride[1]]);
  }
  const group = await open("X", "group").catch(() => undefined);
  if (group === undefined) return null;
  const isCsr = group.attrs["encoding-type"] === "csr_matrix", entries = new Map<string, number>();
  const [data, indices, indptr] = await Promise.all(["data", "indices", "indptr"].map((name) => values(`X/${name}`)));
  for (let major = 0; major + 1 < indptr.data.length; major++) {
    for (let at = Number(indptr.data[major]); at < Number(indptr.data[major + 1]); at++) {
      const minor = Number(indices.data[at]), key = isCsr ? `${major},${minor}` : `${minor},${major}`;
      entries.set(key, (entries.get(key) ?? 0) + Number(data.data[at]));
    }
  }
  return (cell, gene) => entries.get(`${cell},${gene}`) ?? 0;
}

/** What is wrong with `got` as the concatenation of `inputs`; undefined where nothing is. */
export function concatProblem(
  got: NamedMatrix,
  inputs: readonly NamedMatrix[],
  axis: "obs" | "var",
  join: "inner" | "outer",
): string | undefined {
  const other = axis === "obs" ? "var" : "obs", along = inputs.flatMap((input) => input[axis]);
  if (got[axis].join("\n") !== along.join("\n")) return `the names of ${axis} are not those of the inputs`;
  const [first, ...more] = inputs,
    isSame = more.every((input) => input[other].join("\n") === first?.[other].join("\n"));
  const sets = inputs.map((input) => new Set(input[other])),
    all = [...new Set(inputs.flatMap((input) => input[other]))];
  const due = isSame
    ? first?.[other] ?? []
    : join === "outer"
    ? all
    : all.filter((name) => sets.every((set) => set.has(name)));
  if ([...got[other]].sort().join("\n") !== [...due].sort().join("\n")) return `the names of ${other} are others`;
  if (got.at === null) return undefined; // an input has no X
  let start = 0;
  for (const input of inputs) {
    const places = got[other].map((name, at) => isSame ? at : input[other].indexOf(name));
    for (let position = 0; position < input[axis].length; position++) {
      for (const [to, from] of places.entries()) {
        const value = axis === "obs" ? got.at(start + position, to) : got.at(to, start + position);
        const isFilled = input.at === null || from < 0;
        if (isFilled ? value === 0 || Number.isNaN(value) : false) continue;
        const wanted = isFilled ? 0 : axis === "obs" ? input.at?.(position, from) : input.at?.(from, position);
        if (!Object.is(value, wanted) && value !== wanted) {
          return `X holds ${value} for "${along[start + position]}" and "${
            got[other][to]
          }" where an input has ${wanted}`;
        }
      }
    }
    start += input[axis].length;
  }
  return undefined;
}

/** Damage to small stores: in their metadata, as JSON and as bytes, and in their chunks. */
import type { Random } from "./random.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values that a reader may trip over. */
const ODD: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1,
  1.5,
  2 ** 31,
  2 ** 32 + 1,
  2 ** 53,
  1e15,
  1e300,
  "",
  "..",
  "../../../outside",
  "/etc/passwd",
  "a/b",
  "\u001b[31mred\u0007",
  "\0",
  "x".repeat(10_000),
  "NaN",
  "<U4000000000",
  "|S99999999999",
  "<f8",
  ">i4",
  "|b1",
  "|O",
  "complex128",
  "string",
  "csr_matrix",
  "dataframe",
  "categorical",
  "array",
  "dict",
  "__proto__",
  [],
  {},
  [1e9, 1e9],
  [2 ** 40],
  [0, 0],
  [-5],
  [1, 1, 1, 1, 1, 1, 1, 1],
  [["a", "<i4"], ["a", "<f8"]],
  {
    name: "blosc",
    configuration: { cname: "zstd", clevel: 99, shuffle: "bitshuffle", typesize: 255, blocksize: 2 ** 30 },
  },
  { name: "gzip", configuration: { level: 1e9 } },
  { name: "sharding_indexed", configuration: { chunk_shape: [1e12], codecs: [], index_codecs: [] } },
  { name: "transpose", configuration: { order: [5, 5] } },
  { name: "nothing-known" },
  Array.from({ length: 300 }, () => 7),
];

/** What was done, for messages, and the file's new bytes; undefined where it is gone. */
export interface Mutation {
  readonly what: string;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** Damage the file of that name. */
export function mutate(name: string, bytes: Uint8Array<ArrayBuffer>, random: Random): Mutation {
  const isJson = /\.z(group|array|attrs|metadata)$|zarr\.json$/.test(name);
  return isJson && random.below(5) > 0 ? mutateJson(bytes, random) : mutateBytes(bytes, random);
}

function mutateJson(bytes: Uint8Array, random: Random): Mutation {
  const document: Json = JSON.parse(new TextDecoder().decode(bytes)),
    places: [Json[] | Record<string, Json>, string][] = [];
  const walk = (node: Json): void => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, Json>, key]);
      walk((node as Record<string, Json>)[key] as Json);
    }
  };
  walk(document);
  let what = "";
  for (let count = 0; count <= random.below(2); count++) {
    const [node, key] = random.pick(places.length > 0 ? places : [[{}, ""] as [Record<string, Json>, string]]);
    const holder = node as Record<string, Json>, way = random.below(6);
    if (way === 0) delete holder[key];
    else if (way === 1 && Array.isArray(holder)) holder.push(0);
    else if (way === 1) set(holder, String(random.pick(ODD)).slice(0, 100), holder[key] as Json);
    else if (way === 2) holder[key] = [holder[key] as Json, holder[key] as Json];
    else if (way === 3 && typeof holder[key] === "number") {
      holder[key] = (holder[key] as number) * random.pick([2, 1000, 0.5, -1]) + random.below(2);
    } else if (way === 4) holder[key] = nested(random.below(3000));
    else holder[key] = structuredClone(random.pick(ODD));
    what += `${key} ${way} ${JSON.stringify(holder[key])?.slice(0, 60)}; `;
  }
  return { what, bytes: new TextEncoder().encode(JSON.stringify(document)) };
}

/** Set a key, `__proto__` too. */
function set(holder: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

function mutateBytes(bytes: Uint8Array<ArrayBuffer>, random: Random): Mutation {
  const way = random.below(9), length = bytes.length, at = random.below(Math.max(1, length));
  const copy = bytes.slice();
  const set = (from: number, count: number, value: () => number) => {
    for (let i = from; i < Math.min(length, from + count); i++) copy[i] = value();
  };
  switch (way) {
    case 0:
      return { what: "removed", bytes: undefined };
    case 1:
      return { what: `cut to ${at}`, bytes: bytes.slice(0, at) };
    case 2:
      return { what: "empty", bytes: new Uint8Array() };
    case 3:
      return {
        what: "longer",
        bytes: Uint8Array.of(...bytes.subarray(0, 5000), ...Array.from({ length: 50 }, () => random.below(256))),
      };
    case 4:
      set(0, 4 + random.below(16), () => random.below(256));
      return { what: "header random", bytes: copy };
    case 5:
      set(4 * random.below(5), 4, () => random.pick([0, 0x7f, 0x80, 0xff]));
      return { what: "header extreme", bytes: copy };
    case 6:
      set(at, 1, () => random.below(256));
      return { what: `byte ${at}`, bytes: copy };
    case 7:
      set(at, 8, () => 0xff);
      return { what: `ones at ${at}`, bytes: copy };
    default:
      set(at, 1 + random.below(64), () => random.below(256));
      return { what: `random from ${at}`, bytes: copy };
  }
}

/** HDF5 files as h5py and HDF5 of several ages write them, read as h5py reads them. */
import { createHash } from "node:crypto";
import { assertEquals, assertRejects, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type DType, dtypeName, isNumeric, itemBytes } from "../lib/base/dtype.ts";
import { FormatError, UnsupportedError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import type { ArrayNode, Group, Node } from "../lib/storage/node.ts";
import { openGroup } from "../lib/storage/open.ts";
import { anncat, inFolder, unpack } from "./in_process.ts";
import { pick, readArray } from "./storage_arrays.ts";

const FOLDER = new URL("../testdata/h5/", import.meta.url).pathname;

/** What h5py reads of a dataset. */
interface Expected {
  readonly shape: number[];
  /** numpy's name; of each field for records. */
  readonly dtype: string | string[][];
  readonly bytes?: string;
  /** Of the bytes, where they are many. */
  readonly sha256?: string;
  readonly texts?: string[];
  /** The last elements, where they are very many. */
  readonly tail?: number[];
  readonly null?: boolean;
}

const EXPECTED: Readonly<Record<string, Readonly<Record<string, Expected>>>> = JSON.parse(
  Deno.readTextFileSync(`${FOLDER}expected.json`),
);

const open = (name: string): Promise<Group> => openGroup(`${FOLDER}${name}.h5`, { pool: new BufferPool() });

/** The node at `path`, whose names hold no slash. */
async function nodeAt(group: Group, path: string): Promise<Node> {
  let node: Node | undefined = group;
  for (const name of path.split("/")) node = node?.kind === "group" ? await node.child(name) : undefined;
  if (node === undefined) throw new Error(`No ${path}`);
  return node;
}

async function arrayAt(group: Group, path: string): Promise<ArrayNode> {
  const node = await nodeAt(group, path);
  if (node.kind !== "array") throw new Error(`${path} is a group`);
  return node;
}

/** numpy's name of a type, little-endian. */
function numpyName(dtype: DType): string {
  if (dtype === "bool") return "|b1";
  if (!isNumeric(dtype)) return dtypeName(dtype);
  const bytes = itemBytes(dtype), letter = dtype.startsWith("uint") ? "u" : dtype[0] ?? "";
  return `${bytes === 1 ? "|" : "<"}${letter}${bytes}`;
}

for (const [name, datasets] of Object.entries(EXPECTED)) {
  Deno.test(`${name}.h5: every dataset is read as h5py reads it, whole and in part`, async () => {
    const group = await open(name);
    assertEquals(group.format, { kind: "h5ad" });
    for (const [path, expected] of Object.entries(datasets)) {
      const array = await arrayAt(group, path), { dtype, shape } = array.spec;
      assertEquals(shape, expected.shape, path);
      const found = typeof dtype === "object" && dtype.kind === "struct"
        ? dtype.fields.map((field) => [field.name, numpyName(field.dtype)])
        : numpyName(dtype);
      if (expected.null === true) continue;
      assertEquals(found, expected.dtype, path);
      if (expected.tail !== undefined) {
        const [length = 0] = shape,
          tail = await readArray(array, [{ start: length - expected.tail.length, end: length }]);
        assertEquals(Array.from(new Int32Array((tail as Uint8Array<ArrayBuffer>).buffer)), expected.tail, path);
        continue;
      }
      const values = await readArray(array);
      if (expected.sha256 === undefined) {
        assertEquals(values, expected.texts ?? Uint8Array.fromBase64(expected.bytes ?? ""), path);
      } else assertEquals(createHash("sha256").update(values as Uint8Array).digest("hex"), expected.sha256, path);
      const part = shape.map((length) => ({ start: length >> 2, end: length - (length >> 3) }));
      const item = dtype === "string" ? 0 : itemBytes(dtype);
      assertEquals(await readArray(array, part), pick(values, shape, part, item), `a part of ${path}`);
    }
    assertEquals(Object.keys(datasets).length > 0, true);
  });
}

for (const name of ["attributes", "attributes_latest"]) {
  Deno.test(`${name}.h5: attributes are what h5py wrote`, async () => {
    const group = await open(name);
    for (const path of ["d", "g"]) {
      const { attrs } = await nodeAt(group, path);
      assertEquals(attrs, {
        "text": "ä",
        "empty text": "",
        "texts": ["a", "", "ö"],
        "no texts": [],
        "none": [],
        "int": 5,
        "shape": [3, 4],
        "big": "9007199254740992",
        "bigger": "9223372036854775809",
        "bool": true,
        "bools": [true, false],
        "float": 1.5,
        "nan": "NaN",
        "fixed": "fix",
        "matrix": [[0, 1, 2], [3, 4, 5]],
        "null": null,
        "reference": "d",
        "complex": [1, 2],
        "ä name": 1,
      });
    }
    const { attrs } = await nodeAt(group, "many");
    assertEquals(Object.keys(attrs).length, 60);
    for (let i = 0; i < 60; i++) assertEquals(attrs[`a${i}`], `value ${i}`);
  });
}

Deno.test("wide.h5: attributes that no object header holds, and as many columns", () =>
  inFolder(async (folder) => {
    const path = await unpack(new URL(`file://${FOLDER}wide.h5.gz`), `${folder}/wide.h5ad`),
      root = await openGroup(path, { pool: new BufferPool() });
    const columns = Array.from({ length: 4100 }, (_, i) => `c${i}`), obs = await nodeAt(root, "obs");
    assertEquals(obs.attrs, {
      "encoding-type": "dataframe",
      "encoding-version": "0.2.0",
      "_index": "_index",
      "column-order": columns,
    });
    const { attrs } = await nodeAt(root, "uns");
    assertEquals(attrs, {
      "encoding-type": "dict",
      "encoding-version": "0.1.0",
      "numbers": Array.from({ length: 9000 }, (_, i) => i),
      "matrix": [0, 3000].map((start) => Array.from({ length: 3000 }, (_, i) => start + i)),
      "texts": Array.from({ length: 300 }, (_, i) => `text ${i}`),
      ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, `value ${i}`])),
    });
    // Each by its path: were the group's links read again for each, that would take minutes.
    for (const [i, name] of columns.entries()) {
      const values = await readArray(await arrayAt(root, `obs/${name}`)) as Uint8Array<ArrayBuffer>;
      assertEquals(new BigInt64Array(values.buffer), BigInt64Array.of(BigInt(i % 3), BigInt(i % 3 + 10)));
    }
    assertStrictEquals(await nodeAt(root, "obs"), obs);
    const { code, out } = await anncat("info", path);
    assertEquals(code, 0);
    assertStringIncludes(out, "AnnData 0.1.0: 2 obs × 3 var\n");
    assertStringIncludes(out, "c4099");
  }));

for (const name of ["groups", "groups_v108", "groups_latest", "user_block"]) {
  Deno.test(`${name}.h5: names in the order of code points, links followed`, async () => {
    const group = await open(name);
    assertEquals(await group.names(), ["a", "empty", "hard", "many", "odd", "soft", "soft to soft"]);
    const odd = await nodeAt(group, "odd"), many = await nodeAt(group, "many"), empty = await nodeAt(group, "empty");
    if (odd.kind !== "group" || many.kind !== "group" || empty.kind !== "group") throw new Error("No groups");
    assertEquals(await odd.names(), ["#?%", "a b", "ä", "\uff5e", "\u{1f600}"]);
    assertEquals((await many.names()).length, 300);
    assertEquals(await empty.names(), []);
    const values = await readArray(await arrayAt(group, "a/b/c/d"));
    for (const path of ["soft", "soft to soft", "hard", "a/relative"]) {
      assertEquals(await readArray(await arrayAt(group, path)), values, path);
    }
    for (const absent of ["", ".", "..", "nothing", "a/b"]) assertEquals(await group.child(absent), undefined);
  });
}

Deno.test("what anncat cannot read is refused by name when it is asked for, and the rest is read", async () => {
  const group = await open("refused");
  const refusals = {
    "scaleoffset": "filter 6 (scaleoffset) of HDF5 is not supported; rewrite the file with h5repack -f GZIP=4",
    "bitshuffle": "filter 32008 (bitshuffle) of HDF5 is not supported; rewrite the file with h5repack -f GZIP=4",
    "opaque": "values of this type (opaque) are not supported",
    "vlen int": "values of this type (sequences of any length (of integer)) are not supported",
    "external": "links to other files are not supported",
    "virtual": "virtual datasets, made of parts of other files",
  };
  for (const [path, why] of Object.entries(refusals)) {
    const error = assertThrows(() => group.child(path), UnsupportedError);
    assertEquals(error.message, `Cannot read ${path} of ${FOLDER}refused.h5: ${why}`);
  }
  assertThrows(() => group.child("circle"), FormatError, "it is a link that goes round in a circle");
  assertThrows(() => group.child("dangling"), FormatError, 'it is a link to "/nowhere", where nothing is');
  await assertRejects(() => nodeAt(group, "group/itself"), FormatError, "it contains itself");
});

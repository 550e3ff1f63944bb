/** What `verify` keeps of names. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { checkNames, NameTable } from "../lib/check/verify_names.ts";
import type { StringColumn } from "../lib/lazy/column.ts";
import { openAnnData } from "../lib/lazy/open.ts";
import { inFolder } from "./in_process.ts";
import { frame, group, writeTree } from "./tree_store.ts";

Deno.test("NameTable: inputs whose names are the same share their places", async () => {
  await inFolder(async (folder) => {
    let stores = 0;
    const index = async (names: readonly string[]) => {
      const path = `${folder}/${stores++}.zarr`;
      return (await openAnnData(await writeTree(path, group("anndata", { obs: frame([]), var: frame(names) })))).var
        .index;
    };
    const table = await NameTable.of(await index(["a", "b", "c"]), undefined);
    const places = async (...names: string[]) => await table.places(await index(names), undefined);
    const same = await places("a", "b"), other = await places("b", "a", "x");
    assertEquals([same.to, same.filled], [Int32Array.of(0, 1), Uint8Array.of(1, 1, 0)]);
    assertEquals([other.to, other.filled], [Int32Array.of(1, 0, -1), Uint8Array.of(1, 1, 0)]);
    assertEquals([table.unused(), table.bytes], [2, 8 + 3 + 12 + 3]);
    assertStrictEquals(await places("a", "b"), same);
    assertStrictEquals(await places("b", "a", "y"), other);
    assertEquals(table.bytes, 8 + 3 + 12 + 3);
    await places("c");
    assertEquals(table.unused(), -1);
  });
});

Deno.test("NameTable: names that are there twice have all their places where they are the same", async () => {
  await inFolder(async (folder) => {
    const store = group("anndata", { obs: frame([]), var: frame(["a", "a"]) });
    const { index } = (await openAnnData(await writeTree(`${folder}/a.zarr`, store))).var;
    const table = await NameTable.of(index, undefined);
    assertEquals((await table.places(index, undefined)).to, Int32Array.of(0, 1));
  });
});

Deno.test("checkNames: where an input cannot be read, the output's names are not read on", async () => {
  await inFolder(async (folder) => {
    const store = group("anndata", { obs: frame([]), var: frame(["a", "b"]) });
    const { index } = (await openAnnData(await writeTree(`${folder}/a.zarr`, store))).var;
    if (index.kind !== "strings") throw new TypeError("The names are no text");
    let isClosed = false;
    const output: StringColumn = {
      ...index,
      async *chunks(): ReturnType<StringColumn["chunks"]> {
        try {
          for (const start of [0, 1]) yield await index.read({ range: { start, end: start + 1 } });
        } finally {
          isClosed = true;
        }
      },
    };
    const input: StringColumn = {
      ...index,
      async *chunks(): ReturnType<StringColumn["chunks"]> {
        yield await index.read({ range: { start: 0, end: 1 } });
        throw new Error("no more");
      },
    };
    await assertRejects(() => checkNames(output, { start: 0, end: 2 }, input, undefined), Error, "no more");
    assertEquals(isClosed, true);
  });
});

/** What `verify` keeps of names. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { NameTable } from "../lib/check/verify_names.ts";
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

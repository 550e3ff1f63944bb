/** What `verify` reads of dataframes: no more of them the more columns and inputs there are. */
import { assert, assertEquals } from "@std/assert";
import { compareAlong, compareJoined, OutputFrame } from "../lib/check/verify_columns.ts";
import type { Column } from "../lib/lazy/column.ts";
import type { DataFrame } from "../lib/lazy/frame.ts";
import { openAnnData } from "../lib/lazy/open.ts";
import { inFolder } from "./in_process.ts";
import { categorical, frame, group, numbers, writeTree } from "./tree_store.ts";

/** The cells of a store with 50 numeric columns and a categorical one. */
async function cellsIn(folder: string): Promise<DataFrame> {
  const table = Array.from({ length: 50 }, (_, at) => [`c${at}`, numbers("int32", [at, at])] as const);
  const obs = frame(["a", "b"], { ...Object.fromEntries(table), kind: categorical([1, 0], ["x", "y"]) });
  return (await openAnnData(await writeTree(`${folder}/a.zarr`, group("anndata", { obs, var: frame([]) })))).obs;
}

/** `cells`, and how often a name of its columns, and the categories of one, were looked at. */
function watched(
  cells: DataFrame,
): { readonly cells: DataFrame; readonly looks: { names: number; categories: number } } {
  const looks = { names: 0, categories: 0 };
  const columns = new Proxy(cells.columns, {
    get(names, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) looks.names++;
      return Reflect.get(names, key);
    },
  });
  const column = (name: string): Column => {
    const own = cells.column(name);
    if (own.kind !== "categorical") return own;
    return {
      ...own,
      get categories() {
        looks.categories++;
        return own.categories;
      },
    };
  };
  return { cells: { ...cells, columns, column }, looks };
}

Deno.test("compareAlong: what tells an output's categories apart is found once, not for each input", async () => {
  await inFolder(async (folder) => {
    const own = await cellsIn(folder), { cells, looks } = watched(own);
    const output = new OutputFrame(cells), rows = { start: 0, end: 2 };
    const compare = async () => assertEquals(await compareAlong(output, own.columns, rows, own, undefined), []);
    await compare();
    const { categories } = looks;
    assert(categories > 0);
    await compare();
    await compare();
    assertEquals(looks.categories, categories);
  });
});

Deno.test("compareAlong, compareJoined: the names of an input's columns are gone through once", async () => {
  await inFolder(async (folder) => {
    const own = await cellsIn(folder), { cells, looks } = watched(own), count = own.columns.length;
    await compareAlong(new OutputFrame(own), own.columns, { start: 0, end: 2 }, cells, undefined);
    assertEquals(looks.names, count);
    const inputs = async function* () {
      yield await Promise.resolve({ frame: cells, places: Int32Array.of(0, 1) });
    };
    assertEquals(await compareJoined(own, inputs, undefined), []);
    assertEquals(looks.names, 2 * count);
  });
});

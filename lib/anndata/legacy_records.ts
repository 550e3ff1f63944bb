/**
 * Dataframes and mappings of anndata before 0.7: one array of records, a field for each column. The first field of a
 * dataframe is its index; the categories of a column `x` lie in `uns/x_categories`, for obs and var alike.
 *
 * Source: anndata 0.12.19, `read_dataframe_legacy`, `_clean_uns` and `convert_to_dict`.
 *
 * @module
 */
import { isNumeric, type StructField, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { size, whole } from "../base/range.ts";
import type { ArrayNode, Group, Node, StoreFormat } from "../storage/node.ts";
import { encoding, liftValues } from "./legacy_element.ts";
import { categorical } from "./legacy_frame.ts";
import { below, FieldArray, virtualGroup } from "./virtual.ts";

/** A store. */
type Of = { readonly source: string; readonly format: StoreFormat };

const SUFFIX = "_categories";

/** `records` as a dataframe; shown at `path`. */
export function recordFrame(
  records: ArrayNode,
  of: Of,
  path: string,
  categories: RecordCategories | undefined,
): Group {
  const [index, ...columns] = fieldsOf(records).map((field) => field.name);
  const attrs = { ...encoding("dataframe", "0.2.0"), "_index": index ?? "_index", "column-order": columns };
  return virtualGroup(of, path, attrs, {
    names: () => [...index === undefined ? [] : [index], ...columns],
    child: async (name) => {
      const column = fieldArray(records, name, below(path, name));
      const found = column && name !== index ? await categories?.of(column, name) : undefined;
      if (column === undefined || found === undefined) return column;
      return categorical(of, column.path, { codes: column, categories: found, isOrdered: false });
    },
  });
}

/** `records` as a mapping; shown at `path`. */
export function mappingOfRecords(records: ArrayNode, of: Of, path: string): Group {
  const names = fieldsOf(records).map((field) => field.name);
  return virtualGroup(of, path, encoding("dict", "0.1.0"), {
    names: () => names,
    child: (name): Node | undefined => fieldArray(records, name, below(path, name)),
  });
}

function fieldsOf(records: ArrayNode): readonly StructField[] {
  const { dtype } = records.spec;
  if (typeof dtype === "object" && dtype.kind === "struct") return dtype.fields;
  throw new FormatError(`Cannot read "${records.path}" of "${records.source}": it is neither a group nor records`, {
    source: records.source,
    element: records.path,
  });
}

function fieldArray(records: ArrayNode, name: string, path: string): ArrayNode | undefined {
  const field = fieldsOf(records).findIndex((field) => field.name === name);
  return field < 0 ? undefined : liftValues(new FieldArray(records, field, path, {}), path);
}

/** The categories that `uns` of an old store keeps for the columns of obs and var. */
export class RecordCategories {
  readonly #root: Group;
  readonly #known = new Map<string, Promise<ArrayNode | undefined>>();

  /** The categories in the store with this root. */
  constructor(root: Group) {
    this.#root = root;
  }

  /** The categories of the codes `column`; undefined where it is no categorical column. */
  of(column: ArrayNode, name: string): Promise<ArrayNode | undefined> {
    const known = this.#known.get(column.path) ?? this.#find(column, name);
    this.#known.set(column.path, known);
    return known;
  }

  /** Whether `uns/<name>` is the categories of some column, and so no element of today's uns. */
  async isUsed(name: string): Promise<boolean> {
    if (!name.endsWith(SUFFIX)) return false;
    const column = name.slice(0, -SUFFIX.length);
    for (const axis of ["obs", "var"]) {
      const records = await this.#root.child(axis);
      if (records?.kind !== "array") return false;
      const codes = fieldArray(records, column, below(axis, column));
      if (codes !== undefined && await this.of(codes, column) !== undefined) return true;
    }
    return false;
  }

  async #find(column: ArrayNode, name: string): Promise<ArrayNode | undefined> {
    const uns = await this.#root.child("uns"),
      found = uns?.kind === "group" ? await uns.child(name + SUFFIX) : undefined;
    if (found?.kind !== "array") return undefined;
    return await isBelow(column, found.spec.shape[0] ?? 1) ? found : undefined;
  }
}

/** Whether `codes` are whole numbers below `count`: the same name may stand for a column of each axis. */
async function isBelow(codes: ArrayNode, count: number): Promise<boolean> {
  const { dtype, shape } = codes.spec;
  if (!isNumeric(dtype) || !/^u?int/.test(dtype) || shape.length !== 1) return false;
  for await (const block of codes.blocks(shape.map(whole))) {
    const values = viewAs(dtype, block.bytes), rows = block.ranges.reduce((rows, range) => rows * size(range), 1);
    const step = block.strides[0] ?? 0;
    for (let row = 0; row < rows; row++) if (Number(values[block.offset + row * step]) >= count) return false;
  }
  return true;
}

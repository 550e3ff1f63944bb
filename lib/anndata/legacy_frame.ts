/**
 * Dataframes of anndata 0.7: a categorical column is the array of its codes, and its categories lie in the dataframe's
 * group `__categories`.
 *
 * Source: anndata 0.12.19, `read_dataframe_0_1_0` and `read_series`.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import type { ArrayNode, Group, Node, StoreFormat } from "../storage/node.ts";
import { encoding, liftNode, liftValues } from "./legacy_element.ts";
import { nodeAt } from "./read.ts";
import { below, virtualGroup } from "./virtual.ts";

const CATEGORIES = "__categories";

/** `group`, a dataframe of version 0.1.0, as one of today; shown at `path`. */
export function oldFrame(group: Group, path: string): Group {
  return virtualGroup(group, path, { ...group.attrs, ...encoding("dataframe", "0.2.0") }, {
    names: async () => (await group.names()).filter((name) => name !== CATEGORIES),
    child: (name) => name === CATEGORIES ? undefined : columns(group, path, group, "").child(name),
  });
}

/** The columns below `inside`, which are named after where they lie in `frame`: a name may hold slashes. */
function columns(frame: Group, path: string, inside: Group, prefix: string): Pick<Group, "child"> {
  return {
    child: async (name) => {
      const node = await inside.child(name), column = prefix + name, at = below(path, column);
      if (node === undefined) return undefined;
      if (node.kind === "array") return await columnOf(frame, node, column, at);
      const { child } = columns(frame, path, node, `${column}/`);
      const isFolder = (node.attrs["encoding-type"] ?? "") === "";
      return isFolder
        ? virtualGroup(node, at, node.attrs, { names: () => node.names(), child })
        : liftNode(node, at, frame.format);
    },
  };
}

async function columnOf(frame: Group, column: ArrayNode, name: string, path: string): Promise<Node> {
  const named = column.attrs["categories"];
  if (named === undefined) return liftNode(column, path, frame.format);
  // In zarr it is a path in the dataframe, in HDF5 a reference, whose path starts at the root.
  const inside = `${frame.path}/`, place = typeof named === "string" ? named : `${CATEGORIES}/${name}`;
  const categories = await nodeAt(frame, place.startsWith(inside) ? place.slice(inside.length) : place);
  if (categories?.kind !== "array") {
    const { source } = frame, why = `its categories are not at "${below(frame.path, place)}"`;
    throw new FormatError(`Cannot read "${path}" of "${source}": ${why}`, { source, element: path });
  }
  return categorical(frame, path, { codes: column, categories, isOrdered: isTrue(categories.attrs["ordered"]) });
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}

/** A categorical of today; shown at `path`. */
export function categorical(
  of: { readonly source: string; readonly format: StoreFormat },
  path: string,
  parts: { readonly codes: ArrayNode; readonly categories: ArrayNode; readonly isOrdered: boolean },
): Group {
  const codes = liftValues(parts.codes, below(path, "codes"));
  const categories = liftValues(parts.categories, below(path, "categories"));
  return virtualGroup(of, path, { ...encoding("categorical", "0.2.0"), ordered: parts.isOrdered }, {
    names: () => ["categories", "codes"],
    child: (name) => name === "codes" ? codes : name === "categories" ? categories : undefined,
  });
}

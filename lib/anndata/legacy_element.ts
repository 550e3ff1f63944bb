/**
 * Elements that were written without an encoding, or with an old one, as anndata writes them today.
 *
 * @module
 */
import { isNumeric } from "../base/dtype.ts";
import type { ArrayNode, Attributes, Group, Node, StoreFormat } from "../storage/node.ts";
import { oldFrame } from "./legacy_frame.ts";
import { below, renamed, virtualGroup, withoutFirstAxis } from "./virtual.ts";

/** The two attributes of an encoding. */
export function encoding(type: string, version: string): Attributes {
  return { "encoding-type": type, "encoding-version": version };
}

/** What `node`, of a store of this format, is today; shown at `path`. */
export function liftNode(node: Node, path: string, format: StoreFormat): Node {
  return node.kind === "group" ? liftGroup(node, path) : liftArray(node, path, format);
}

/** What `group` is today; shown at `path`. */
export function liftGroup(group: Group, path: string): Group {
  const { attrs } = group, type = attrs["encoding-type"] ?? "";
  switch (type) {
    case "csr_matrix":
    case "csc_matrix":
      return matrix(group, path, attrs);
    case "dataframe":
      return attrs["encoding-version"] === "0.1.0" ? oldFrame(group, path) : container(group, path, attrs);
    case "": {
      const { h5sparse_format: layout, h5sparse_shape: shape, ...others } = attrs;
      if (layout === undefined) return container(group, path, { ...others, ...encoding("dict", "0.1.0") });
      const lengths = shape === undefined ? {} : { shape };
      return matrix(group, path, { ...others, ...lengths, ...encoding(`${String(layout)}_matrix`, "0.1.0") });
    }
    default:
      return container(group, path, attrs);
  }
}

/** A group whose children are lifted one by one. */
function container(group: Group, path: string, attrs: Attributes): Group {
  return virtualGroup(group, path, attrs, {
    names: () => group.names(),
    child: async (name) => {
      const child = await group.child(name);
      return child && liftNode(child, below(path, name), group.format);
    },
  });
}

/** A sparse matrix: its arrays carry no encoding today either. */
function matrix(group: Group, path: string, attrs: Attributes): Group {
  if (path === group.path && attrs === group.attrs) return group;
  return virtualGroup(group, path, attrs, { names: () => group.names(), child: (name) => group.child(name) });
}

/** What `array`, of a store of this format, is today; shown at `path`. */
export function liftArray(array: ArrayNode, path: string, format: StoreFormat): ArrayNode {
  if (hasEncoding(array)) return path === array.path ? array : renamed(array, path, array.attrs);
  const { dtype, shape } = array.spec, isBytes = typeof dtype === "object" && dtype.kind === "bytes";
  // Old HDF5 files hold a text as a list of one.
  const isText = format.kind === "h5ad" && isBytes && shape[0] === 1;
  return liftValues(isText ? withoutFirstAxis(array) : array, path);
}

/** The values of `array` with the encoding that their type has today; shown at `path`. */
export function liftValues(array: ArrayNode, path: string): ArrayNode {
  const { dtype, shape } = array.spec, isScalar = shape.length === 0;
  const { "encoding-type": _, "encoding-version": __, ...others } = array.attrs;
  const type = isNumeric(dtype)
    ? isScalar ? "numeric-scalar" : "array"
    : typeof dtype === "object" && dtype.kind === "struct"
    ? "rec-array"
    : isScalar
    ? "string"
    : "string-array";
  return renamed(array, path, { ...others, ...encoding(type, "0.2.0") });
}

function hasEncoding({ attrs }: Node): boolean {
  return (attrs["encoding-type"] ?? "") !== "";
}

/** Whether `node` is a matrix of two axes, dense or sparse. */
export function isMatrix(node: Node): boolean {
  const type = node.attrs["encoding-type"];
  if (node.kind === "group") return type === "csr_matrix" || type === "csc_matrix";
  return type === "array" && node.spec.shape.length === 2;
}

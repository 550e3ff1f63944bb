/**
 * The tree of a zarr store: which path is a group, which an array, and its metadata, consolidated or read one by one.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import type { Attributes, JsonValue } from "../node.ts";
import { type ReadableStore, readObject, type StoreKey } from "../store.ts";
import { then } from "../steps.ts";
import { isObject, type JsonObject, parseJson } from "./json.ts";
import { type ArrayMetadata, parseAttributes, parseObject, show } from "./metadata.ts";
import { Place } from "../place.ts";
import { liftV2 } from "./metadata_v2.ts";
import { liftV3 } from "./metadata_v3.ts";

/** What is at a path. */
export type Found =
  | { readonly kind: "group"; readonly attrs: Attributes }
  | { readonly kind: "array"; readonly metadata: ArrayMetadata };

/** The metadata of one store. */
export interface Hierarchy {
  /** The version of its metadata. */
  readonly version: 2 | 3;
  /** Whether one document holds all of it. */
  readonly isConsolidated: boolean;
  /** What is at `path`, or undefined. */
  find(path: string): MaybePromise<Found | undefined>;
  /** Whether a node is at `path`, without a look at whether its metadata is right. */
  has(path: string): MaybePromise<boolean>;
  /** The names below `path`: of nodes where metadata is consolidated, else of whatever lies there. */
  list(path: string): MaybePromise<readonly string[]>;
}

/** A path as a key. */
export function keyOf(path: string, name: string): StoreKey {
  return path === "" ? `/${name}` : `/${path}/${name}`;
}

/**
 * The metadata of `store`, or undefined where it holds no zarr. Version 3 comes first, as in zarr-python. With `isDirect`
 * every node's metadata is read by itself, even where one document holds that of all.
 */
export function openHierarchy(
  store: ReadableStore,
  source: string,
  isDirect: boolean,
): MaybePromise<Hierarchy | undefined> {
  const read = (path: string, name: string) => readJson(store, path, name, new Place(source, path));
  const root = new Place(source, "");
  return then(read("", "zarr.json"), (json) => {
    if (json !== undefined) return openV3(store, source, parseObject(json, "zarr.json", root), isDirect);
    return then(isDirect ? undefined : read("", ".zmetadata"), (consolidated) => {
      if (consolidated !== undefined) {
        const { metadata } = parseObject(consolidated, ".zmetadata", root);
        return consolidatedV2(source, parseObject(metadata, "the metadata in .zmetadata", root));
      }
      return then(read("", ".zgroup"), (group) => {
        if (group !== undefined) return directV2(store, source);
        return then(read("", ".zarray"), (array) => array === undefined ? undefined : directV2(store, source));
      });
    });
  });
}

function readJson(
  store: ReadableStore,
  path: string,
  name: string,
  place: Place,
): MaybePromise<JsonValue | undefined> {
  return then(readObject(store, keyOf(path, name), undefined, (bytes) => new Uint8Array(bytes)), (bytes) => {
    if (bytes === undefined) return undefined;
    try {
      return parseJson(bytes);
    } catch (error) {
      throw place.broken(`${name} is no JSON (${error instanceof Error ? error.message : String(error)})`, error);
    }
  });
}

function exists(store: ReadableStore, path: string, name: string): MaybePromise<boolean> {
  const found = readObject(store, keyOf(path, name), undefined, (bytes) => new Uint8Array(bytes));
  return then(found, (bytes) => bytes !== undefined);
}

function directV2(store: ReadableStore, source: string): Hierarchy {
  return {
    version: 2,
    isConsolidated: false,
    list: (path) => listing(store, source, path),
    has(path) {
      return then(exists(store, path, ".zgroup"), (group) => group || exists(store, path, ".zarray"));
    },
    find(path) {
      const place = new Place(source, path);
      const read = (name: string) => readJson(store, path, name, place);
      return then(read(".zarray"), (array) => {
        if (array !== undefined) return then(read(".zattrs"), (attrs) => foundV2(array, undefined, attrs, place));
        return then(read(".zgroup"), (group) => {
          if (group === undefined) return undefined;
          return then(read(".zattrs"), (attrs) => foundV2(undefined, group, attrs, place));
        });
      });
    },
  };
}

function consolidatedV2(source: string, documents: JsonObject): Hierarchy {
  const paths = Object.keys(documents).flatMap((key) => {
    const match = /^(?:(.*)\/)?\.(?:zarray|zgroup)$/s.exec(key);
    return match === null ? [] : [match[1] ?? ""];
  });
  const children = childrenOf(paths);
  const at = (path: string, name: string) => {
    const key = path === "" ? name : `${path}/${name}`;
    return Object.hasOwn(documents, key) ? documents[key] : undefined;
  };
  return {
    version: 2,
    isConsolidated: true,
    list: (path) => children.get(path) ?? [],
    has: () => true,
    find: (path) => foundV2(at(path, ".zarray"), at(path, ".zgroup"), at(path, ".zattrs"), new Place(source, path)),
  };
}

function foundV2(
  array: JsonValue | undefined,
  group: JsonValue | undefined,
  attributes: JsonValue | undefined,
  place: Place,
): Found | undefined {
  const document = array ?? group;
  if (document === undefined) return undefined;
  const format = parseObject(document, array === undefined ? ".zgroup" : ".zarray", place)["zarr_format"];
  if (format !== 2) throw place.unsupported(`zarr_format is ${show(format)}; 2 and 3 are supported`);
  if (array !== undefined) return { kind: "array", metadata: liftV2(array, attributes, place) };
  return { kind: "group", attrs: parseAttributes(attributes, place) };
}

function openV3(store: ReadableStore, source: string, root: JsonObject, isDirect: boolean): Hierarchy {
  const consolidated = root["consolidated_metadata"];
  if (isDirect || !isObject(consolidated)) {
    return {
      version: 3,
      isConsolidated: false,
      list: (path) => listing(store, source, path),
      has: (path) => exists(store, path, "zarr.json"),
      find(path) {
        const place = new Place(source, path);
        return then(readJson(store, path, "zarr.json", place), (json) => {
          return json === undefined ? undefined : foundV3(json, place);
        });
      },
    };
  }
  const documents = parseObject(consolidated["metadata"], "consolidated metadata", new Place(source, ""));
  const children = childrenOf(Object.keys(documents));
  return {
    version: 3,
    isConsolidated: true,
    list: (path) => children.get(path) ?? [],
    has: () => true,
    find(path) {
      if (path === "") return foundV3(root, new Place(source, path));
      const json = Object.hasOwn(documents, path) ? documents[path] : undefined;
      return json === undefined ? undefined : foundV3(json, new Place(source, path));
    },
  };
}

function foundV3(document: JsonValue, place: Place): Found {
  const json = parseObject(document, "zarr.json", place);
  const { zarr_format: format, node_type: type } = json;
  if (format !== 3) throw place.unsupported(`zarr_format is ${show(format)}; 2 and 3 are supported`);
  if (type === "array") return { kind: "array", metadata: liftV3(json, place) };
  if (type === "group") return { kind: "group", attrs: parseAttributes(json["attributes"], place) };
  throw place.broken(`node_type is ${show(type)}`);
}

/** The names below each path. */
function childrenOf(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const path of paths) {
    if (path === "") continue;
    const slash = path.lastIndexOf("/");
    const parent = path.slice(0, Math.max(0, slash)), name = path.slice(slash + 1);
    const names = children.get(parent);
    if (names === undefined) children.set(parent, [name]);
    else names.push(name);
  }
  return children;
}

function listing(store: ReadableStore, source: string, path: string): MaybePromise<readonly string[]> {
  if (store.list !== undefined) return store.list(path === "" ? "/" : `/${path}`);
  throw new Place(source, path).unsupported(
    "its metadata is not consolidated, and this kind of store cannot list what it holds; consolidate it first " +
      "(zarr.consolidate_metadata in Python)",
  );
}

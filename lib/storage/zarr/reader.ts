/**
 * Groups of a zarr store, and where its arrays are made.
 *
 * @module
 */
import type { BufferPool } from "../../base/pool.ts";
import type { MaybePromise } from "../../base/async.ts";
import { compareCodePoints } from "../../base/natsort.ts";
import type { Attributes, Group, Node, StoreFormat } from "../node.ts";
import type { ReadableStore } from "../store.ts";
import { then } from "../steps.ts";
import { openArray } from "./array.ts";
import { type Hierarchy, openHierarchy } from "./hierarchy.ts";

/** What all nodes of one store share. */
export interface ZarrSource {
  /** Where the bytes are. */
  readonly store: ReadableStore;
  /** Its path or URL. */
  readonly source: string;
  /** Where memory for chunks comes from. */
  readonly pool: BufferPool;
  /** Whether every node's metadata is read by itself, even where one document holds that of all. */
  readonly isDirect?: boolean;
}

/** The root of the zarr store, or undefined where there is none. */
export function openZarr(from: ZarrSource): MaybePromise<Node | undefined> {
  return then(openHierarchy(from.store, from.source, from.isDirect ?? false), (hierarchy) => {
    return hierarchy === undefined ? undefined : openNode(from, hierarchy, "");
  });
}

function openNode(from: ZarrSource, hierarchy: Hierarchy, path: string): MaybePromise<Node | undefined> {
  return then(hierarchy.find(path), (found): MaybePromise<Node | undefined> => {
    if (found === undefined) return undefined;
    if (found.kind === "array") return openArray(from, path, found.metadata);
    return new ZarrGroup(from, hierarchy, path, found.attrs);
  });
}

class ZarrGroup implements Group {
  readonly kind = "group";
  readonly source: string;
  readonly path: string;
  readonly format: StoreFormat;
  readonly attrs: Attributes;
  readonly isConsolidated: boolean;
  readonly #from: ZarrSource;
  readonly #hierarchy: Hierarchy;
  #names: MaybePromise<readonly string[]> | undefined;

  constructor(from: ZarrSource, hierarchy: Hierarchy, path: string, attrs: Attributes) {
    this.source = from.source;
    this.path = path;
    this.format = { kind: "zarr", version: hierarchy.version };
    this.attrs = attrs;
    this.isConsolidated = hierarchy.isConsolidated;
    this.#from = from;
    this.#hierarchy = hierarchy;
  }

  names(): MaybePromise<readonly string[]> {
    return this.#names ??= then(this.#hierarchy.list(this.path), (listed) => this.#nodes(listed));
  }

  child(name: string): MaybePromise<Node | undefined> {
    return isName(name) ? openNode(this.#from, this.#hierarchy, this.#pathOf(name)) : undefined;
  }

  /** Those of `names` that are nodes, in order: a folder may hold anything. */
  #nodes(names: readonly string[]): MaybePromise<readonly string[]> {
    const sorted = names.filter(isName).sort(compareCodePoints);
    return sorted.reduce<MaybePromise<string[]>>((sofar, name) => {
      return then(sofar, (found) =>
        then(this.#hierarchy.has(this.#pathOf(name)), (there) => {
          if (there) found.push(name);
          return found;
        }));
    }, []);
  }

  #pathOf(name: string): string {
    return this.path === "" ? name : `${this.path}/${name}`;
  }
}

/** Whether `name` can be the name of a node: one segment of a path, and none that means another. */
function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !name.includes("/") && !name.includes("\0");
}

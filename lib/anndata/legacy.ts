/**
 * Old stores, shown as anndata 0.12 would write them: what reads an AnnData sees one form only.
 *
 * Before 0.8, elements carried no encoding, and the root none at all; before 0.7, dataframes were arrays of records,
 * their categories lay in `uns`, sparse matrices were marked as h5sparse marks them, and raw lay in `raw.X`, `raw.var`
 * and `raw.varm`. Everything is decided from attributes when it is asked for: nothing is read in advance, and what is
 * written as today passes as it is.
 *
 * Source: what anndata 0.12.19 makes of such stores (`_io/h5ad.py`, `_io/zarr.py`, `_io/specs/methods.py`,
 * `compat._clean_uns`, `compat._move_adj_mtx`).
 *
 * @module
 */
import { compareCodePoints } from "../base/natsort.ts";
import type { Group, Node } from "../storage/node.ts";
import { encoding, isMatrix, liftGroup, liftNode } from "./legacy_element.ts";
import { mappingOfRecords, RecordCategories, recordFrame } from "./legacy_records.ts";
import { below, virtualGroup } from "./virtual.ts";

/** `root`, the group at the root of a store, as anndata 0.12 would write it. */
export async function lift(root: Group): Promise<Group> {
  const isOld = typeof root.attrs["encoding-type"] !== "string" || root.attrs["encoding-type"] === "";
  // A group without an encoding may be anything: only what has both axes is an AnnData.
  if (isOld && !(await hasAxes(root))) return root;
  const lifted = new LiftedRoot(root);
  const attrs = isOld ? { ...root.attrs, ...encoding("anndata", "0.1.0") } : root.attrs;
  return virtualGroup(root, root.path, attrs, {
    names: () => lifted.names(),
    child: (name) => lifted.child(name),
  });
}

async function hasAxes(root: Group): Promise<boolean> {
  return await root.child("obs") !== undefined && await root.child("var") !== undefined;
}

const RAW = ["X", "var", "varm"];
const NEIGHBORS = "neighbors";
const GRAPHS = ["connectivities", "distances"];

/** What lies at the root of an AnnData. */
class LiftedRoot {
  readonly #root: Group;
  readonly #categories: RecordCategories;
  #graphs: Promise<ReadonlyMap<string, Node>> | undefined;

  constructor(root: Group) {
    this.#root = root;
    this.#categories = new RecordCategories(root);
  }

  async names(): Promise<readonly string[]> {
    const stored = await this.#root.names();
    const names = new Set(stored.filter((name) => !name.startsWith("raw.")));
    if (names.size < stored.length) names.add("raw");
    if ((await this.#moved()).size > 0) names.add("obsp");
    return [...names].sort(compareCodePoints);
  }

  async child(name: string): Promise<Node | undefined> {
    if (name.startsWith("raw.")) return undefined;
    const node = await this.#root.child(name);
    switch (name) {
      case "obs":
      case "var":
        return node?.kind === "array" ? recordFrame(node, this.#root, name, this.#categories) : this.#lifted(node);
      case "obsm":
      case "varm":
        return node?.kind === "array" ? mappingOfRecords(node, this.#root, name) : this.#lifted(node);
      case "raw":
        return node === undefined ? await this.#rawOfParts() : this.#lifted(node);
      case "obsp":
        return await this.#obsp(node);
      case "uns":
        return node?.kind === "group" ? this.#uns(node) : this.#lifted(node);
      default:
        return this.#lifted(node);
    }
  }

  #lifted(node: Node | undefined): Node | undefined {
    return node && liftNode(node, node.path, this.#root.format);
  }

  /** Raw as it was before 0.7: in three elements beside the others. */
  async #rawOfParts(): Promise<Group | undefined> {
    const parts = new Map<string, Node>();
    for (const name of RAW) {
      const node = await this.#root.child(`raw.${name}`), path = below("raw", name);
      if (node === undefined) continue;
      const isRecords = node.kind === "array" && name !== "X";
      if (!isRecords) parts.set(name, liftNode(node, path, this.#root.format));
      // anndata reads the genes of raw without their categories.
      else if (name === "var") parts.set(name, recordFrame(node, this.#root, path, undefined));
      else parts.set(name, mappingOfRecords(node, this.#root, path));
    }
    if (parts.size === 0) return undefined;
    return virtualGroup(this.#root, "raw", encoding("raw", "0.1.0"), {
      names: () => [...parts.keys()],
      child: (name) => parts.get(name),
    });
  }

  /** The graphs of cells that lay in `uns/neighbors` before there was obsp. */
  #moved(): Promise<ReadonlyMap<string, Node>> {
    return this.#graphs ??= this.#findMoved();
  }

  async #findMoved(): Promise<ReadonlyMap<string, Node>> {
    const found = new Map<string, Node>(), uns = await this.#root.child("uns");
    const neighbors = uns?.kind === "group" ? await uns.child(NEIGHBORS) : undefined;
    if (neighbors?.kind !== "group") return found;
    for (const name of GRAPHS) {
      const node = await neighbors.child(name), graph = node && liftNode(node, below("obsp", name), this.#root.format);
      if (graph !== undefined && isMatrix(graph)) found.set(name, graph);
    }
    return found;
  }

  async #obsp(stored: Node | undefined): Promise<Node | undefined> {
    const graphs = await this.#moved();
    if (graphs.size === 0) return this.#lifted(stored);
    const others = stored?.kind === "group" ? liftGroup(stored, stored.path) : undefined;
    return virtualGroup(this.#root, "obsp", others?.attrs ?? encoding("dict", "0.1.0"), {
      names: async () => [...new Set([...await others?.names() ?? [], ...graphs.keys()])].sort(compareCodePoints),
      child: (name) => graphs.get(name) ?? others?.child(name),
    });
  }

  #uns(stored: Group): Group {
    const uns = liftGroup(stored, stored.path);
    const isGone = (name: string) => this.#categories.isUsed(name);
    return virtualGroup(uns, uns.path, uns.attrs, {
      names: async () => {
        const names: string[] = [];
        for (const name of await uns.names()) if (!(await isGone(name))) names.push(name);
        return names;
      },
      child: async (name) => {
        if (await isGone(name)) return undefined;
        const node = await uns.child(name);
        return name === NEIGHBORS && node?.kind === "group" ? await this.#withoutMoved(node) : node;
      },
    });
  }

  async #withoutMoved(neighbors: Group): Promise<Group> {
    const graphs = await this.#moved();
    if (graphs.size === 0) return neighbors;
    return virtualGroup(neighbors, neighbors.path, neighbors.attrs, {
      names: async () => (await neighbors.names()).filter((name) => !graphs.has(name)),
      child: (name) => graphs.has(name) ? undefined : neighbors.child(name),
    });
  }
}

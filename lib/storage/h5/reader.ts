/**
 * Groups of an HDF5 file, and where its datasets are opened.
 *
 * @module
 */
import { compareCodePoints } from "../../base/natsort.ts";
import type { BufferPool } from "../../base/pool.ts";
import type { Attributes, Group, Node, StoreFormat } from "../node.ts";
import { Place } from "../place.ts";
import { readAttributes } from "./attributes.ts";
import { isDataset, openDataset } from "./dataset.ts";
import { explained } from "./explain.ts";
import { NotSupported } from "./fields.ts";
import { H5File } from "./file.ts";
import { isGroup, type Link, readLinks } from "./links.ts";
import { type HeaderMessage, readObjectHeader } from "./object_header.ts";
import { H5Source } from "./source.ts";
import { findSuperblock, readSuperblock } from "./superblock.ts";

/** The root of the HDF5 file at `path`, or undefined where it is another kind of file. */
export function openH5(path: string, pool: BufferPool): Node | undefined {
  const { size } = Deno.statSync(path), bytes = new H5Source(path, size), place = new Place(path, "");
  return explained(place, () => {
    using _open = bytes.hold();
    const at = findSuperblock(bytes);
    if (at === undefined) return undefined;
    if (isLocked(path)) throw new NotSupported("another program has it open for writing; close it there first");
    const file = new H5File(path, bytes, readSuperblock(bytes, at), pool);
    return openObject(file, file.root, "", []);
  });
}

/** Whether a program that writes the file has locked it, as HDF5 does. */
function isLocked(path: string): boolean {
  using file = Deno.openSync(path);
  try {
    // Deno before 2.7 cannot tell without waiting, and some file systems know no locks.
    const { tryLockSync } = file as { readonly tryLockSync?: (exclusive: boolean) => boolean };
    return tryLockSync?.call(file, false) === false;
  } catch {
    return false;
  }
}

/** The object whose header is at `address`; `above` are the addresses of the groups around it. */
function openObject(file: H5File, address: number, path: string, above: readonly number[]): Node | undefined {
  const place = new Place(file.source, path);
  return explained(place, () => {
    using _open = file.hold();
    if (above.includes(address)) throw new RangeError("it contains itself");
    if (above.length > 64) throw new RangeError("its groups lie too deep in one another");
    const messages = readObjectHeader(file, address), attrs = attributesOf(file, place, messages);
    if (isGroup(messages)) return new H5Group(file, path, address, messages, attrs, above);
    return isDataset(messages) ? openDataset(file, path, messages, attrs) : undefined;
  });
}

/** The attributes, read when they are asked for. */
function attributesOf(file: H5File, place: Place, messages: readonly HeaderMessage[]): () => Attributes {
  let known: Attributes | undefined;
  return () => known ??= explained(place, () => readAttributes(file, messages, (address) => pathOf(file, address)));
}

/** The path of the object whose header is at `address`: a reference has no more. */
function pathOf(file: H5File, address: number): string | undefined {
  return (file.paths ??= allPaths(file)).get(address);
}

/** Every object that can be reached, by its address. */
function allPaths(file: H5File): ReadonlyMap<number, string> {
  const paths = new Map([[file.root, ""]]);
  for (const [address, path] of paths) {
    const messages = readObjectHeader(file, address);
    if (!isGroup(messages)) continue;
    for (const [name, link] of readLinks(file, messages)) {
      if (link.kind === "hard" && !paths.has(link.address)) paths.set(link.address, below(path, name));
    }
  }
  return paths;
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

/** Links to links to links: more is a circle. */
const MOST_SOFT_LINKS = 16;

class H5Group implements Group {
  readonly kind = "group";
  readonly source: string;
  readonly path: string;
  readonly format: StoreFormat = { kind: "h5ad" };
  readonly #file: H5File;
  readonly #address: number;
  readonly #messages: readonly HeaderMessage[];
  readonly #attrs: () => Attributes;
  readonly #above: readonly number[];
  #links: ReadonlyMap<string, Link> | undefined;

  constructor(
    file: H5File,
    path: string,
    address: number,
    messages: readonly HeaderMessage[],
    attrs: () => Attributes,
    above: readonly number[],
  ) {
    this.source = file.source;
    this.path = path;
    this.#file = file;
    this.#address = address;
    this.#messages = messages;
    this.#attrs = attrs;
    this.#above = above;
  }

  get attrs(): Attributes {
    return this.#attrs();
  }

  names(): readonly string[] {
    return [...this.#known().keys()].filter((name) => name !== "" && name !== ".").sort(compareCodePoints);
  }

  child(name: string): Node | undefined {
    const link = this.#known().get(name), path = below(this.path, name);
    if (link === undefined || name === "" || name === ".") return undefined;
    const known = this.#file.knownGroup(path);
    if (known !== undefined) return known;
    const address = explained(new Place(this.source, path), () => this.#addressOf(link, this.#links, 0));
    const node = openObject(this.#file, address, path, [...this.#above, this.#address]);
    if (node?.kind === "group") this.#file.keepGroup(node);
    return node;
  }

  #known(): ReadonlyMap<string, Link> {
    return this.#links ??= explained(new Place(this.source, this.path), () => readLinks(this.#file, this.#messages));
  }

  /** The address that `link`, which stands among `links`, leads to. */
  #addressOf(link: Link, links: ReadonlyMap<string, Link> | undefined, soft: number): number {
    if (link.kind === "hard") return link.address;
    if (link.kind === "other") throw new NotSupported("links to other files are not supported");
    if (soft >= MOST_SOFT_LINKS) throw new RangeError("it is a link that goes round in a circle");
    const { target } = link, isAbsolute = target.startsWith("/"), file = this.#file;
    let at = file.root, known = isAbsolute ? linksAt(file, file.root) : links;
    for (const name of target.split("/").filter((part) => part !== "" && part !== ".")) {
      const next = known?.get(name);
      if (next === undefined) throw new RangeError(`it is a link to "${target}", where nothing is`);
      at = this.#addressOf(next, known, soft + 1);
      known = linksAt(file, at);
    }
    return at;
  }
}

/** The links of the object at `address`, where it is a group. */
function linksAt(file: H5File, address: number): ReadonlyMap<string, Link> | undefined {
  const messages = readObjectHeader(file, address);
  return isGroup(messages) ? readLinks(file, messages) : undefined;
}

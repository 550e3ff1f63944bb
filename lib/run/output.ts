/**
 * The output on its way: built under a hidden name beside its target, seen by nobody before it is whole.
 *
 * @module
 */
import { OutputExistsError } from "../base/errors.ts";
import { isFolder } from "../storage/store.ts";
import type { Folders } from "./bench.ts";

/** A folder in which an output grows. */
export class Output {
  readonly #target: string;
  readonly #hidden: string;
  readonly #overwrite: boolean;
  readonly #lock: Deno.FsFile;

  /** Make the hidden folder for `target`, and clear away what killed runs left there. */
  static create(target: string, overwrite: boolean): Output {
    const path = target.replace(/\/+$/, ""), parent = parentOf(path), name = path.slice(path.lastIndexOf("/") + 1);
    if (!isFolder(parent)) {
      throw new Deno.errors.NotFound(`Cannot write "${target}": Parent directory of ${target} does not exist`);
    }
    if (!overwrite && exists(path)) {
      throw new OutputExistsError(`Cannot write "${target}": it exists; choose another name, or --overwrite`, {
        source: target,
      });
    }
    clearStale(parent, name);
    return new Output(path, `${parent}/.${name}.anncat-${crypto.randomUUID().slice(0, 8)}`, overwrite);
  }

  private constructor(target: string, hidden: string, overwrite: boolean) {
    this.#target = target;
    this.#hidden = hidden;
    this.#overwrite = overwrite;
    // The lock is held as long as this process lives: a hidden folder whose lock is free was left by one that was
    // killed. It gets its name when it is locked, so that no other run takes it for such a one.
    const fresh = `${hidden}.new`;
    Deno.mkdirSync(fresh);
    this.#lock = Deno.openSync(`${fresh}/lock`, { write: true, create: true });
    this.#lock.lockSync(true);
    Deno.renameSync(fresh, hidden);
    Deno.mkdirSync(this.folders.store);
    Deno.mkdirSync(this.folders.scratch);
  }

  /** Where the store and the scratch files go. */
  get folders(): Folders {
    return { store: `${this.#hidden}/store`, scratch: `${this.#hidden}/scratch` };
  }

  /** Give the finished store its name. */
  publish(): void {
    if (this.#overwrite && exists(this.#target)) Deno.renameSync(this.#target, `${this.#hidden}/replaced`);
    try {
      Deno.renameSync(this.folders.store, this.#target);
    } catch (error) {
      if (!exists(this.#target)) throw error;
      throw new OutputExistsError(`Cannot write "${this.#target}": it has come into being during the run`, {
        source: this.#target,
        cause: error,
      });
    }
    this.discard();
  }

  /** Remove the hidden folder. */
  discard(): void {
    this.#lock.close();
    Deno.removeSync(this.#hidden, { recursive: true });
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Remove what killed runs left beside `name` in `parent`. */
export function clearStale(parent: string, name: string): void {
  const prefix = `.${name}.anncat-`;
  for (const entry of Deno.readDirSync(parent)) {
    const isOurs = entry.isDirectory && entry.name.startsWith(prefix) && !entry.name.endsWith(".new");
    if (isOurs) removeIfStale(`${parent}/${entry.name}`);
  }
}

function removeIfStale(hidden: string): void {
  try {
    using lock = Deno.openSync(`${hidden}/lock`, { write: true });
    if (isFree(lock)) Deno.removeSync(hidden, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // A run has its lock before its folder has this name: what has none is a rest.
    if (exists(hidden)) Deno.removeSync(hidden, { recursive: true });
  }
}

/** Whether nobody holds the lock. Deno before 2.7 cannot tell without waiting for it. */
function isFree(lock: Deno.FsFile): boolean {
  const { tryLockSync } = lock as { readonly tryLockSync?: (exclusive: boolean) => boolean };
  return tryLockSync?.call(lock, true) ?? false;
}

/**
 * The output on its way: built under a hidden name beside its target, seen by nobody before it is whole.
 *
 * @module
 */
import { OutputExistsError, ResumeError, UnsupportedError } from "../base/errors.ts";
import { walkSync } from "../deps.ts";
import { folderOfTasks } from "../storage/create.ts";
import { segmentFolder } from "../storage/h5/segment_folder.ts";
import type { StoreFormat } from "../storage/node.ts";
import { exists, isFolder } from "../storage/store.ts";
import type { Folders } from "./bench.ts";
import { flushFolder, flushStore } from "./flush.ts";
import type { PublishOptions } from "./open_output.ts";
import { refuseInputs, refuseOther } from "./replace.ts";

/** An output that is begun. */
export interface NewOutput {
  /** Whether a store that exists is replaced. */
  readonly overwrite: boolean;
  readonly format: StoreFormat;
  /** Where the inputs are, which must not be replaced. @default {[]} */
  readonly inputs?: readonly string[];
}

/** A folder in which an output grows. */
export class Output {
  /** Whether a run that was stopped left the folder. */
  readonly isTakenOver: boolean;
  /** The hidden folder. */
  readonly folder: string;
  readonly #target: string;
  readonly #overwrite: boolean;
  readonly #lock: Deno.FsFile;

  /**
   * The hidden folder for `target`: with `resume` the one that a stopped run left, else (or where there is none) a new
   * one, and what stopped runs left is cleared away.
   */
  static open(
    target: string,
    { overwrite, resume, format, inputs = [] }: NewOutput & { readonly resume: boolean },
  ): Output {
    const path = target.replace(/\/+$/, "");
    refuseNoParent(target, path);
    refuseInputs(target, path, inputs);
    if (resume && !("tryLockSync" in Deno.FsFile.prototype)) {
      throw new UnsupportedError(`Cannot resume "${target}" with Deno ${Deno.version.deno}: it takes 2.7 or later`);
    }
    const left = hiddenFolders(path).flatMap((folder) => recover(folder, path, resume));
    try {
      refuseExisting(target, path, overwrite);
    } catch (error) {
      for (const { lock } of left) lock.close();
      throw error;
    }
    const [found, ...others] = left.toSorted((a, b) => b.changed - a.changed);
    for (const { folder, lock } of resume ? others : left) removeFolder(folder, lock);
    if (resume && found !== undefined) {
      refuseLinks(target, found);
      return new Output(path, found.folder, overwrite, found.lock);
    }
    const { folder, lock } = makeFolder(path, format);
    return new Output(path, folder, overwrite, lock, false);
  }

  /**
   * A new hidden folder for an output that other processes fill, with nobody's lock on it: who comes last takes it over
   * by {@linkcode Output.adopt}. Runs that make the output by themselves leave it alone.
   */
  static prepare(target: string, { overwrite, format, inputs = [] }: NewOutput): string {
    const path = target.replace(/\/+$/, "");
    refuseNoParent(target, path);
    refuseInputs(target, path, inputs);
    refuseExisting(target, path, overwrite);
    const { folder, lock } = makeFolder(path, format, "tasks");
    Deno.mkdirSync(partialIn(folder));
    lock.close();
    return folder;
  }

  /** Take over the hidden folder of {@linkcode Output.prepare}; waits for who has it. */
  static adopt(target: string, folder: string, overwrite: boolean): Output {
    const lock = Deno.openSync(`${folder}/lock`, { write: true });
    lock.lockSync(true);
    return new Output(target.replace(/\/+$/, ""), folder, overwrite, lock);
  }

  private constructor(target: string, folder: string, overwrite: boolean, lock: Deno.FsFile, isTakenOver = true) {
    this.#target = target;
    this.folder = folder;
    this.#overwrite = overwrite;
    this.#lock = lock;
    this.isTakenOver = isTakenOver;
  }

  /** Where the store and the scratch files go. */
  get folders(): Folders {
    return { store: storeIn(this.folder), scratch: `${this.folder}/scratch` };
  }

  /** Give the finished store its name; with `sync` when all of it is on the disk, else when its metadata is. */
  publish({ sync = false }: PublishOptions = {}): void {
    flushStore(this.folders.store, sync);
    const replaced = `${this.folder}/replaced`, isThere = this.#overwrite && exists(this.#target);
    if (isThere) {
      refuseOther(this.#target, this.#target); // it may have come into being since the start
      Deno.renameSync(this.#target, replaced);
    }
    try {
      moveNew(this.folders.store, this.#target);
    } catch (error) {
      if (!exists(this.#target)) {
        if (isThere) Deno.renameSync(replaced, this.#target);
        throw error;
      }
      throw new OutputExistsError(`Cannot write "${this.#target}": it has come into being during the run`, {
        source: this.#target,
        cause: error,
      });
    }
    flushFolder(placeOf(this.#target).parent);
    this.discard();
  }

  /** Leave the hidden folder to a run that resumes. */
  keep(): void {
    this.#lock.close();
  }

  /** Remove the hidden folder. */
  discard(): void {
    removeFolder(this.folder, this.#lock);
  }
}

/** Move a folder or a file to where nothing may be. */
function moveNew(from: string, to: string): void {
  if (isFolder(from)) return Deno.renameSync(from, to);
  // A file would take another one's place without a word, which a second name for it does not.
  try {
    Deno.linkSync(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    return moveToKept(from, to);
  }
  Deno.removeSync(from);
}

/**
 * As {@linkcode moveNew}, where a file system has no second names: an empty file keeps the place. (That one is taken over
 * by another file makes ext4 write all of that to the disk first.)
 */
function moveToKept(from: string, to: string): void {
  Deno.openSync(to, { write: true, createNew: true }).close();
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    Deno.removeSync(to);
    throw error;
  }
}

/** Where the store grows in the hidden folder `folder`. */
function storeIn(folder: string): string {
  return `${folder}/store`;
}

/** Where objects grow in the hidden folder `folder` that several processes fill. */
function partialIn(folder: string): string {
  return `${folder}/partial`;
}

/** Where processes that fill the hidden folder `folder` together write; what only they need goes to `scratch`. */
export function sharedFolders(folder: string, scratch: string): Folders {
  return { store: storeIn(folder), scratch, partial: partialIn(folder) };
}

/** The hidden folders of runs that make the output at `path`, live ones included. */
export function hiddenFolders(path: string): string[] {
  const { parent, name } = placeOf(path), prefix = `.${name}.anncat-`;
  return Array.from(Deno.readDirSync(parent))
    .filter((entry) => entry.isDirectory && entry.name.startsWith(prefix))
    .map((entry) => `${parent}/${entry.name}`);
}

function refuseNoParent(target: string, path: string): void {
  if (isFolder(placeOf(path).parent)) return;
  throw new Deno.errors.NotFound(`Cannot write "${target}": Parent directory of ${target} does not exist`);
}

function refuseExisting(target: string, path: string, overwrite: boolean): void {
  if (!exists(path)) return;
  if (overwrite) return refuseOther(target, path);
  throw new OutputExistsError(`Cannot write "${target}": it exists; choose another name, or --overwrite`, {
    source: target,
  });
}

/** Make a hidden folder; its lock is held as long as this process lives. */
function makeFolder(
  path: string,
  format: StoreFormat,
  mark = "anncat",
): { readonly folder: string; readonly lock: Deno.FsFile } {
  const { parent, name } = placeOf(path), folder = `${parent}/.${name}.${mark}-${crypto.randomUUID().slice(0, 8)}`;
  Deno.mkdirSync(folder);
  try {
    const lock = Deno.openSync(`${folder}/lock`, { write: true, create: true });
    lock.lockSync(true);
    // Another run may have taken the folder for one that was left, before the lock was held.
    if (exists(`${folder}/lock`)) {
      Deno.mkdirSync(`${folder}/scratch`);
      Deno.mkdirSync(folderOfTasks(storeIn(folder), format));
      return { folder, lock };
    }
    lock.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return makeFolder(path, format, mark);
}

/** Refuse to go on in a hidden folder with links in it, which anncat never makes: writing would lead elsewhere. */
function refuseLinks(target: string, { folder, lock }: Left): void {
  for (const { path, isSymlink } of walkSync(folder)) {
    if (!isSymlink) continue;
    lock.close();
    const way = "it is a symbolic link, which anncat does not make; without --resume it starts anew";
    throw new ResumeError(`Cannot resume "${target}" with "${path}": ${way}`, { source: target });
  }
}

/** Remove a hidden folder, whose lock goes last: what has none is empty. */
function removeFolder(folder: string, lock: Deno.FsFile): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (name !== "lock") Deno.removeSync(`${folder}/${name}`, { recursive: true });
  }
  Deno.removeSync(`${folder}/lock`);
  Deno.removeSync(folder);
  lock.close();
}

function placeOf(path: string): { readonly parent: string; readonly name: string } {
  const slash = path.lastIndexOf("/");
  return { parent: slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash), name: path.slice(slash + 1) };
}

/** Remove what killed runs left of the output at `path`. */
export function clearLeft(path: string): void {
  for (const { folder, lock } of hiddenFolders(path).flatMap((each) => recover(each, path, false))) {
    removeFolder(folder, lock);
  }
}

/** What a stopped run left, locked by us. */
interface Left {
  readonly folder: string;
  readonly lock: Deno.FsFile;
  /** When something was last done in it. */
  readonly changed: number;
}

/**
 * Lock a hidden folder that a stopped run left; nothing where a live one has it. A run that was stopped while it
 * replaced `target` has moved that into its folder: it goes back. One that was stopped afterwards has left nothing.
 */
function recover(folder: string, target: string, resume: boolean): Left[] {
  const lock = lockOf(folder);
  if (lock === "gone" || (lock === "held" && !resume)) return [];
  if (lock === "held") {
    throw new ResumeError(`Cannot resume "${target}": another run is at work on it; wait for its end`, {
      source: target,
    });
  }
  if (exists(`${folder}/replaced`) && !exists(target)) Deno.renameSync(`${folder}/replaced`, target);
  // A file is put together when all tasks are done: before that there are only its parts.
  const isLeft = [storeIn(folder), segmentFolder(storeIn(folder))].some(exists);
  if (isLeft) return [{ folder, lock, changed: changedAt(`${folder}/journal`) }];
  removeFolder(folder, lock);
  return [];
}

/** The lock of a hidden folder, where nobody holds it. Deno before 2.7 cannot tell without waiting for it. */
function lockOf(folder: string): Deno.FsFile | "held" | "gone" {
  try {
    const lock = Deno.openSync(`${folder}/lock`, { write: true });
    const { tryLockSync } = lock as { readonly tryLockSync?: (exclusive: boolean) => boolean };
    if (tryLockSync?.call(lock, true) ?? false) return lock;
    lock.close();
    return "held";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    removeEmpty(folder);
    return "gone";
  }
}

/** Remove a folder that holds nothing: its run was stopped before it had a lock, or when it had none any more. */
function removeEmpty(folder: string): void {
  try {
    Deno.removeSync(folder);
  } catch {
    // It is gone, or a run has just put its lock into it.
  }
}

function changedAt(path: string): number {
  return exists(path) ? Deno.statSync(path).mtime?.getTime() ?? 0 : 0;
}

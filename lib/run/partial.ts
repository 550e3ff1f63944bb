/**
 * What a run that was stopped has left.
 *
 * @module
 */
import { isS3 } from "../base/location.ts";
import { readJournal } from "./journal.ts";
import { hiddenFolders } from "./output.ts";

/** The work of a run that was stopped. */
export interface PartialWork {
  /** The hidden folder. */
  readonly folder: string;
  /** The tasks that are done. */
  readonly done: number;
  /** The tasks in all. */
  readonly tasks: number;
}

/** The work that stopped runs have left of the output at `path`, the live ones' too. */
export function partialWork(path: string): PartialWork[] {
  if (isS3(path)) return [];
  return hiddenFolders(path.replace(/\/+$/, "")).flatMap((folder) => {
    const journal = readJournal(folder);
    return journal === undefined ? [] : [{ folder, done: journal.entries.length, tasks: journal.head.tasks }];
  });
}

/** Whether `error` came from outside: what the run did is right, and another one can go on with it. */
export function isStop(error: unknown, signal: AbortSignal | undefined): boolean {
  const { code } = error as { readonly code?: unknown };
  return signal?.aborted === true || code === "ENOSPC" || code === "EDQUOT" || code === "EIO";
}

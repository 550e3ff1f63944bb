/**
 * The resident memory of a process and of all that it started, as Linux tells it.
 *
 * Source: proc(5), `/proc/PID/status` (VmRSS, VmHWM) and `/proc/PID/task/TID/children`.
 *
 * @module
 */
import { UnsupportedError } from "../base/errors.ts";

/** Bytes at one moment. */
export interface Resident {
  /** Of the whole tree; pages that several processes share count for each. */
  readonly now: number;
  /** The most that any one of them has had so far. */
  readonly most: number;
}

/** Refuse where the memory of other processes cannot be read. */
export function checkReadable(): void {
  if (Deno.build.os !== "linux") {
    throw new UnsupportedError(`Cannot measure memory on ${Deno.build.os}: bench reads Linux's /proc`);
  }
  try {
    Deno.readTextFileSync("/proc/self/status");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Deno.errors.NotCapable("Cannot measure memory without --allow-all: nothing less lets Deno read /proc");
  }
}

/** What the tree below `pid` takes. Processes that end meanwhile count nothing. */
export function residentOf(pid: number): Resident {
  let now = 0, most = 0;
  for (const each of tree(pid)) {
    const status = read(`/proc/${each}/status`);
    now += bytes(status, "VmRSS");
    most = Math.max(most, bytes(status, "VmHWM"));
  }
  return { now, most };
}

function tree(pid: number): number[] {
  const found = [pid];
  for (const each of found) {
    for (const task of list(`/proc/${each}/task`)) {
      found.push(...read(`/proc/${each}/task/${task}/children`).split(" ").filter((text) => text !== "").map(Number));
    }
  }
  return found;
}

function bytes(status: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isGone(error)) return "";
    throw error;
  }
}

function list(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Whether the process has ended: its files are gone, or (ESRCH) are there and cannot be read. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || (error as { readonly code?: unknown }).code === "ESRCH";
}

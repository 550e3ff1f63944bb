/**
 * The memory and processor time of a process and of all that it started, as Linux tells it.
 *
 * Source: proc(5), `/proc/PID/status` (VmRSS, VmHWM), `/proc/PID/stat` and `/proc/PID/task/TID/children`.
 *
 * @module
 */
import { UnsupportedError } from "../base/errors.ts";

/** What a tree of processes has taken at one moment. */
export interface Usage {
  /** Resident bytes of the whole tree; pages that several processes share count for each. */
  readonly now: number;
  /** The most resident bytes that any one of them has had so far. */
  readonly most: number;
  /** Seconds of processor time, in user code and in the system, of all threads and of children that have ended. */
  readonly cpu: number;
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
export function usageOf(pid: number): Usage {
  let now = 0, most = 0, cpu = 0;
  for (const each of tree(pid)) {
    const status = read(`/proc/${each}/status`);
    now += bytes(status, "VmRSS");
    most = Math.max(most, bytes(status, "VmHWM"));
    cpu += cpuSeconds(read(`/proc/${each}/stat`));
  }
  return { now, most, cpu };
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

/** Ticks of `/proc` in a second: USER_HZ, the same on every Linux that Deno runs on. */
const TICKS = 100;

/** utime, stime, cutime and cstime: fields 14 to 17, counted behind the name in parentheses. */
function cpuSeconds(stat: string): number {
  const fields = stat.replace(/^.*\) /s, "").split(" ").slice(11, 15);
  return fields.reduce((sum, field) => sum + Number(field), 0) / TICKS;
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

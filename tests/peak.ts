/** The memory of another process. */
import { pause } from "./child.ts";

/** Peak resident bytes of a process so far; undefined once it has ended, or where there is no /proc. */
export function peakOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined; // it has ended
  }
}

/** Peak resident bytes of `child` over its life. */
export async function peakWhile(child: Deno.ChildProcess): Promise<number> {
  let peak = 0, ended = false;
  const status = child.status.then(() => ended = true);
  while (!ended) {
    peak = Math.max(peak, peakOf(child.pid) ?? 0);
    await pause(10);
  }
  await status;
  return peak;
}

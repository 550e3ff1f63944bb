/**
 * Filling free memory with page cache. A virtual machine that gives its host back what lies free has to ask for every page
 * of a new file again: writing took 0.4 GB/s there, and 3.4 into pages that held older files. That would be most of what a
 * fast program's time says.
 *
 * @module
 */

/** Memory that stays free: where less is left, the kernel makes room itself, and more than was asked for. */
const FREE_SHARE = 1 / 16;
const STEP_BYTES = 2 ** 23;

/** Read an empty file as large as memory, on from where the last call stopped, until little memory lies free. */
export function fillMemory(folder: string): void {
  const { total } = Deno.systemMemoryInfo(), step = new Uint8Array(STEP_BYTES);
  using file = Deno.openSync(`${folder}/filler`, { read: true, write: true, create: true });
  file.truncateSync(total);
  for (let read = 0; read < total && Deno.systemMemoryInfo().free > total * FREE_SHARE; read += STEP_BYTES) {
    file.seekSync(place, Deno.SeekMode.Start);
    file.readSync(step);
    place = (place + STEP_BYTES) % total;
  }
}

/** Where the next call reads on: what was read longest ago is what the kernel drops first. */
let place = 0;

/**
 * Sizes in bytes, read and shown.
 *
 * @module
 */

const UNITS: ReadonlyMap<string, number> = new Map(Object.entries({
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
}));

/** Read a size such as `256MiB`, `1GB`, `4g` or `1000000` into bytes. */
export function parseBytes(text: string | number): number {
  if (typeof text === "number") return text;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(text);
  const unit = UNITS.get(match?.[2]?.toLowerCase() ?? "?");
  if (match === null || unit === undefined) {
    throw new RangeError(`Cannot read "${text}" as a size: write it like 256MiB or 1GB`);
  }
  const bytes = Math.floor(Number(match[1]) * unit);
  if (bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw new RangeError(`Cannot read "${text}" as a size: it is more than any machine has`);
}

/** Show bytes for people: `512 B`, `1.5 MiB`, `12 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes, unit = 0;
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  while (Math.round(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

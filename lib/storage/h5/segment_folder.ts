/**
 * The folder of an HDF5 file on its way: a module of its own, as every run asks for it.
 *
 * @module
 */

/** Where the segments of the file at `path` are. */
export function segmentFolder(path: string): string {
  return `${path}.parts`;
}

/**
 * What goes wrong in an HDF5 file, in the words of its readers.
 *
 * @module
 */
import { needsNoWords, type Place } from "../place.ts";
import { NotSupported } from "./fields.ts";

/** Run `step`; plain errors become those that say where. */
export function explained<T>(place: Place, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (needsNoWords(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof NotSupported) throw place.unsupported(why);
    if (error instanceof RangeError) throw place.broken(why, error);
    throw error;
  }
}

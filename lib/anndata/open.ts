/**
 * From where a store is to the AnnData in it, in today's form whatever version wrote it.
 *
 * @module
 */
import type { Group } from "../storage/node.ts";
import { type Location, openGroup, type OpenOptions } from "../storage/open.ts";
import { lift } from "./legacy.ts";

/** Open the store at `location`, an AnnData of any version. */
export async function openStore(location: Location, options: OpenOptions): Promise<Group> {
  return await lift(await openGroup(location, options));
}

/**
 * Planning mappings as groups.
 *
 * @module
 */
import type { Draft } from "./draft.ts";

/** A mapping that is to be filled. */
export function planGroup(draft: Draft, path: string): void {
  draft.group(path, { "encoding-type": "dict", "encoding-version": "0.1.0" });
}

/**
 * Every package that the module uses, by name and version: the one file with specifiers from outside. Modules that are
 * imported over the network do not see deno.json, so the specifiers are written out here.
 *
 * @module
 */

/** zarrita, loaded when something asks for it: it takes longer to start than the rest of a run that needs it not. */
export function zarrita(): Promise<typeof import("npm:zarrita@^0.7.5")> {
  return import("npm:zarrita@^0.7.5");
}

export { parseArgs } from "jsr:@std/cli@^1/parse-args";
export { walkSync } from "jsr:@std/fs@^1";

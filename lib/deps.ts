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

/** aws4fetch, which signs requests to object stores: loaded for the first of them. */
export function aws4fetch(): Promise<typeof import("npm:aws4fetch@^1.0.20")> {
  return import("npm:aws4fetch@^1.0.20");
}

export { parseArgs } from "jsr:@std/cli@^1/parse-args";
export { walkSync } from "jsr:@std/fs@^1";

/** What of Vega and Vega-Lite is used. */
export interface Plotting {
  /** Vega: a view of a parsed specification, which can draw itself as SVG. */
  readonly vega: {
    readonly parse: (spec: object) => object;
    readonly View: new (runtime: object, options: object) => { toSVG(): Promise<string>; finalize(): unknown };
  };
  /** Vega-Lite: its specifications as Vega's. */
  readonly lite: { readonly compile: (spec: object, options: object) => { readonly spec: object } };
}

/**
 * Vega and Vega-Lite, fetched when a plot is drawn: they are large. Were the names written where they are imported,
 * Deno would see and fetch them before the first run of any command.
 */
export async function plotting(): Promise<Plotting> {
  const names = ["npm:vega@^6.2.0", "npm:vega-lite@^6.4.1"] as const;
  const [vega, lite] = await Promise.all(names.map((name) => import(name)));
  return { vega, lite };
}

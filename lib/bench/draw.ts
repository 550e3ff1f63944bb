/**
 * A Vega-Lite specification as SVG, drawn without a browser.
 *
 * @module
 */
import { plotting } from "../deps.ts";
import type { Spec } from "./charts.ts";

/** Draw `spec`. Errors of Vega are thrown; what it warns of, such as a scale without values, is no reason to draw nothing. */
export async function drawSvg(spec: Spec): Promise<string> {
  const { vega, lite } = await plotting();
  const fail = (...what: readonly unknown[]): never => {
    throw new TypeError(`Cannot draw a plot: ${what.map(String).join(" ")}`);
  };
  const quiet = { level: () => quiet, error: fail, warn: () => quiet, info: () => quiet, debug: () => quiet };
  const compiled = lite.compile(spec, { logger: quiet });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: "none", logger: quiet });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

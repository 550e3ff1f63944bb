/**
 * `deno test`, counted.
 *
 * @module
 */
import { type Count, run } from "./count.ts";

/** Run `deno test` with these arguments, its output passed through, and count from its own JUnit report. */
export async function denoTest(args: readonly string[]): Promise<Count> {
  const report = Deno.makeTempFileSync({ suffix: ".xml" });
  try {
    const succeeded = await run(["test", "-A", `--junit-path=${report}`, ...args]);
    const count = readReport(Deno.readTextFileSync(report));
    if (succeeded && count.failed === 0) return count;
    // Where a module does not load or compile, the report does not say so.
    return { passed: count.passed, failed: Math.max(count.failed, 1) };
  } finally {
    Deno.removeSync(report);
  }
}

/** Count a JUnit report's cases; ignored ones are neither passed nor failed. */
function readReport(xml: string): Count {
  const whole = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
  const number = (text: string, name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const failed = number(whole, "failures") + number(whole, "errors");
  const skipped = [...xml.matchAll(/<testsuite\b[^>]*>/g)].reduce((n, [suite]) => n + number(suite, "disabled"), 0);
  return { passed: number(whole, "tests") - failed - skipped, failed };
}

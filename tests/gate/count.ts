/**
 * What a run of checks came to, and the plain line that says so.
 *
 * @module
 */

/** How many checks passed and failed. */
export interface Count {
  /** Those that passed. */
  readonly passed: number;
  /** Those that failed. */
  readonly failed: number;
}

/** The sum of some counts. */
export function sum(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((total, { passed }) => total + passed, 0),
    failed: counts.reduce((total, { failed }) => total + failed, 0),
  };
}

/** The line that closes a run: `12 passed, 0 failed`. */
export function countLine({ passed, failed }: Count): string {
  return `${passed} passed, ${failed} failed`;
}

/** Print the closing line and leave with the status that fits; a run without a single check has failed. */
export function close(count: Count): never {
  const isEmpty = count.passed + count.failed === 0;
  console.log(countLine(isEmpty ? { passed: 0, failed: 1 } : count));
  Deno.exit(count.failed > 0 || isEmpty ? 1 : 0);
}

/** Run a command with its output passed through; whether it succeeded. */
export async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], env: { ...env }, stdin: "null" });
  return (await command.spawn().status).success;
}

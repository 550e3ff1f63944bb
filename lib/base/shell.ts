/**
 * Words as a shell reads them.
 *
 * @module
 */

/** An argument in quotes where a shell would read it otherwise. */
export function shellQuoted(argument: string): string {
  return /^[\w./:=,+@%-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

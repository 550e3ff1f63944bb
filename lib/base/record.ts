/**
 * Objects by which things are found under names that users choose.
 *
 * @module
 */

/** What `record` has under `name`; undefined where it has nothing, whatever all objects have, as under `constructor`. */
export function valueUnder<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

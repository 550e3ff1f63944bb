/**
 * Where inputs are, as text: a path, or a URL.
 *
 * @module
 */

/** Whether `location` is a URL that is read over the network. */
export function isRemote(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

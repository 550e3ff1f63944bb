/**
 * Where stores are, as text: a path, or a URL.
 *
 * @module
 */

/** Whether `location` is a URL of any kind. */
export function isUrl(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location);
}

/** Whether `location` is a URL that is read over the network. */
export function isRemote(location: string): boolean {
  return /^https?:\/\//i.test(location) || isS3(location);
}

/** Whether `location` is in an object store: `s3://bucket/key`. */
export function isS3(location: string): boolean {
  return /^s3:\/\//i.test(location);
}

/** `key` as it stands in a URL: everything but letters, digits, `-._~` and slashes is escaped. */
export function encodeSegments(key: string): string {
  const escape = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return key.split("/").map((part) => encodeURIComponent(part).replace(/[!'()*]/g, escape)).join("/");
}

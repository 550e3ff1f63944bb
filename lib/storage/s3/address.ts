/**
 * From `s3://bucket/key` to the URL of its objects.
 *
 * @module
 */
import { encodeSegments } from "../../base/location.ts";
import { isUnsafe } from "../store.ts";

/** Bytes of objects that are on their way from a thread; an object that is larger goes in parts, one at a time. */
export const ON_THE_WAY = 16 * 2 ** 20;

/** A place in a bucket. */
export interface S3Address {
  /** The bucket's name. */
  readonly bucket: string;
  /** The key in front of everything in the place, without a slash at its end; empty for the whole bucket. */
  readonly key: string;
}

/** Read `location`; a `TypeError` where it is no place in a bucket. */
export function parseS3(location: string): S3Address {
  const [, bucket = "", path = ""] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(location) ?? [];
  const key = path.replace(/\/+$/, "");
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(bucket)) {
    throw new TypeError(`Cannot open "${location}": it names no bucket; write s3://BUCKET/KEY`);
  }
  if (key !== "" && isUnsafe(`/${key}`)) {
    throw new TypeError(`Cannot open "${location}": no part of its key may be empty, "." or ".."`);
  }
  return { bucket, key };
}

/**
 * The URL of `bucket`, without a slash at its end. At Amazon the bucket is a part of the host's name, where that can be;
 * at an endpoint of one's own it is the first part of the path, which every server understands.
 */
export function bucketUrl(bucket: string, endpoint: string | undefined, region: string): URL {
  if (endpoint !== undefined) return new URL(`${endpoint.replace(/\/+$/, "")}/${bucket}`);
  const domain = `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  // A dot in a bucket's name would not fit the certificate.
  return new URL(/^[a-z0-9-]+$/.test(bucket) ? `https://${bucket}.${domain}` : `https://${domain}/${bucket}`);
}

/** The URL of the object `key` of the bucket at `base`. */
export function objectUrl(base: URL, key: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, "") + (key === "" ? "/" : `/${encodeSegments(key)}`);
  return url;
}

/** `endpoint`, where it is the URL of a server. */
export function checkEndpoint(endpoint: string): string {
  if (/^https?:\/\//i.test(endpoint) && URL.canParse(endpoint)) return endpoint;
  throw new TypeError(`Cannot use the endpoint "${endpoint}": it is a URL that starts with http:// or https://`);
}

/**
 * A store in a bucket, read object by object.
 *
 * @module
 */
import { type Dialect, type HttpOptions, HttpStore } from "../http.ts";
import type { StoreKey } from "../store.ts";
import { s3Access } from "./access.ts";
import { bucketUrl, objectUrl, parseS3 } from "./address.ts";
import { judge } from "./answer.ts";
import { S3Bucket } from "./bucket.ts";
import { signedHeaders, type SigningKeys } from "./sign.ts";

/** How a store in a bucket is asked. */
export interface S3Options extends HttpOptions {
  /** The server; null or undefined for what the environment says, or Amazon's. */
  readonly endpoint?: string | null | undefined;
}

/** The zarr store at `s3://bucket/key`. */
export class S3Store extends HttpStore {
  readonly #key: string;
  readonly #bucket: S3Bucket;

  /** Read the store at `location`. */
  constructor(location: string, options: S3Options = {}) {
    const { bucket, key } = parseS3(location), access = s3Access(location, options.endpoint);
    const base = bucketUrl(bucket, access.endpoint, access.region), keys: SigningKeys = new Map();
    const dialect: Dialect = {
      source: location,
      name: (url) => `s3://${bucket}/${decodeURIComponent(url.pathname.slice(objectUrl(base, "").pathname.length))}`,
      headers: (url) => signedHeaders(access, { method: "GET", url }, keys),
      redirect: "manual",
      async judge(response) {
        const { status, headers } = response;
        return judge({ status, text: await response.text(), header: (name) => headers.get(name) }, bucket, access);
      },
    };
    super(objectUrl(base, key), options, dialect);
    this.#key = key;
    this.#bucket = new S3Bucket(bucket, access, options);
  }

  /** The names directly under `prefix`. */
  async list(prefix: StoreKey): Promise<string[]> {
    const under = [this.#key, prefix.slice(1)].filter((part) => part !== "").join("/"), names: string[] = [];
    for await (const keys of this.#bucket.list(under === "" ? "" : `${under}/`, "/")) names.push(...keys);
    return names.map((name) => name.slice(under === "" ? 0 : under.length + 1).replace(/\/$/, ""));
  }
}

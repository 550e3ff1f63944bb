/**
 * Signed requests (AWS Signature Version 4).
 *
 * @module
 */
import { createHash } from "node:crypto";
import { aws4fetch } from "../../deps.ts";
import type { S3Access } from "./access.ts";

/** A request to sign. */
export interface ToSign {
  /** The method. */
  readonly method: string;
  /** The URL, with its query. */
  readonly url: URL;
  /** Headers that the signature covers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent. */
  readonly body?: Uint8Array | undefined;
}

/** The SHA-256 of nothing. */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Keys that are derived from secrets for a day, kept by who signs many requests. */
export type SigningKeys = Map<string, ArrayBuffer>;

/** The headers by which the server knows who asks; the given ones alone where nobody is named. */
export async function signedHeaders(
  { credentials, region }: S3Access,
  { method, url, headers = {}, body }: ToSign,
  keys: SigningKeys,
): Promise<Readonly<Record<string, string>>> {
  if (credentials === undefined) return headers;
  const { AwsV4Signer } = await aws4fetch();
  const { sessionToken, ...pair } = credentials;
  const hash = body === undefined ? EMPTY : createHash("sha256").update(body).digest("hex");
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers, "x-amz-content-sha256": hash },
    ...pair,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: "s3",
    region,
    cache: keys,
  });
  const signed = await signer.sign();
  return Object.fromEntries(signed.headers);
}

/**
 * A bucket: listing, storing and removing objects, with patience.
 *
 * Source: Amazon S3 API Reference, ListObjectsV2, PutObject, CreateMultipartUpload, UploadPart, CompleteMultipartUpload,
 * AbortMultipartUpload, DeleteObjects.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { NetworkError } from "../../base/errors.ts";
import { encodeSegments } from "../../base/location.ts";
import { type Outcome, type Patience, type PatienceOptions, patiently, permissionError } from "../patience.ts";
import type { S3Access } from "./access.ts";
import { bucketUrl, objectUrl } from "./address.ts";
import { element, elements, escapeXml, judge } from "./answer.ts";
import { signedHeaders, type SigningKeys } from "./sign.ts";
import { type Received, send } from "./send.ts";

/** Bytes of one part of an object that is sent in parts; the last may be shorter. */
export const PART_BYTES = 8 * 2 ** 20;

/** Most keys that one request removes. */
const REMOVED_AT_ONCE = 1000;

/** A request. */
interface Asked {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** What is done, for messages. */
  readonly verb: "list" | "write" | "remove";
  /** The object; undefined for the bucket itself. */
  readonly key: string | undefined;
  /** What messages name instead of the bucket. */
  readonly about?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** An object that is sent in parts. */
export interface Pieces {
  /** Its length. */
  readonly length: number;
  /** The bytes `[start, end)`; their memory is not needed any more when the next ones are asked for. */
  read(start: number, end: number): Uint8Array;
}

/** A bucket. */
export class S3Bucket {
  readonly #name: string;
  readonly #access: S3Access;
  readonly #base: URL;
  readonly #options: PatienceOptions;
  readonly #keys: SigningKeys = new Map();

  /** The bucket `name`. */
  constructor(name: string, access: S3Access, options: PatienceOptions = {}) {
    this.#name = name;
    this.#access = access;
    this.#base = bucketUrl(name, access.endpoint, access.region);
    this.#options = options;
  }

  /** The keys that start with `prefix`, page by page; with `delimiter` each only up to the next one, and once. */
  async *list(prefix: string, delimiter?: string): AsyncGenerator<readonly string[]> {
    const fixed = { "list-type": "2", "encoding-type": "url", prefix, ...delimiter === undefined ? {} : { delimiter } };
    for (let token: string | null = "";;) {
      const query = { ...fixed, ...token === "" ? {} : { "continuation-token": token } };
      const { text } = await this.#ask({ method: "GET", verb: "list", key: undefined, about: prefix, query });
      const isEncoded = element(text, "EncodingType") === "url";
      const plain = (key: string) => isEncoded ? decodeURIComponent(key.replaceAll("+", " ")) : key;
      const folders = elements(text, "CommonPrefixes").flatMap((each) => elements(each, "Prefix"));
      const objects = elements(text, "Contents").flatMap((each) => elements(each, "Key"));
      yield [...folders, ...objects].map(plain);
      token = element(text, "IsTruncated") === "true" ? element(text, "NextContinuationToken") : null;
      if (token === null) return;
    }
  }

  /** Store `body` under `key`. */
  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#ask({ method: "PUT", verb: "write", key, body });
  }

  /** Store what may be too large to be in memory. It appears when all of it has come. */
  async putInParts(key: string, pieces: Pieces): Promise<void> {
    const object = { verb: "write", key } as const;
    const begun = await this.#ask({ ...object, method: "POST", query: { uploads: "" } });
    const uploadId = element(begun.text, "UploadId") ?? "";
    try {
      const parts: string[] = [];
      for (let at = 0; at < pieces.length; at += PART_BYTES) {
        const body = pieces.read(at, Math.min(pieces.length, at + PART_BYTES)), number = parts.length + 1;
        const query = { partNumber: String(number), uploadId };
        const sent = await this.#ask({ ...object, method: "PUT", query, body });
        const tag = escapeXml(sent.header("etag") ?? "");
        parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${tag}</ETag></Part>`);
      }
      const body = encode(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
      const { text } = await this.#ask({ ...object, method: "POST", query: { uploadId }, body });
      // A server that has begun to answer can only say so inside the answer.
      if (element(text, "Code") !== null) throw this.#error(object, saidIn(text));
    } catch (error) {
      await this.#ask({ ...object, method: "DELETE", query: { uploadId } }).catch(() => {});
      throw error;
    }
  }

  /** Remove the objects under `keys`, those that there are. */
  async remove(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += REMOVED_AT_ONCE) {
      const part = keys.slice(at, at + REMOVED_AT_ONCE);
      const objects = part.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join("");
      const body = encode(`<Delete><Quiet>true</Quiet>${objects}</Delete>`);
      const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
      const asked = { method: "POST", verb: "remove", key: undefined, about: part[0] ?? "" } as const;
      const { text } = await this.#ask({ ...asked, query: { delete: "" }, headers, body });
      const [failed] = elements(text, "Error");
      if (failed !== undefined) throw this.#error({ ...asked, about: element(failed, "Key") ?? "" }, saidIn(failed));
    }
  }

  async #ask(asked: Asked): Promise<Received> {
    const fail = (why: string, cause: unknown) => this.#error(asked, why, cause);
    return await patiently((patience) => this.#attempt(asked, patience), fail, this.#options);
  }

  async #attempt(asked: Asked, patience: Patience): Promise<Outcome<Received>> {
    const { method, key, query = {}, headers = {}, body } = asked, url = objectUrl(this.#base, key ?? "");
    url.search = Object.entries(query).map((pair) => pair.map(encodeQuery).join("=")).join("&");
    const signed = await signedHeaders(this.#access, { method, url, headers, body }, this.#keys);
    let answer: Received;
    try {
      answer = await send(url, { method, headers: signed, body }, patience);
    } catch (error) {
      throw permissionError(this.#what(asked), url, error) ?? error;
    }
    if (answer.status >= 200 && answer.status < 300) return { kind: "done", value: answer };
    const verdict = judge(answer, this.#name, this.#access);
    if (verdict.kind === "again") return verdict;
    throw this.#error(asked, verdict.kind === "refused" ? verdict.why : `the server answers ${answer.status}`);
  }

  #what({ verb, key, about }: Pick<Asked, "verb" | "key" | "about">): string {
    return `Cannot ${verb} "s3://${this.#name}/${key ?? about ?? ""}"`;
  }

  #error(asked: Pick<Asked, "verb" | "key" | "about">, why: string, cause?: unknown): NetworkError {
    return new NetworkError(`${this.#what(asked)}: ${why}`, { source: `s3://${this.#name}`, cause });
  }
}

function saidIn(xml: string): string {
  return `the server answers ${element(xml, "Code")} (${element(xml, "Message")})`;
}

function encodeQuery(text: string): string {
  return encodeSegments(text).replaceAll("/", "%2F");
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

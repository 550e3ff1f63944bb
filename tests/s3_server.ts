/**
 * An object store on this machine, in memory: signatures are recomputed here, by other code than what makes them, and
 * it fails where a test wants it to.
 *
 * Source: AWS General Reference, "Signature Version 4"; Amazon S3 API Reference.
 */
import { createHash, createHmac } from "node:crypto";
import { joined } from "./zip_file.ts";

/** The credentials that the server knows. */
export const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
} as const;

/** The environment that has them. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_REGION: "eu-central-1",
};

/** What was asked for. */
export interface AskedOfS3 {
  /** The method. */
  readonly method: string;
  /** Bucket and key, or `bucket` and the query. */
  readonly what: string;
  /** The range, as the header says it. */
  readonly range: string | null;
  /** The status of the answer. */
  readonly status: number;
}

/** A server that goes away at the end of a block. */
export interface S3Server extends AsyncDisposable {
  /** What `--s3-endpoint` takes. */
  readonly endpoint: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The objects by bucket, `/` and key. */
  readonly objects: Map<string, Uint8Array<ArrayBuffer>>;
  /** All requests, in their order. */
  readonly asked: AskedOfS3[];
  /** Objects that were sent in parts which nobody has put together or dropped. */
  readonly unfinished: () => number;
}

/** What a server does. */
export interface S3ServerOptions {
  /** An answer of the test's own; undefined leaves it to the server. */
  readonly answer?: (
    request: Request,
    what: string,
    earlier: number,
  ) => Promise<Response | undefined> | Response | undefined;
  /** Whether nobody need sign. @default {false} */
  readonly anonymous?: boolean;
  /** Most keys of one answer. @default {1000} */
  readonly page?: number;
}

/** Serve `buckets`, which are empty at first. */
export function serveS3(buckets: readonly string[], options: S3ServerOptions = {}): S3Server {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>(), asked: AskedOfS3[] = [];
  const uploads = new Map<string, Map<number, Uint8Array<ArrayBuffer>>>();
  const handler = async (request: Request): Promise<Response> => {
    const url = new URL(request.url), path = decodeURIComponent(url.pathname.slice(1)), slash = path.indexOf("/");
    const bucket = slash < 0 ? path : path.slice(0, slash), key = slash < 0 ? "" : path.slice(slash + 1);
    const what = key === "" ? `${bucket}${url.search}` : path;
    const earlier = asked.filter((one) => one.what === what && one.method === request.method).length;
    const body = new Uint8Array(await request.arrayBuffer());
    const isTold = Number(request.headers.get("content-length") ?? 0) === body.length;
    const response = (isTold ? undefined : failure(411, "MissingContentLength")) ??
      await options.answer?.(request, what, earlier) ??
      unsigned(request, url, body, options) ??
      (buckets.includes(bucket) ? answer(request, url, { bucket, key, body }) : failure(404, "NoSuchBucket"));
    asked.push({ method: request.method, what, range: request.headers.get("range"), status: response.status });
    return response;
  };
  const answer = (
    request: Request,
    url: URL,
    { bucket, key, body }: { bucket: string; key: string; body: Uint8Array<ArrayBuffer> },
  ) => {
    const name = `${bucket}/${key}`, query = url.searchParams, upload = query.get("uploadId") ?? "";
    switch (request.method) {
      case "GET":
        return key === ""
          ? listing(objects, bucket, query, options.page ?? 1000)
          : object(objects.get(name), request.headers.get("range"));
      case "PUT": {
        if (!query.has("partNumber")) objects.set(name, body);
        else uploads.get(upload)?.set(Number(query.get("partNumber")), body);
        return new Response(null, { headers: { etag: etag(body) } });
      }
      case "POST": {
        const text = new TextDecoder().decode(body);
        if (query.has("delete")) {
          const sum = createHash("md5").update(body).digest("base64");
          if (request.headers.get("content-md5") !== sum) return failure(400, "BadDigest");
          for (const [, removed = ""] of text.matchAll(/<Key>(.*?)<\/Key>/gs)) {
            objects.delete(`${bucket}/${unescape(removed)}`);
          }
          return xml("<DeleteResult></DeleteResult>");
        }
        if (query.has("uploads")) {
          const id = crypto.randomUUID();
          uploads.set(id, new Map());
          return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
        }
        const parts = uploads.get(upload);
        if (parts === undefined) return failure(404, "NoSuchUpload");
        const wanted = [...text.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag>/g)];
        const pieces = wanted.map(([, number, tag]) => {
          const part = parts.get(Number(number));
          return part !== undefined && etag(part) === unescape(tag ?? "") ? part : undefined;
        });
        if (pieces.some((piece, at) => piece === undefined || (at < pieces.length - 1 && piece.length < 5 * 2 ** 20))) {
          return failure(400, "InvalidPart");
        }
        objects.set(name, joined(pieces as Uint8Array[]));
        uploads.delete(upload);
        return xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
      }
      case "DELETE":
        if (upload === "") objects.delete(name);
        else uploads.delete(upload);
        return new Response(null, { status: 204 });
      default:
        return failure(405, "MethodNotAllowed");
    }
  };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, onError: () => new Response(null) },
    handler,
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    endpoint: `http://${host}`,
    host,
    objects,
    asked,
    unfinished: () => uploads.size,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Put the files under `folder` into `objects` under `bucket/key`. */
export function fillBucket(objects: S3Server["objects"], files: ReadonlyMap<string, Uint8Array>, under: string): void {
  for (const [name, bytes] of files) objects.set(`${under}/${name}`, new Uint8Array(bytes));
}

/** The objects under `under` by their names there. */
export function objectsUnder(objects: S3Server["objects"], under: string): Map<string, Uint8Array> {
  const found = [...objects].filter(([name]) => name.startsWith(`${under}/`));
  return new Map(
    found.map(([name, bytes]) => [name.slice(under.length + 1), bytes] as const).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/** An error as S3 says it. */
export function failure(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>It is ${code}.</Message></Error>`, {
    status,
    headers,
  });
}

function xml(text: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function etag(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function unescape(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}

function object(bytes: Uint8Array<ArrayBuffer> | undefined, range: string | null): Response {
  if (bytes === undefined) return failure(404, "NoSuchKey");
  if (range === null) return new Response(bytes);
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [], { length } = bytes;
  const start = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? length : Math.min(length, Number(last) + 1);
  if (start >= length) return failure(416, "InvalidRange");
  return new Response(bytes.slice(start, end), {
    status: 206,
    headers: { "content-range": `bytes ${start}-${end - 1}/${length}` },
  });
}

function listing(objects: S3Server["objects"], bucket: string, query: URLSearchParams, page: number): Response {
  const prefix = query.get("prefix") ?? "", delimiter = query.get("delimiter");
  const keys = [...objects.keys()].filter((name) => name.startsWith(`${bucket}/${prefix}`)).map((name) =>
    name.slice(bucket.length + 1)
  ).sort();
  const cut = (key: string): string => {
    const end = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? key : key.slice(0, end + 1);
  };
  const all = [...new Set(keys.map(cut))],
    after = query.get("continuation-token"),
    left = after === null ? all : all.filter((name) => name > after);
  const shown = left.slice(0, page), encoded = (name: string) => encodeURIComponent(name).replaceAll("%20", "+");
  const items = shown.map((name) =>
    delimiter !== null && name.endsWith(delimiter)
      ? `<CommonPrefixes><Prefix>${encoded(name)}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${encoded(name)}</Key></Contents>`
  );
  const more = left.length > page ? `<NextContinuationToken>${shown.at(-1)}</NextContinuationToken>` : "";
  const text = `<EncodingType>url</EncodingType><IsTruncated>${left.length > page}</IsTruncated>${
    items.join("")
  }${more}`;
  return xml(`<ListBucketResult>${text}</ListBucketResult>`);
}

/** Why the server does not take `request`; undefined where it does. */
function unsigned(
  request: Request,
  url: URL,
  body: Uint8Array,
  { anonymous = false }: S3ServerOptions,
): Response | undefined {
  const said = request.headers.get("authorization");
  if (said === null) return anonymous ? undefined : failure(403, "AccessDenied");
  const [, id, date, region, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
      .exec(said) ?? [];
  if (id !== CREDENTIALS.accessKeyId) return failure(403, "InvalidAccessKeyId");
  const hash = createHash("sha256").update(body).digest("hex"), claimed = request.headers.get("x-amz-content-sha256");
  if (claimed !== hash) return failure(400, "XAmzContentSHA256Mismatch");
  const time = request.headers.get("x-amz-date") ?? "", scope = `${date}/${region}/s3/aws4_request`;
  const signed = (names ?? "").split(";"),
    encode = (text: string) =>
      encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  if (!signed.includes("host") || !signed.includes("x-amz-date")) return failure(403, "AccessDenied");
  const canonical = [
    request.method,
    url.pathname.split("/").map((part) => encode(decodeURIComponent(part))).join("/"),
    [...url.searchParams].map((pair) => pair.map(encode).join("=")).sort().join("&"),
    ...signed.map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`),
    "",
    names,
    hash,
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const hmac = (key: string | Uint8Array, value: string) => createHmac("sha256", key).update(value).digest();
  const key = [date, region, "s3", "aws4_request"].reduce<string | Uint8Array>(
    (sofar, part) => hmac(sofar, part ?? ""),
    `AWS4${CREDENTIALS.secretAccessKey}`,
  );
  const right = createHmac("sha256", key).update(text).digest("hex");
  return right === signature ? undefined : failure(403, "SignatureDoesNotMatch");
}

/**
 * What an object store answers.
 *
 * Source: Amazon S3 API Reference, "Error responses".
 *
 * @module
 */
import { mayPass, retryAfter } from "../patience.ts";
import type { Verdict } from "../http.ts";
import type { S3Access } from "./access.ts";

/** An answer that is no success, whoever has brought it. */
export interface Failure {
  /** The status. */
  readonly status: number;
  /** The body. */
  readonly text: string;
  /** A header, or nothing. */
  header(name: string): string | null;
}

/** Of the answers 403, those that say nothing of the object: it may be that it is absent. */
const DENIALS = ["AccessDenied", "Forbidden", ""];

/** Codes that come with a status of failure, but pass. */
const PASSING = ["RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeTooSkewed"];

/** What `failure` means for who asked for an object of `bucket`. */
export function judge(failure: Failure, bucket: string, { credentials, region }: S3Access): Verdict {
  const { status, text } = failure, code = element(text, "Code") ?? "", said = element(text, "Message");
  if (status === 404 && code !== "NoSuchBucket") return { kind: "absent" };
  const why = `the server answers ${status}${code === "" ? "" : ` ${code}`}`;
  const passes = mayPass(status) || (PASSING.includes(code) && code !== "RequestTimeTooSkewed");
  if (passes) return { kind: "again", why, after: retryAfter(failure.header("retry-after")) };
  const other = failure.header("x-amz-bucket-region") ?? element(text, "Region");
  const way = code === "NoSuchBucket"
    ? `there is no bucket "${bucket}"; check its name and --s3-endpoint`
    : other !== null && other !== region
    ? `the bucket is in ${other}, not in ${region}; set AWS_REGION=${other}`
    : status === 401 || status === 403
    ? `${said === null ? "" : `${oneLine(said)}; `}${
      credentials === undefined
        ? "no credentials are given, by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile in ~/.aws/credentials"
        : "check the credentials, and what they allow"
    }`
    : said ?? "check the bucket, the key and --s3-endpoint";
  const denies = (status === 401 || status === 403) && DENIALS.includes(code);
  return { kind: "refused", why: `${why}; ${oneLine(way)}`, denies };
}

/** The text of the first `<name>` in a document; null where there is none. */
export function element(xml: string, name: string): string | null {
  return elements(xml, name)[0] ?? null;
}

/** The texts of all `<name>` in a document, which holds no two of them inside each other. */
export function elements(xml: string, name: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"));
  return Array.from(found, ([, text]) => unescapeXml(text ?? ""));
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(lt|gt|quot|apos|amp));/gi, (all, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    return decimal !== undefined ? String.fromCodePoint(Number(decimal)) : ENTITIES[name] ?? all;
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/\.$/, "").trim();
}

/** `text` as it stands in a document. */
export function escapeXml(text: string): string {
  const name = (char: string) => Object.keys(ENTITIES).find((each) => ENTITIES[each] === char);
  // deno-lint-ignore no-control-regex -- keys may hold them
  return text.replace(/[<>"'&\x00-\x1f]/g, (char) => `&${name(char) ?? `#${char.charCodeAt(0)}`};`);
}

/**
 * Sending one request to a bucket.
 *
 * @module
 */
import type { Patience } from "../patience.ts";

/** A request as it is sent. */
export interface Sent {
  /** The method. */
  readonly method: string;
  /** The headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent; its memory is lent until the answer is there. */
  readonly body: Uint8Array | undefined;
}

/** What came back. */
export interface Received {
  /** The status. */
  readonly status: number;
  /** The body: short, whatever was asked. */
  readonly text: string;
  /** A header, or nothing. */
  header(name: string): string | null;
}

/** Send a request; `patience` hears of every sign of life. */
export async function send(url: URL, { method, headers, body }: Sent, patience: Patience): Promise<Received> {
  const lent = body === undefined ? {} : { body: lend(body, () => patience.renew()) };
  const response = await fetch(url, { method, headers, redirect: "manual", signal: patience.signal, ...lent });
  return { status: response.status, text: await response.text(), header: (name) => response.headers.get(name) };
}

/** Bytes that are on their way to the network at once. */
const PIECE = 2 ** 18;

/**
 * `bytes` as something that fetch sends from where it lies. Of bytes fetch makes copies, which it leaves to the garbage
 * collector (sending 3 GB in objects of 2 MiB took 140 MiB with them, 95 without); of a stream it does not know the
 * length, which buckets ask for. A blob has both, a length and a stream.
 */
function lend(bytes: Uint8Array, onProgress: () => void): Blob {
  let at = 0;
  const stream = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        onProgress();
        const start = at;
        at = Math.min(bytes.length, start + PIECE);
        if (at > start) controller.enqueue(bytes.subarray(start, at));
        if (at === bytes.length) controller.close();
      },
    }, { highWaterMark: 0 });
  return Object.defineProperties(new Blob(), { size: { value: bytes.length }, stream: { value: stream } });
}

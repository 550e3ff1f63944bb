/**
 * How requests get to a bucket: by fetch, or, where much is sent, by node:http.
 *
 * fetch copies what it sends and leaves the copies to the garbage collector, which takes its time: sending 600 MB in
 * objects of 2 MiB took 138 MiB with it, and 67 MiB with node:http.
 *
 * @module
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Patience } from "../patience.ts";

/** A request as it is sent. */
export interface Sent {
  /** The method. */
  readonly method: string;
  /** The headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent. */
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

/** Sends requests. */
export interface Transport {
  /** Send one; `patience` hears of every sign of life. */
  send(url: URL, request: Sent, patience: Patience): Promise<Received>;
  /** Let go of the connections that are kept. */
  close(): void;
}

/** For requests with little in them. */
export const byFetch: Transport = {
  async send(url, { method, headers, body }, patience) {
    const given = body === undefined ? {} : { body: new Uint8Array(body) };
    const response = await fetch(url, { method, headers, redirect: "manual", signal: patience.signal, ...given });
    return { status: response.status, text: await response.text(), header: (name) => response.headers.get(name) };
  },
  close() {},
};

/** The part of node:http and node:https that is used. */
type Http = Pick<typeof import("node:http"), "request" | "Agent">;

/** For requests that carry objects; connections are kept until the end. */
export class Uploads implements Transport {
  #http: Promise<{ readonly http: Http; readonly agent: InstanceType<Http["Agent"]> }> | undefined;

  async send(url: URL, request: Sent, patience: Patience): Promise<Received> {
    const { http, agent } = await (this.#http ??= open(url.protocol));
    return await new Promise((resolve, reject) => {
      const { method, body } = request, length = { "content-length": String(body?.length ?? 0) };
      const headers = { ...request.headers, ...length }, { signal } = patience;
      const options: RequestOptions = { method, headers, agent, signal };
      const sent: ClientRequest = http.request(
        url,
        options,
        (answer) => received(answer, patience).then(resolve, reject),
      );
      sent.on("error", reject);
      sent.on("drain", () => patience.renew());
      sent.end(body);
    });
  }

  close(): void {
    this.#http?.then(({ agent }) => agent.destroy(), () => {});
    this.#http = undefined;
  }
}

async function open(protocol: string) {
  const http: Http = protocol === "https:" ? await import("node:https") : await import("node:http");
  return { http, agent: new http.Agent({ keepAlive: true }) };
}

async function received(answer: IncomingMessage, patience: Patience): Promise<Received> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of answer) {
    patience.renew();
    text += decoder.decode(piece, { stream: true });
  }
  return {
    status: answer.statusCode ?? 0,
    text: text + decoder.decode(),
    header(name) {
      const value = answer.headers[name.toLowerCase()];
      return value === undefined ? null : String(value);
    },
  };
}

/**
 * The live page of a run, on this machine only.
 *
 * @module
 */
import { liveHtml, livePage } from "../report/page.ts";
import type { RunRecord } from "../report/record.ts";
import { UsageError } from "./errors.ts";
import { wholeNumberOf } from "./options.ts";
import type { Values } from "./parse.ts";

/** A server that shows a run. */
export interface Dashboard extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
}

const SEND_MILLISECONDS = 400;

/** How long the last state may take to reach its readers. */
const END_MILLISECONDS = 500;

/** The port when none is named: dask's. */
const PORT = 8787;

/** Serve a page of `record`; without a port the usual one, or where that is taken any that is free. */
export function openDashboard(record: RunRecord, port: number | undefined): Dashboard {
  const readers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const message = (name: string): Uint8Array =>
    new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(String(liveHtml(record)))}\n\n`);
  const tell = (name: string): void => {
    const bytes = readers.size > 0 ? message(name) : undefined;
    for (const reader of readers) if (bytes !== undefined) reader.enqueue(bytes);
  };
  const events = (): Response => {
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        own = controller;
        readers.add(controller);
        controller.enqueue(message("message"));
      },
      cancel() {
        if (own !== undefined) readers.delete(own);
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
  };
  const server = serve(port, (request) => {
    const { pathname, hostname } = new URL(request.url);
    // Another site's page may name this server as its own host (DNS rebinding): it is not for it.
    if (hostname !== "127.0.0.1" && hostname !== "localhost") return new Response("Not here\n", { status: 403 });
    if (pathname === "/events") return events();
    if (pathname !== "/") return new Response("Not found\n", { status: 404 });
    return new Response(livePage(), { headers: { "content-type": "text/html; charset=utf-8" } });
  });
  const timer = setInterval(() => tell("message"), SEND_MILLISECONDS);
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      tell("end");
      for (const reader of readers) reader.close();
      readers.clear();
      await Promise.race([server.shutdown(), new Promise((resolve) => setTimeout(resolve, END_MILLISECONDS))]);
    },
  };
}

/** The port that `--dashboard` names. */
export function portOf(values: Values): number | undefined {
  if (values.text("dashboard") === "") return undefined;
  const port = wholeNumberOf(values, "dashboard", 0);
  if (port === undefined || port > 65535) throw new UsageError(`Cannot use port ${port}: the last one is 65535`);
  return port;
}

function serve(port: number | undefined, handler: (request: Request) => Response): Deno.HttpServer<Deno.NetAddr> {
  const open = (number: number) => Deno.serve({ hostname: "127.0.0.1", port: number, onListen() {} }, handler);
  if (port !== undefined) return open(port);
  try {
    return open(PORT);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return open(0);
  }
}

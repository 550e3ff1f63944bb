/** A server of files on this machine that counts what it is asked for, and fails where a test wants it to. */

/** What was asked for. */
export interface Asked {
  /** The path, decoded. */
  readonly path: string;
  /** The range, as the header says it; null for all. */
  readonly range: string | null;
  /** The status of the answer. */
  readonly status: number;
}

/** A server that goes away at the end of a block. */
export interface FileServer extends AsyncDisposable {
  /** The address, without a slash at its end. */
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** All requests, in their order. */
  readonly asked: Asked[];
  /** The most requests that were under way at one time. */
  readonly most: () => number;
}

/** What a server does. */
export interface ServerOptions {
  /** An answer of the test's own, before files are looked for; undefined leaves it to the files. */
  readonly answer?: (
    path: string,
    request: Request,
    earlier: number,
  ) => Promise<Response | undefined> | Response | undefined;
  /** Whether parts can be asked for. @default {true} */
  readonly ranges?: boolean;
  /** Whether lengths are told. @default {true} */
  readonly lengths?: boolean;
  /** More headers of the answer that brings the file at a path. */
  readonly headers?: (path: string) => Readonly<Record<string, string>>;
}

/** Serve the files under `folder`. */
export function serveFolder(folder: string, options: ServerOptions = {}): FileServer {
  const asked: Asked[] = [];
  let open = 0, most = 0;
  const handler = async (request: Request): Promise<Response> => {
    const path = decodeURIComponent(new URL(request.url).pathname), range = request.headers.get("range");
    const earlier = asked.filter((one) => one.path === path).length;
    most = Math.max(most, ++open);
    try {
      const response = await options.answer?.(path, request, earlier) ?? fileAnswer(folder + path, range, options);
      for (const [name, value] of Object.entries(options.headers?.(path) ?? {})) response.headers.set(name, value);
      asked.push({ path, range, status: response.status });
      return response;
    } finally {
      open--;
    }
  };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, onError: () => new Response(null) },
    handler,
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    url: `http://${host}`,
    host,
    asked,
    most: () => most,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  ts: "application/typescript",
  json: "application/json",
  wasm: "application/wasm",
};

function fileAnswer(file: string, range: string | null, { ranges = true, lengths = true }: ServerOptions): Response {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Deno.readFileSync(file);
  } catch {
    return new Response("not found", { status: 404 });
  }
  const type = { "content-type": TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream" };
  // A stream has no length that could be told.
  const body = (part: Uint8Array<ArrayBuffer>) => lengths ? part : ReadableStream.from([part]);
  if (range === null || !ranges) return new Response(body(bytes), { headers: type });
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [], { length } = bytes;
  const start = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? length : Math.min(length, Number(last) + 1);
  if (start >= length) return new Response(null, { status: 416, headers: { "content-range": `bytes */${length}` } });
  const part = { "content-range": `bytes ${start}-${end - 1}/${length}` };
  return new Response(body(bytes.slice(start, end)), { status: 206, headers: { ...type, ...part } });
}

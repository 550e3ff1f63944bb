/** Stores behind a server of this machine: the same results, no chunk asked for twice, and failures in one line. */
import { assert, assertEquals, assertLessOrEqual, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { concatOnDisk } from "../mod.ts";
import { NetworkError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { ObjectCache } from "../lib/storage/cache.ts";
import { HttpStore } from "../lib/storage/http.ts";
import { openGroup } from "../lib/storage/open.ts";
import { endOf, pause, spawnAnncat } from "./child.ts";
import { compareStores, differenceText } from "./compare.ts";
import { type FileServer, serveFolder } from "./http_server.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { writeStore } from "./cli_store.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { peakOf, peakWhile } from "./peak.ts";

const CASES = decodeURIComponent(new URL("../testdata/cases", import.meta.url).pathname);
const VARS = Array.from({ length: 40 }, (_, i) => `g${i}`);

/** Little patience, so that tests of failures are short. */
const HASTY = { attempts: 3, timeout: 200, pause: 5 } as const;

/** Run `concat` on URLs of what it has been run on as files, and see that every byte is the same. */
async function sameAsFiles(folder: string, server: FileServer, names: readonly string[], args: readonly string[]) {
  const inputs = (base: string) => names.map((name) => `${base}/${name}`);
  const local = await anncat("concat", ...inputs(folder), "--out", `${folder}/local.zarr`, ...args);
  assertEquals(local.code, 0, local.err);
  server.asked.length = 0;
  const remote = await anncat("concat", ...inputs(server.url), "--out", `${folder}/remote.zarr`, ...args);
  assertEquals(remote.code, 0, remote.err);
  assertEquals(filesUnder(`${folder}/remote.zarr`), filesUnder(`${folder}/local.zarr`));
  for (const name of ["local", "remote"]) Deno.removeSync(`${folder}/${name}.zarr`, { recursive: true });
}

/** How often each part of each object was asked for. */
function counts(server: FileServer): Map<string, number> {
  const found = new Map<string, number>();
  for (const { path, range } of server.asked) {
    const name = `${path} ${range ?? ""}`;
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

Deno.test("concat: cases of the corpus are the same over http", async (t) => {
  const every = Number(Deno.env.get("ANNCAT_EVERY_CASE") ?? 4);
  await using server = serveFolder(CASES);
  for (const [number, name] of namesIn(CASES).entries()) {
    if (number % every !== 0) continue;
    const one = JSON.parse(Deno.readTextFileSync(`${CASES}/${name}/case.json`));
    await t.step(name, () =>
      inFolder(async (out) => {
        const run = async (base: string, to: string) => {
          const inputs = one.inputs.map((input: string) => `${base}/${name}/${input}`);
          const { code, err } = await anncat("concat", ...inputs, "--out", `${out}/${to}.zarr`, ...one.args);
          return { code, err: err.replaceAll(base, "").replaceAll(to, "") };
        };
        const local = await run(CASES, "local"), remote = await run(server.url, "remote");
        // What need not be listed is read without consolidated metadata.
        const isListed = one.inputs.every((input: string) => isConsolidated(`${CASES}/${name}/${input}`));
        if (!isListed && remote.code !== 0) return assertStringIncludes(remote.err, "consolidate it first");
        assertEquals(remote.code, local.code);
        if (local.code !== 0) return assertEquals(remote.err, local.err);
        assertEquals(filesUnder(`${out}/remote.zarr`), filesUnder(`${out}/local.zarr`));
      }));
  }
  assertLessOrEqual(server.most(), navigator.hardwareConcurrency);
});

function isConsolidated(store: string): boolean {
  const names = namesIn(store);
  if (names.includes(".zmetadata")) return true;
  return names.includes("zarr.json") && Deno.readTextFileSync(`${store}/zarr.json`).includes("consolidated_metadata");
}

Deno.test("concat: over http no chunk is asked for twice by one task", async (t) => {
  await inFolder(async (folder) => {
    await using server = serveFolder(folder);
    const dense: MadeStore = { rows: 1000, vars: VARS, x: "dense", chunks: [100, 20], seed: 1 };
    const csr: MadeStore = { rows: 1500, vars: VARS, x: "csr", density: 0.3, chunks: [2000], seed: 1 };
    const made: Readonly<Record<string, readonly [MadeStore, string[], most: RegExp | null]>> = {
      "dense, copied": [dense, [], null],
      "dense, at odds with the output's chunks": [{ ...dense, rows: 950 }, [], null],
      "dense, turned": [{ ...dense, vars: VARS.toReversed() }, [], null],
      "dense, format 2": [{ ...dense, version: 2 }, ["--codec=zstd"], null],
      "sparse, appended": [csr, [], null],
      "sparse, at odds with the output's chunks": [{ ...csr, chunks: [1700] }, ["--chunks=1500"], null],
      // Counting the entries that are kept takes a look at indices before anything is written.
      "sparse, turned": [{ ...csr, vars: VARS.toReversed() }, ["--join=outer"], /X\/ind(ices|ptr)/],
    };
    for (const [name, [store, args, again]] of Object.entries(made)) {
      await t.step(name, async () => {
        await writeAnnData(`${folder}/a.zarr`, store);
        await writeAnnData(`${folder}/b.zarr`, { ...store, seed: 2, vars: VARS });
        await sameAsFiles(folder, server, ["a.zarr", "b.zarr"], [...args, "--workers=0", "--quiet"]);
        const inRun = [...counts(server)].filter(([path]) => !/(zarr\.json|\.z[a-z]+) $/.test(path));
        assert(inRun.some(([path]) => path.includes("/X/")));
        // Names are looked at once to plan and once to be written.
        const twice = inRun.filter(([path, count]) => count > (/_index|categories|codes/.test(path) ? 2 : 1));
        assertEquals(twice.filter(([path, count]) => count > 2 || again?.test(path) !== true), []);
        for (const each of ["a", "b"]) Deno.removeSync(`${folder}/${each}.zarr`, { recursive: true });
      });
    }
  });
});

Deno.test("concat: shards are read part by part over http, also from a server that knows no parts", async (t) => {
  await inFolder(async (folder) => {
    const made: MadeStore = { rows: 1000, vars: VARS, x: "dense", chunks: [100, 20], seed: 1 };
    const plain = await writeAnnData(`${folder}/plain.zarr`, made);
    const sharded = await anncat("concat", plain, "--out", `${folder}/a.zarr`, "--shards=500,40", "--zarr-format=3");
    assertEquals(sharded.code, 0, sharded.err);
    for (
      const [name, options] of [["parts", {}], ["no parts", { ranges: false }], ["no lengths", {
        lengths: false,
      }]] as const
    ) {
      await t.step(name, async () => {
        await using server = serveFolder(folder, options);
        await sameAsFiles(folder, server, ["a.zarr", "a.zarr"], ["--shards=none", "--workers=0", "--index-unique=-"]);
        const parts = server.asked.filter(({ path }) => path.includes("/X/"));
        assertEquals(parts.length, 2 + 20); // the indexes and chunks of two shards; the second input is the same
        assert(parts.every(({ range, status }) => range !== null && status === (name === "no parts" ? 200 : 206)));
      });
    }
  });
});

Deno.test("concat: names that mean something in a URL are found over http", async () => {
  await inFolder(async (folder) => {
    await writeAnnData(`${folder}/a store #1?%20.zarr`, { rows: 20, vars: VARS, x: "csr", seed: 1 });
    await using server = serveFolder(folder);
    const url = `${server.url}/${encodeURIComponent("a store #1?%20.zarr")}/?token=a%2Fb`;
    const { code, err } = await anncat("concat", url, "--out", `${folder}/out.zarr`);
    assertEquals(code, 0, err);
    assertEquals(server.asked.every(({ path }) => path.startsWith("/a store #1?%20.zarr/")), true);
  });
});

Deno.test("concat: what a server refuses is said in one line with the URL and the way out", async (t) => {
  await inFolder(async (folder) => {
    await writeAnnData(`${folder}/a.zarr`, { rows: 200, vars: VARS, x: "dense", chunks: [64, 40], seed: 1 });
    await writeAnnData(`${folder}/v2.zarr`, { rows: 200, vars: VARS, x: "csr", seed: 1, version: 2 });
    const chunk = "/a.zarr/X/c/1/0";
    const status = (at: string, code: number) => (path: string) =>
      path === at || at === "" ? new Response("no", { status: code }) : undefined;
    const says: Readonly<Record<string, readonly [(path: string) => Response | undefined, RegExp]>> = {
      "403 everywhere": [status("", 403), /zarr\.json": the server answers 403 Forbidden; give a URL that may be read/],
      "401 everywhere": [status("", 401), /the server answers 401 Unauthorized; give a URL/],
      "404 everywhere": [
        status("", 404),
        /a\.zarr" as a zarr store: the server has no zarr\.json.*\(404\); check the URL/,
      ],
      "403 on a chunk": [status(chunk, 403), /X\/c\/1\/0": the server answers 403 Forbidden; give a URL/],
      "400 on a chunk": [status(chunk, 400), /X\/c\/1\/0": the server answers 400 Bad Request; check the URL/],
      "no JSON": [() => new Response("<html>"), /a\.zarr.*zarr\.json is no JSON/],
    };
    for (const [name, [answer, message]] of Object.entries(says)) {
      await t.step(name, async () => {
        await using server = serveFolder(folder, { answer });
        for (const workers of ["0", "2"]) {
          const args = [`${server.url}/a.zarr`, "--out", `${folder}/out.zarr`, `--workers=${workers}`, "--quiet"];
          const { code, out, err } = await anncat("concat", ...args);
          assertEquals([code, out], [1, ""], err);
          assertMatch(err, /^anncat: [^\n]+\n$/);
          assertMatch(err, message);
          assertEquals(namesIn(folder), ["a.zarr", "v2.zarr"]);
        }
      });
    }
    await t.step("metadata that is not consolidated", async () => {
      writeStore(`${folder}/single.zarr`, { obs: ["a"], vars: ["b"], uns: true });
      await using server = serveFolder(folder);
      const { code, err } = await anncat("concat", `${server.url}/single.zarr`, "--out", `${folder}/out.zarr`);
      assertEquals(code, 1);
      assertMatch(
        err,
        /^anncat: [^\n]*uns of http[^\n]*its metadata is not consolidated[^\n]*consolidate it first[^\n]*\n$/,
      );
    });
    await t.step("403 for what is absent, as buckets say that may not be listed", async () => {
      await using server = serveFolder(folder, {
        answer: (path) => path.endsWith("zarr.json") ? new Response(null, { status: 403 }) : undefined,
      });
      const { code, err } = await anncat("concat", `${server.url}/v2.zarr`, "--out", `${folder}/out.zarr`);
      assertEquals(code, 0, err);
    });
  });
});

Deno.test("concat: a chunk that the server has not is its array's fill value", async () => {
  await inFolder(async (folder) => {
    await using server = serveFolder(folder);
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 100, vars: VARS, x: "dense", chunks: [50, 40], seed: 1 });
    Deno.removeSync(`${a}/X/c/0/0`);
    await sameAsFiles(folder, server, ["a.zarr"], []);
    await sameAsFiles(folder, server, ["a.zarr"], ["--codec=none", "--chunks=30,7"]);
  });
});

Deno.test("concat: a server that is not there, and one that may not be reached, are named", async () => {
  await inFolder(async (folder) => {
    const made = await writeAnnData(`${folder}/a.zarr`, { rows: 20, vars: VARS, x: "csr", seed: 1 });
    await using server = serveFolder(folder);
    const url = `${server.url}/a.zarr`, out = ["--out", `${folder}/out.zarr`, "--workers=2"];
    const local = ["--allow-read", `--allow-write=${folder}`];
    const denied = await endOf(spawnAnncat(["concat", made, url, ...out], local));
    assertEquals(denied.code, 1);
    assertEquals(
      denied.err,
      `anncat: Cannot read "${url}/zarr.json": no permission to connect; run with --allow-net=${server.host}\n`,
    );
    const allowed = await endOf(spawnAnncat(["concat", url, ...out], [...local, `--allow-net=${server.host}`]));
    assertEquals(allowed.code, 0, allowed.err);
    const port = server.host.split(":")[1];
    await server[Symbol.asyncDispose]();
    const store = new HttpStore(`http://127.0.0.1:${port}/a.zarr`, HASTY);
    const error = await assertRejects(
      () => concatOnDisk([store], `${folder}/b.zarr`),
      NetworkError,
      "3 times in a row",
    );
    assertMatch(error.message, /^Cannot read "http.*\/zarr\.json": .*refused.*check the URL and the network/);
    assertEquals(error.source, store.url);
  });
});

/** An object `/object` of the bytes 0 to 99, and a server that answers as `answer` says. */
async function asking(
  answer: (request: Request, earlier: number) => Promise<Response> | Response,
  ask: (store: HttpStore, server: FileServer) => Promise<void>,
): Promise<void> {
  await using server = serveFolder("/nowhere", { answer: (_, request, earlier) => answer(request, earlier) });
  await ask(new HttpStore(server.url, HASTY), server);
}

const OBJECT = Uint8Array.from({ length: 100 }, (_, i) => i);

Deno.test("HttpStore: what may pass is asked for again, with pauses, and not for ever", async (t) => {
  for (const status of [500, 502, 503, 504, 429, 408]) {
    await t.step(
      `${status}, then all is well`,
      () =>
        asking(
          (_, earlier) => earlier < 2 ? new Response("busy", { status }) : new Response(OBJECT),
          async (store, server) => {
            assertEquals(await store.get("/object"), OBJECT);
            assertEquals(server.asked.length, 3);
          },
        ),
    );
    await t.step(`${status} for ever`, () =>
      asking(() => new Response("busy", { status }), async (store, server) => {
        const error = await assertRejects(() => store.get("/object"), NetworkError, `the server answers ${status}`);
        assertMatch(error.message, /3 times in a row; check the URL and the network, or try again later$/);
        assertEquals(server.asked.length, 3);
      }));
  }
  await t.step("the server says how long to wait", () =>
    asking((_, earlier) => {
      return earlier === 0
        ? new Response(null, { status: 429, headers: { "retry-after": "1" } })
        : new Response(OBJECT);
    }, async (store) => {
      const started = performance.now();
      assertEquals(await store.get("/object"), OBJECT);
      assert(performance.now() - started >= 990);
    }));
});

/** A body of `OBJECT` that stops after `bytes` bytes: it breaks off, or nothing more comes. */
function halting(bytes: number, how: "breaks" | "hangs"): Response {
  let sent = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (!sent) controller.enqueue(OBJECT.slice(0, bytes));
      else if (how === "breaks") controller.error(new Error("broken off"));
      else await new Promise(() => {});
      sent = true;
    },
  });
  return new Response(body, { headers: { "content-length": "100" } });
}

Deno.test("HttpStore: a body that breaks off or stands still is asked for again", async (t) => {
  for (const how of ["breaks", "hangs"] as const) {
    await t.step(
      how,
      () =>
        asking((_, earlier) => earlier === 0 ? halting(50, how) : new Response(OBJECT), async (store, server) => {
          const taken: number[] = [];
          const bytes = await store.readInto("/object", undefined, (count) => {
            taken.push(count);
            return new Uint8Array(count);
          });
          assertEquals(bytes, OBJECT);
          assertEquals([server.asked.length, taken], [2, [100]]);
        }),
    );
  }
  await t.step("for ever", () =>
    asking(() => halting(50, "hangs"), async (store) => {
      await assertRejects(() => store.get("/object"), NetworkError, "no answer within 0.2 s, 3 times in a row");
    }));
});

Deno.test("HttpStore: no answer at all is waited for until the limit, or until the run is stopped", async () => {
  const never = () => new Promise<Response>((resolve) => setTimeout(() => resolve(new Response(null)), 900));
  await asking(never, async (store) => {
    await assertRejects(() => store.get("/object"), NetworkError, "no answer within 0.2 s");
  });
  await asking(never, async (_, server) => {
    const stop = new AbortController(),
      store = new HttpStore(server.url, { ...HASTY, timeout: 60_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("stopped")), 50);
    await assertRejects(() => store.get("/object"), Error, "stopped");
    await assertRejects(() => store.get("/object"), Error, "stopped");
  });
});

Deno.test("an interrupt ends waiting for a server, in every command", async () => {
  await inFolder(async (folder) => {
    const hanging = new Set<() => void>();
    await using server = serveFolder(folder, {
      answer: () => new Promise((resolve) => hanging.add(() => resolve(new Response(null)))),
    });
    const url = `${server.url}/a.zarr`, out = ["--out", `${folder}/out.zarr`];
    for (const args of [["concat", url, ...out], ["plan", url, ...out], ["info", url], ["check", url, url]]) {
      const before = server.asked.length + hanging.size;
      const child = spawnAnncat(args, ["--allow-read", "--allow-write", "--allow-net"]);
      while (server.asked.length + hanging.size === before) await pause(10);
      child.kill("SIGINT");
      const { code, err } = await endOf(child);
      assertEquals(code, 130, `${args[0]}: ${err}`);
      assertMatch(err, /anncat: Interrupted\n$/);
    }
    for (const end of hanging) end();
    assertEquals(namesIn(folder), []);
  });
});

Deno.test("HttpStore: parts are checked against what was asked for", async (t) => {
  const part = (range: string, bytes: Uint8Array<ArrayBuffer>) =>
    new Response(bytes, { status: 206, headers: { "content-range": range } });
  const wrong: Readonly<Record<string, () => Response>> = {
    "another place": () => part("bytes 20-29/100", OBJECT.slice(20, 30)),
    "too little": () => part("bytes 10-14/100", OBJECT.slice(10, 15)),
    "too much": () => part("bytes 10-39/100", OBJECT.slice(10, 40)),
    "not as long as it says": () => part("bytes 10-19/100", OBJECT.slice(10, 18)),
    "several parts": () => new Response(OBJECT, { status: 206, headers: { "content-type": "multipart/byteranges" } }),
  };
  for (const [name, answer] of Object.entries(wrong)) {
    await t.step(name, () =>
      asking(answer, async (store, server) => {
        await assertRejects(
          () => store.getRange("/object", { offset: 10, length: 10 }),
          NetworkError,
          "the server sends",
        );
        assertEquals(server.asked.length, 1);
      }));
  }
  const right: Readonly<Record<string, readonly [Response, start: number, end: number]>> = {
    "the part": [part("bytes 10-19/100", OBJECT.slice(10, 20)), 10, 20],
    "the part of an object of unknown length": [part("bytes 10-19/*", OBJECT.slice(10, 20)), 10, 20],
    "what is left": [part("bytes 10-14/15", OBJECT.slice(10, 15)), 10, 15],
    "all, for a part": [new Response(OBJECT), 10, 20],
    "nothing, behind the end": [new Response(null, { status: 416 }), 0, 0],
  };
  for (const [name, [answer, start, end]] of Object.entries(right)) {
    await t.step(name, () =>
      asking(() => answer, async (store) => {
        assertEquals(await store.getRange("/object", { offset: 10, length: 10 }), OBJECT.slice(start, end));
      }));
  }
  await t.step("the end", () =>
    asking(() => part("bytes 90-99/100", OBJECT.slice(90)), async (store) => {
      assertEquals(await store.getRange("/object", { suffixLength: 10 }), OBJECT.slice(90));
      await assertRejects(() => store.getRange("/object", { suffixLength: 20 }), NetworkError, "the server sends");
    }));
});

Deno.test("HttpStore: keys that lead elsewhere are refused, and URLs that are none", async () => {
  const store = new HttpStore("http://127.0.0.1:1/a.zarr");
  for (const key of ["/../secret", "/a/./b", "/a//b"] as const) {
    await assertRejects(() => store.get(key), RangeError, "as a key");
  }
  const { code, err } = await anncat("info", "http://");
  assertEquals([code, err], [1, 'anncat: Cannot open "http://": it is no URL\n']);
});

Deno.test("ObjectCache: holds the objects that were used last, within its limit", () => {
  const cache = new ObjectCache(10_000), object = (byte: number) => new Uint8Array(1000).fill(byte);
  for (let i = 0; i < 20; i++) {
    cache.put(String(i), object(i));
    assertEquals(cache.get("0"), object(0));
  }
  const kept = Array.from({ length: 20 }, (_, i) => i).filter((i) => cache.get(String(i)) !== undefined);
  assertEquals(kept, [0, 14, 15, 16, 17, 18, 19]);
  cache.put("nothing", null);
  assertEquals(cache.get("nothing"), null);
  cache.put("large", new Uint8Array(3000));
  assertEquals(cache.get("large"), undefined);
  cache.clear();
  assertEquals([cache.get("0"), cache.get("nothing")], [undefined, undefined]);
});

Deno.test({
  name: "concat: peak resident memory stays below what the plan says for inputs over http",
  ignore: peakOf(Deno.pid) === undefined, // no /proc
  async fn(t) {
    await inFolder(async (folder) => {
      const vars = Array.from({ length: 1000 }, (_, i) => `g${i}`), turned = vars.toReversed();
      const dense: MadeStore = { rows: 15_000, vars, x: "dense", chunks: [1000, 250], seed: 1 };
      const csr: MadeStore = { rows: 37_500, vars, x: "csr", density: 0.1, chunks: [200_000], seed: 1 };
      await using server = serveFolder(folder);
      for (const [name, store] of Object.entries({ dense, csr })) {
        await writeAnnData(`${folder}/a.zarr`, store);
        await writeAnnData(`${folder}/b.zarr`, { ...store, seed: 2, vars: turned });
        for (const workers of [0, 2]) {
          await t.step(`${name}, at most ${workers} workers`, async () => {
            const inputs = [`${server.url}/a.zarr`, `${server.url}/b.zarr`], memory = ["--memory=256MiB", "--quiet"];
            const all = [...inputs, "--out", `${folder}/out.zarr`, "--join=outer", `--workers=${workers}`, ...memory];
            const permissions = ["--allow-read", "--allow-write", "--allow-net"];
            const planned = await endOf(spawnAnncat(["plan", ...all, "--json"], permissions));
            assertEquals(planned.code, 0, planned.err);
            const { memory: { total, limit, terms } } = JSON.parse(planned.out);
            assert(terms.some((term: { name: string }) => term.name.startsWith("network")));
            const child = spawnAnncat(["concat", ...all], permissions);
            const [peak, ended] = await Promise.all([peakWhile(child), endOf(child)]);
            assertEquals([ended.code, ended.err], [0, ""]);
            Deno.removeSync(`${folder}/out.zarr`, { recursive: true });
            assertLessOrEqual(total, limit);
            assertLessOrEqual(peak, total, `${peak >> 20} MiB of ${total / 2 ** 20}`);
          });
        }
        for (const each of ["a", "b"]) Deno.removeSync(`${folder}/${each}.zarr`, { recursive: true });
      }
    });
  },
});

Deno.test("info: a store behind a URL", async () => {
  await inFolder(async (folder) => {
    await writeAnnData(`${folder}/a.zarr`, { rows: 20, vars: VARS, x: "csr", seed: 1, version: 2 });
    await using server = serveFolder(folder);
    const { code, out, err } = await anncat("info", `${server.url}/a.zarr`, "--json");
    assertEquals(code, 0, err);
    const { shape, zarrFormat, bytesOnDisk } = JSON.parse(out);
    assertEquals([shape, zarrFormat, bytesOnDisk], [[20, 40], 2, null]);
    const open = async (at: string) => await openGroup(at, { pool: new BufferPool() });
    const found = await compareStores(await open(`${server.url}/a.zarr`), await open(`${folder}/a.zarr`));
    assertEquals(found.map(differenceText), []);
  });
});

Deno.test("HttpStore: the version of a store is what the server says of its root's metadata, if anything", async () => {
  await inFolder(async (folder) => {
    await writeAnnData(`${folder}/a.zarr`, { rows: 3, vars: VARS, x: "csr", version: 2, seed: 1 });
    await using server = serveFolder(folder, {
      headers: (path) => path.endsWith("/.zmetadata") ? { etag: '"7"' } : {},
    });
    const { size } = Deno.statSync(`${folder}/a.zarr/.zmetadata`);
    const said = await new HttpStore(`${server.url}/a.zarr`, HASTY).version();
    assertEquals(JSON.parse(said ?? ""), { etag: '"7"', changed: null, bytes: String(size) });
    assertEquals(server.asked.map(({ path, range }) => [path, range]), [
      ["/a.zarr/zarr.json", "bytes=0-0"],
      ["/a.zarr/.zmetadata", "bytes=0-0"],
    ]);
    await using silent = serveFolder(folder, { ranges: false, lengths: false });
    for (const name of ["a.zarr", "none.zarr"]) {
      assertEquals(await new HttpStore(`${silent.url}/${name}`, HASTY).version(), undefined);
    }
  });
});

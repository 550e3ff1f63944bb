/** Outputs in a bucket: the objects of a local run, byte for byte, the root's metadata last, and nothing where it fails. */
import { assert, assertEquals, assertLessOrEqual, assertMatch, assertRejects } from "@std/assert";
import { concat, concatOnDisk } from "../mod.ts";
import { NetworkError } from "../lib/base/errors.ts";
import { S3StoreWriter } from "../lib/storage/s3/writer.ts";
import { endOf, pause, spawnAnncat } from "./child.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { peakOf, peakWhile } from "./peak.ts";
import { inEnvironment } from "./s3_environment.ts";
import {
  ENVIRONMENT,
  failure,
  fillBucket,
  objectsUnder,
  type S3Server,
  type S3ServerOptions,
  serveS3,
} from "./s3_server.ts";

const CASES = decodeURIComponent(new URL("../testdata/cases", import.meta.url).pathname);
const VARS = Array.from({ length: 40 }, (_, i) => `g${i}`);
const CSR: MadeStore = { rows: 900, vars: VARS, x: "csr", density: 0.3, chunks: [500], seed: 1 };

/** Run `use` with two stores in a folder and a bucket "out". */
async function withStores(
  made: MadeStore,
  use: (server: S3Server, folder: string, inputs: readonly string[]) => Promise<void>,
  options: S3ServerOptions = {},
): Promise<void> {
  await inFolder(async (folder) => {
    await using server = serveS3(["out"], options);
    const a = await writeAnnData(`${folder}/a.zarr`, made),
      b = await writeAnnData(`${folder}/b.zarr`, { ...made, seed: 2 });
    // Runs of others leave folders of their own where the system keeps them.
    const TMPDIR = `${folder}/temporary`;
    Deno.mkdirSync(TMPDIR);
    await inEnvironment({ ...ENVIRONMENT, TMPDIR }, () => use(server, folder, [a, b]));
  });
}

/** The objects that were stored, in their order. */
function stored({ asked }: S3Server): string[] {
  return asked.filter(({ method, status }) => method === "PUT" && status === 200).map(({ what }) => what);
}

/** The temporary folders of runs. */
function temporary(): string[] {
  return namesIn(Deno.env.get("TMPDIR") as string);
}

Deno.test("concat: a bucket gets the objects that a folder gets, whatever is stored in which way", async (t) => {
  const dense: MadeStore = { rows: 900, vars: VARS, x: "dense", chunks: [100, 16], seed: 1 };
  const made: Readonly<Record<string, readonly [MadeStore, readonly string[]]>> = {
    "csr": [CSR, []],
    "csr, format 2": [{ ...CSR, version: 2 }, []],
    "csr in shards": [CSR, ["--chunks=200", "--shards=1000"]],
    "csr turned into csc": [CSR, ["--sparse-layout=csc"]],
    "dense": [dense, []],
    "dense, other chunks": [dense, ["--chunks=70,9", "--codec=zstd"]],
    "dense in shards": [dense, ["--chunks=50,8", "--shards=200,16"]],
    "axis var": [CSR, ["--axis=var", "--join=outer"]],
  };
  for (const [name, [store, args]] of Object.entries(made)) {
    for (const workers of ["0", "2"]) {
      await t.step(`${name}, --workers=${workers}`, () =>
        withStores(store, async (server, folder, inputs) => {
          const all = [...inputs, "--quiet", `--workers=${workers}`, "--index-unique=-", ...args];
          const local = await anncat("concat", ...all, "--out", `${folder}/out.zarr`);
          assertEquals(local.code, 0, local.err);
          const found = await anncat(
            "concat",
            ...all,
            "--out",
            "s3://out/a b/ö+=.zarr",
            "--s3-endpoint",
            server.endpoint,
          );
          assertEquals([found.code, found.err], [0, ""]);
          assertEquals(objectsUnder(server.objects, "out/a b/ö+=.zarr"), filesUnder(`${folder}/out.zarr`));
          assertEquals(server.objects.size, filesUnder(`${folder}/out.zarr`).size);
          assertEquals(stored(server).at(-1), `out/a b/ö+=.zarr/${store.version === 2 ? ".zgroup" : "zarr.json"}`);
          assertEquals(stored(server).filter((what) => what === stored(server).at(-1)).length, 1);
          assertEquals(server.unfinished(), 0);
        }));
    }
  }
});

Deno.test("concat: cases of the corpus, from a bucket into a bucket", async (t) => {
  const every = Number(Deno.env.get("ANNCAT_EVERY_CASE") ?? 8);
  await using server = serveS3(["out", "cases"]);
  for (const [number, name] of namesIn(CASES).entries()) {
    if (number % every !== 0) continue;
    const one = JSON.parse(Deno.readTextFileSync(`${CASES}/${name}/case.json`));
    fillBucket(server.objects, filesUnder(`${CASES}/${name}`), `cases/${name}`);
    await t.step(
      name,
      () =>
        inFolder((out) =>
          inEnvironment({ ...ENVIRONMENT, AWS_ENDPOINT_URL_S3: server.endpoint }, async () => {
            const run = async (base: string, to: string) => {
              const inputs = one.inputs.map((input: string) => `${base}/${name}/${input}`);
              const { code, err } = await anncat("concat", ...inputs, "--out", `${to}/${name}.zarr`, ...one.args);
              return { code, err: err.replaceAll(base, "").replaceAll(to, "").replace(/ in [\d.]+ s \(.*\)/g, "") };
            };
            const local = await run(CASES, out), remote = await run("s3://cases", "s3://out");
            assertEquals(remote, local);
            if (local.code !== 0) return assertEquals(objectsUnder(server.objects, `out/${name}.zarr`).size, 0);
            assertEquals(objectsUnder(server.objects, `out/${name}.zarr`), filesUnder(`${out}/${name}.zarr`));
          })
        ),
    );
  }
});

Deno.test("concatOnDisk, Concatenation.write: outputs in a bucket", async () => {
  await withStores(CSR, async ({ endpoint, objects }, folder, inputs) => {
    await concatOnDisk(inputs, `${folder}/out.zarr`, { indexUnique: "-" });
    await concatOnDisk(inputs, "s3://out/a.zarr", { indexUnique: "-", s3Endpoint: endpoint });
    await using lazy = await concat(inputs, { indexUnique: "-" });
    await lazy.write("s3://out/b.zarr", { s3Endpoint: endpoint });
    for (const name of ["a", "b"]) {
      assertEquals(objectsUnder(objects, `out/${name}.zarr`), filesUnder(`${folder}/out.zarr`));
    }
  });
});

Deno.test("concat: --overwrite removes the root's metadata before all else; what is there is not replaced without it", async () => {
  await withStores(CSR, async (server, folder, [a = "", b = ""]) => {
    const to = ["--out", "s3://out/x.zarr", `--s3-endpoint=${server.endpoint}`, "--quiet"];
    assertEquals((await anncat("concat", a, ...to)).code, 0);
    const before = new Map(server.objects);
    server.objects.set("out/x.zarr2/other", new Uint8Array(3));
    const again = await anncat("concat", b, ...to);
    assertEquals([again.code, again.err], [
      1,
      'anncat: Cannot write "s3://out/x.zarr": it exists; choose another name, or --overwrite\n',
    ]);
    for (const [name, bytes] of before) assertEquals(server.objects.get(name), bytes);
    server.asked.length = 0;
    assertEquals((await anncat("concat", b, ...to, "--overwrite")).code, 0);
    const changes = server.asked.filter(({ method }) => method !== "GET").map(({ method }) => method);
    assertEquals(changes.slice(0, 3), ["POST", "POST", "PUT"]);
    assertEquals((await anncat("concat", b, "--out", `${folder}/b2.zarr`, "--quiet")).code, 0);
    assertEquals(objectsUnder(server.objects, "out/x.zarr"), filesUnder(`${folder}/b2.zarr`));
    assert(server.objects.has("out/x.zarr2/other"));
    server.objects.delete("out/x.zarr/zarr.json");
    const left = await anncat("concat", b, ...to);
    assertMatch(
      left.err,
      /^anncat: Cannot write "s3:\/\/out\/x\.zarr": objects are in its place, such as "x\.zarr\/[^"]+", perhaps of a run that was killed; choose another name, or --overwrite\n$/,
    );
    assertEquals((await anncat("concat", b, ...to, "--overwrite")).code, 0);
  });
});

Deno.test("concat: outputs that cannot be are refused before anything is written", async (t) => {
  const cases: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
    "h5ad": [
      ["--out=s3://out/a.h5ad"],
      /Cannot write "s3:\/\/out\/a\.h5ad": h5ad files are not written into buckets; write it to a path and upload it/,
    ],
    "a bucket": [["--out=s3://out.zarr"], /Cannot write "s3:\/\/out\.zarr": it is a bucket; name a key in it/],
    "no bucket": [
      ["--out=s3://other/a.zarr"],
      /Cannot list "s3:\/\/other\/a\.zarr\/": the server answers 404 NoSuchBucket; there is no bucket "other"/,
    ],
    "resume": [["--out=s3://out/a.zarr", "--resume"], /Cannot resume "s3:\/\/out\/a\.zarr": .*run it without --resume/],
    "an input": [
      ["s3://out/in.zarr", "--out=s3://out/in.zarr/", "--overwrite"],
      /Cannot write "s3:\/\/out\/in\.zarr\/": the input "s3:\/\/out\/in\.zarr" lies there/,
    ],
    "an input below": [
      ["s3://out/in.zarr", "--out=s3://out/in.zarr/o.zarr"],
      /the input "s3:\/\/out\/in\.zarr" lies there/,
    ],
  };
  for (const [name, [args, message]] of Object.entries(cases)) {
    await t.step(name, () =>
      withStores(CSR, async (server, folder, inputs) => {
        fillBucket(server.objects, filesUnder(`${folder}/a.zarr`), "out/in.zarr");
        const before = [...server.objects.keys()];
        const { code, err } = await anncat("concat", ...inputs, ...args, `--s3-endpoint=${server.endpoint}`, "--quiet");
        assertEquals(code, 1);
        assertMatch(err, /^anncat: [^\n]+\n$/);
        assertMatch(err, message);
        assertEquals([...server.objects.keys()], before);
        assertEquals(stored(server), []);
      }));
  }
});

Deno.test("concat: a run that fails takes back what it wrote, and says so in one line", async (t) => {
  const refuse = (part: string, status: number, code: string) => (request: Request, what: string) =>
    request.method === "PUT" && what.includes(part) ? failure(status, code) : undefined;
  const cases: Readonly<Record<string, readonly [S3ServerOptions["answer"], RegExp]>> = {
    "a chunk": [
      refuse("/X/data/c/1", 403, "AccessDenied"),
      /Cannot write "s3:\/\/out\/x\.zarr\/X\/data\/c\/1": the server answers 403 AccessDenied; .*check the credentials, and what they allow/,
    ],
    "metadata": [
      refuse("/X/zarr.json", 400, "EntityTooLarge"),
      /X\/zarr\.json": the server answers 400 EntityTooLarge/,
    ],
    "the root's metadata": [
      refuse("out/x.zarr/zarr.json", 403, "AccessDenied"),
      /x\.zarr\/zarr\.json": the server answers 403/,
    ],
  };
  for (const [name, [answer, message]] of Object.entries(cases)) {
    for (const workers of ["0", "2"]) {
      await t.step(`${name}, --workers=${workers}`, () =>
        withStores(CSR, async (server, _, inputs) => {
          const args = ["--out=s3://out/x.zarr", `--s3-endpoint=${server.endpoint}`, `--workers=${workers}`, "--quiet"];
          const { code, err } = await anncat("concat", ...inputs, ...args, "--index-unique=-");
          assertEquals(code, 1);
          assertMatch(err, /^anncat: [^\n]+\n$/);
          assertMatch(err, message);
          assertEquals([...server.objects.keys()], []);
        }, answer === undefined ? {} : { answer }));
    }
  }
  await t.step(
    "a chunk, while workers send others",
    () =>
      withStores({ ...CSR, rows: 100_000, chunks: [20_000] }, async (server, _, inputs) => {
        const args = ["--out=s3://out/x.zarr", `--s3-endpoint=${server.endpoint}`, "--workers=2", "--quiet"];
        const planned = await anncat("plan", ...inputs, ...args, "--json", "--index-unique=-");
        assertEquals(JSON.parse(planned.out).memory.workers, 2);
        const { code, err } = await anncat("concat", ...inputs, ...args, "--index-unique=-");
        assertEquals(code, 1);
        assertMatch(err, /^anncat: Cannot write "[^"]*\/X\/data\/c\/30": the server answers 403 AccessDenied[^\n]*\n$/);
        await pause(300);
        assertEquals([...server.objects.keys()], []);
      }, { answer: refuse("/X/data/c/30", 403, "AccessDenied") }),
  );
  await t.step("what may not be removed is named", () =>
    withStores(CSR, async (server, _, inputs) => {
      const { code, err } = await anncat(
        "concat",
        ...inputs,
        "--out=s3://out/x.zarr",
        `--s3-endpoint=${server.endpoint}`,
        "--workers=0",
        "--quiet",
      );
      assertEquals(code, 1);
      assertMatch(
        err,
        /; what it has written stays in "s3:\/\/out\/x\.zarr", which is no store; --overwrite replaces it\n$/,
      );
      assert(server.objects.size > 0 && !server.objects.has("out/x.zarr/zarr.json"));
    }, {
      answer: (request, what) =>
        request.method === "POST" || (request.method === "PUT" && what === "out/x.zarr/var/zarr.json")
          ? failure(403, "AccessDenied")
          : undefined,
    }));
});

Deno.test("concat: a busy server is asked again until it stores", async () => {
  let refused = 0;
  await withStores(CSR, async (server, folder, inputs) => {
    const args = ["--quiet", "--index-unique=-"];
    assertEquals((await anncat("concat", ...inputs, ...args, "--out", `${folder}/out.zarr`)).code, 0);
    const { code, err } = await anncat(
      "concat",
      ...inputs,
      ...args,
      "--out=s3://out/x.zarr",
      `--s3-endpoint=${server.endpoint}`,
    );
    assertEquals([code, err], [0, ""]);
    assertEquals(objectsUnder(server.objects, "out/x.zarr"), filesUnder(`${folder}/out.zarr`));
    assert(refused > 5);
  }, {
    answer(request, what, earlier) {
      if (request.method !== "PUT" || earlier > 0 || !what.includes("/c/")) return undefined;
      refused++;
      return failure(503, "SlowDown");
    },
  });
});

Deno.test("concat: stopped or killed, a run leaves no root's metadata; stopped, it leaves nothing", async (t) => {
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    await t.step(signal, async () => {
      let isSlow = false;
      await withStores(CSR, async (server, _, inputs) => {
        const args = [
          "concat",
          ...inputs,
          "--out=s3://out/x.zarr",
          `--s3-endpoint=${server.endpoint}`,
          "--index-unique=-",
          "--quiet",
        ];
        const child = spawnAnncat(args, ["--allow-all"]);
        while (!isSlow) await pause(20);
        child.kill(signal);
        const { code, err } = await endOf(child);
        if (signal === "SIGINT") {
          assertEquals([code, err.includes("stays in"), server.objects.size], [130, false, 0], err);
        } else {
          assert(server.objects.size > 0 && !server.objects.has("out/x.zarr/zarr.json"));
          assertEquals((await anncat("info", "s3://out/x.zarr", `--s3-endpoint=${server.endpoint}`)).code, 1);
        }
        assertEquals(temporary().length, signal === "SIGINT" ? 0 : 1);
      }, {
        async answer(request, what) {
          if (request.method !== "PUT" || !what.endsWith("/X/data/c/3")) return undefined;
          isSlow = true;
          await pause(1500);
          return failure(503, "SlowDown");
        },
      });
    });
  }
});

Deno.test("concat: an output in a bucket needs the environment, the network, and the folder of temporary files", async () => {
  await withStores(CSR, async (server, folder, inputs) => {
    const args = [
      "concat",
      ...inputs,
      "--out=s3://out/x.zarr",
      `--s3-endpoint=${server.endpoint}`,
      "--index-unique=-",
      "--quiet",
    ];
    const basic = ["--allow-read", "--allow-env=AWS_*,HOME,USERPROFILE", `--allow-net=${server.host}`];
    const some = await endOf(spawnAnncat(args, basic));
    assertEquals([some.code, some.err], [
      1,
      'anncat: Cannot write "s3://out/x.zarr": no permission to write where the system keeps temporary files; run with --allow-write=${TMPDIR:-/tmp}\n',
    ]);
    const net = await endOf(spawnAnncat(args, basic.slice(0, 2)));
    assertMatch(
      net.err,
      /^anncat: Cannot list "s3:\/\/out\/x\.zarr\/": no permission to connect; run with --allow-net=127\.0\.0\.1:\d+\n$/,
    );
    const all = await endOf(spawnAnncat(args, [...basic, `--allow-write=${folder.slice(0, folder.lastIndexOf("/"))}`]));
    assertEquals([all.code, all.err], [0, ""]);
  });
});

Deno.test("S3StoreWriter: large objects go in parts, also those that grow, and failures are told at the latest at the end", async (t) => {
  const bytes = new Uint8Array(20 * 2 ** 20 + 5);
  for (let at = 0; at < bytes.length; at += 4096) bytes[at] = at >> 12;
  await t.step("parts", () =>
    inFolder(async (folder) => {
      await using server = serveS3(["out"]);
      await inEnvironment(ENVIRONMENT, async () => {
        const writer = new S3StoreWriter("s3://out/a.zarr", { endpoint: server.endpoint, partial: folder });
        await writer.write("/whole", bytes);
        const small = writer.append("/small"), large = writer.append("/large");
        for (let at = 0; at < bytes.length; at += 3_000_000) large.write(bytes.subarray(at, at + 3_000_000));
        small.write(bytes.subarray(0, 10));
        await small.finish();
        await large.finish();
        await writer.settle();
        await writer.close();
      });
      assertEquals([...server.objects.keys()].sort(), ["out/a.zarr/large", "out/a.zarr/small", "out/a.zarr/whole"]);
      for (const name of ["whole", "large"]) assert(equal(server.objects.get(`out/a.zarr/${name}`), bytes));
      assertEquals([server.unfinished(), namesIn(folder)], [0, []]);
    }));
  await t.step("a part that is refused", async () => {
    const answer = (request: Request) =>
      request.url.includes("partNumber=2") ? failure(403, "AccessDenied") : undefined;
    await using server = serveS3(["out"], { answer });
    await inEnvironment(ENVIRONMENT, async () => {
      const writer = new S3StoreWriter("s3://out/a.zarr", { endpoint: server.endpoint });
      await assertRejects(() => writer.write("/whole", bytes), NetworkError, 'Cannot write "s3://out/a.zarr/whole"');
      await writer.close();
    });
    assertEquals([server.objects.size, server.unfinished()], [0, 0]);
  });
  await t.step("an object that is refused", async () => {
    await using server = serveS3(["out"], {
      answer: (_, what) => what.endsWith("/2") ? failure(403, "AccessDenied") : undefined,
    });
    await inEnvironment(ENVIRONMENT, async () => {
      const writer = new S3StoreWriter("s3://out/a.zarr", { endpoint: server.endpoint });
      for (const key of ["/1", "/2", "/3"] as const) await writer.write(key, bytes.subarray(0, 10)).catch(() => {});
      await assertRejects(() => writer.settle(), NetworkError, 'Cannot write "s3://out/a.zarr/2"');
      await writer.close();
    });
  });
  await t.step("a server that is not there, or does not answer", async () => {
    await using server = serveS3(["out"], {
      answer: async (request) => (request.method === "PUT" && await pause(300), undefined),
    });
    await inEnvironment(ENVIRONMENT, async () => {
      const hasty = { attempts: 2, timeout: 100, pause: 5 };
      for (
        const [endpoint, why] of [[`http://127.0.0.1:${closedPort()}`, "refused"], [
          server.endpoint,
          "no answer within 0.1 s, 2 times in a row",
        ]] as const
      ) {
        const writer = new S3StoreWriter("s3://out/a.zarr", { endpoint, ...hasty });
        await writer.write("/1", bytes.subarray(0, 10)).catch(() => {});
        await assertRejects(() => writer.settle(), NetworkError, why);
        await writer.close();
      }
    });
  });
});

function closedPort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

function equal(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, at) => byte === b[at]);
}

Deno.test({
  name: "concat: peak resident memory stays below what the plan says for outputs in a bucket",
  ignore: peakOf(Deno.pid) === undefined, // no /proc
  async fn(t) {
    await inFolder(async (folder) => {
      const vars = Array.from({ length: 1000 }, (_, i) => `g${i}`);
      const dense: MadeStore = { rows: 15_000, vars, x: "dense", chunks: [1000, 500], seed: 1 };
      const csr: MadeStore = { rows: 37_500, vars, x: "csr", density: 0.1, chunks: [500_000], seed: 1 };
      for (
        const [name, store, more] of [["dense", dense, []], ["csr", csr, []], ["dense in shards", dense, [
          "--shards=5000,500",
        ]]] as const
      ) {
        await writeAnnData(`${folder}/a.zarr`, store);
        await writeAnnData(`${folder}/b.zarr`, { ...store, seed: 2, vars: vars.toReversed() });
        for (const workers of [0, 2]) {
          await t.step(`${name}, at most ${workers} workers`, async () => {
            // Slow enough for as much to be on its way as may be.
            const answer = async ({ method }: Request) => {
              if (method === "PUT") await pause(60);
              return undefined;
            };
            await using server = serveS3(["out"], { answer });
            const inputs = [`${folder}/a.zarr`, `${folder}/b.zarr`],
              memory = ["--memory=384MiB", "--quiet", "--codec=none"];
            const to = ["--out=s3://out/x.zarr", `--s3-endpoint=${server.endpoint}`];
            const all = [...inputs, ...to, "--join=outer", `--workers=${workers}`, ...memory, ...more];
            await inEnvironment(ENVIRONMENT, async () => {
              const planned = await endOf(spawnAnncat(["plan", ...all, "--json"], ["--allow-all"]));
              assertEquals(planned.code, 0, planned.err);
              const { memory: { total, limit } } = JSON.parse(planned.out);
              const child = spawnAnncat(["concat", ...all], ["--allow-all"]);
              const [peak, ended] = await Promise.all([peakWhile(child), endOf(child)]);
              assertEquals([ended.code, ended.err], [0, ""]);
              const local = ["--out", `${folder}/x.zarr`, ...all.filter((arg) => !to.includes(arg))];
              assertEquals((await endOf(spawnAnncat(["concat", ...local]))).code, 0);
              const files = filesUnder(`${folder}/x.zarr`), found = objectsUnder(server.objects, "out/x.zarr");
              assertEquals([...found.keys()].sort(), [...files.keys()].sort());
              for (const [name, bytes] of files) assert(equal(found.get(name), bytes), name);
              Deno.removeSync(`${folder}/x.zarr`, { recursive: true });
              if (Deno.env.has("ANNCAT_SHOW")) console.log(`${peak >> 20} MiB of ${Math.round(total / 2 ** 20)}`);
              assertLessOrEqual(total, limit);
              assertLessOrEqual(peak, total, `${peak >> 20} MiB of ${total / 2 ** 20}`);
            });
          });
        }
        for (const each of ["a", "b"]) Deno.removeSync(`${folder}/${each}.zarr`, { recursive: true });
      }
    });
  },
});

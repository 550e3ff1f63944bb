/** Inputs that are no folders: zip files, and stores that the caller brings. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { concatOnDisk, type InputSource, openAnnData, planConcat, type ReadableStore } from "../mod.ts";
import { parse } from "../lib/cli/parse.ts";
import { optionsOf } from "../lib/cli/options.ts";
import { FormatError } from "../lib/base/errors.ts";
import { zarrita } from "../lib/deps.ts";
import { ZipStore } from "../lib/storage/zip.ts";
import { serveFolder } from "./http_server.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";
import { zipOf, type ZipOptions } from "./zip_file.ts";

const TESTDATA = decodeURIComponent(new URL("../testdata", import.meta.url).pathname);

/** Cases in which stores differ from each other: formats, codecs, layouts, shards, kinds of elements. */
const CASES = namesIn(`${TESTDATA}/cases`).filter((name) => /^(v2_|v3_|out_|layers_kinds|obs_every)/.test(name));

interface Case {
  readonly inputs: readonly string[];
  readonly args: readonly string[];
}

/** Run `other` on the inputs of each case, and see that it writes the same bytes as a run on the folders. */
async function sameAsFolders(
  t: Deno.TestContext,
  other: (inputs: readonly string[], out: string, args: readonly string[]) => Promise<void>,
): Promise<void> {
  for (const name of CASES) {
    const one: Case = JSON.parse(Deno.readTextFileSync(`${TESTDATA}/cases/${name}/case.json`));
    const inputs = one.inputs.map((input) => `${TESTDATA}/cases/${name}/${input}`);
    await t.step(name, () =>
      inFolder(async (folder) => {
        const local = await anncat("concat", ...inputs, "--out", `${folder}/folders.zarr`, ...one.args);
        assertEquals(local.code, 0, local.err);
        await other(inputs, `${folder}/others.zarr`, one.args);
        assertEquals(filesUnder(`${folder}/others.zarr`), filesUnder(`${folder}/folders.zarr`));
      }));
  }
}

const ZIPS: Readonly<Record<string, ZipOptions>> = {
  "stored": {},
  "deflated": { method: "deflated" },
  "stored, zip64": { zip64: true, comment: "PK\u0005\u0006 is no end" },
  "deflated, zip64, something in front": { method: "deflated", zip64: true, front: new Uint8Array(1234).fill(80) },
  "stored, something in front": { front: new TextEncoder().encode("#!/bin/sh\n") },
};

Deno.test("concat: zip files give what folders give", async (t) => {
  const ways = Object.values(ZIPS);
  let count = 0;
  await sameAsFolders(t, (inputs, out, args) =>
    inFolder(async (folder) => {
      const zips = inputs.map((input, at) => {
        Deno.writeFileSync(`${folder}/${at}.zarr.zip`, zipOf(filesUnder(input), ways[count++ % ways.length]));
        return `${folder}/${at}.zarr.zip`;
      });
      const { code, err } = await anncat("concat", ...zips, "--out", out, ...args);
      assertEquals(code, 0, err);
    }));
});

Deno.test("concat: zip files as zarr-python and zip programs pack them give what folders give, with workers too", async (t) => {
  const origin: Readonly<Record<string, string>> = {
    "zarr_python": "v3_sharded_small",
    "deflated_folder": "v3_sharded_small",
    "deflated_v2": "layers_kinds_inner_v2",
  };
  for (const [name, from] of Object.entries(origin)) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const args = ["--label=from", "--chunks=3,2", "--shards=none"];
        const stores = { zip: `${TESTDATA}/zip/${name}.zarr.zip`, folder: `${TESTDATA}/cases/${from}/inputs/0.zarr` };
        for (const [kind, path] of Object.entries(stores)) {
          const { code, err } = await anncat("concat", path, path, "--out", `${folder}/${kind}.zarr`, ...args);
          assertEquals(code, 0, err);
        }
        assertEquals(filesUnder(`${folder}/zip.zarr`), filesUnder(`${folder}/folder.zarr`));
      }));
  }
  await t.step("with workers", () =>
    inFolder(async (folder) => {
      const vars = Array.from({ length: 100 }, (_, i) => `g${i}`);
      const path = await writeAnnData(`${folder}/a.zarr`, {
        rows: 40_000,
        vars,
        x: "dense",
        chunks: [500, 100],
        seed: 1,
      });
      const zip = `${folder}/a.zarr.zip`;
      Deno.writeFileSync(zip, zipOf(filesUnder(path)));
      for (const [kind, input] of [["zip", zip], ["folder", path]] as const) {
        const args = [input, "--out", `${folder}/${kind}.zarr`, "--workers=2", "--codec=zstd", "--json"];
        const { code, err } = await anncat("concat", ...args);
        assertEquals(code, 0, err);
        assertEquals(JSON.parse((await anncat("plan", ...args, "--overwrite")).out).memory.workers, 2);
      }
      assertEquals(filesUnder(`${folder}/zip.zarr`), filesUnder(`${folder}/folder.zarr`));
      assertEquals((await anncat("info", zip)).code, 0);
    }));
});

/** A small store of one array of 40 kB, and where its bytes lie in a zip file. */
const CONTENT = new Map([["zarr.json", new Uint8Array(50).fill(32)], [
  "a/c/0",
  Uint8Array.from({ length: 40_000 }, (_, i) => i >> 4),
]]);

Deno.test("ZipStore: reads entries and parts of them, the last of a name", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.zip`, bytes = CONTENT.get("a/c/0") ?? new Uint8Array();
    for (const options of Object.values(ZIPS)) {
      Deno.writeFileSync(path, zipOf([["a/c/0", new Uint8Array(3)], ...CONTENT, ["b/", new Uint8Array()]], options));
      const store = new ZipStore(path);
      assertEquals(await store.get("/a/c/0"), bytes);
      assertEquals(await store.getRange("/a/c/0", { offset: 39_000, length: 500 }), bytes.subarray(39_000, 39_500));
      assertEquals(await store.getRange("/a/c/0", { suffixLength: 20 }), bytes.subarray(-20));
      assertEquals(await store.getRange("/a/c/0", { offset: 39_990, length: 50 }), bytes.subarray(39_990));
      for (const key of ["/b", "/b/", "/a", "/../a/c/0", "/"] as const) assertEquals(await store.get(key), undefined);
      assertEquals([store.list("/").sort(), store.list("/a").sort(), store.list("/x")], [
        ["a", "zarr.json"],
        ["c"],
        [],
      ]);
    }
  });
});

/** `bytes` with the field of `width` bytes at `at` (from the end where negative) set to `value`. */
function changed(bytes: Uint8Array, at: number, width: number, value: number): Uint8Array {
  const copy = bytes.slice(), start = at < 0 ? copy.length + at : at;
  for (let i = 0; i < width; i++) copy[start + i] = Math.floor(value / 256 ** i) % 256;
  return copy;
}

Deno.test("ZipStore: hostile files are refused in one line before memory is taken for what they claim", async (t) => {
  const stored = zipOf(CONTENT),
    deflated = zipOf(CONTENT, { method: "deflated" }),
    wide = zipOf(CONTENT, { zip64: true });
  const entryAt = (zip: Uint8Array) => new DataView(zip.buffer).getUint32(zip.length - 6, true); // the directory's start
  const second = (zip: Uint8Array) => entryAt(zip) + 46 + "zarr.json".length;
  const lines: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    "empty": [new Uint8Array(), /it has no directory/],
    "no zip": [new Uint8Array(100_000).fill(80), /it has no directory/],
    "cut off": [stored.slice(0, -30), /it has no directory/],
    "cut off in front": [stored.slice(1000), /outside of it/],
    "a directory outside": [changed(stored, -10, 4, 0xfffffff0), /outside of it/],
    "more entries than fit": [changed(stored, -12, 2, 60_000), /is not right/],
    "another part": [changed(stored, -18, 2, 1), /one of several parts/],
    "encrypted": [changed(stored, second(stored) + 8, 2, 0x801), /"a\/c\/0" is encrypted/],
    "another method": [changed(stored, second(stored) + 10, 2, 93), /method 93/],
    "a length that deflate cannot reach": [
      changed(deflated, second(deflated) + 24, 4, 0xfffffff0),
      /a size that cannot be/,
    ],
    "an entry behind the directory": [changed(stored, second(stored) + 42, 4, stored.length), /a size that cannot be/],
    "stored of two lengths": [changed(stored, second(stored) + 24, 4, 39_999), /a size that cannot be/],
    "zip64 nowhere": [changed(wide, -22 - 20 - 56, 4, 0), /zip64 directory/],
    "zip64 of 2^60 bytes": [changed(wide, -22 - 20 - 56 + 47, 1, 16), /it claims \d+ bytes/],
    "name beyond the end": [changed(stored, second(stored) + 28, 2, 60_000), /cut off/],
  };
  await inFolder(async (folder) => {
    const path = `${folder}/a.zarr.zip`;
    for (const [name, [bytes, says]] of Object.entries(lines)) {
      await t.step(name, async () => {
        Deno.writeFileSync(path, bytes);
        const { code, out, err } = await anncat("info", path);
        assertEquals([code, out], [1, ""]);
        assertMatch(err, /^anncat: Cannot read "[^\n]*a\.zarr\.zip": [^\n]+\n$/);
        assertMatch(err, says);
      });
    }
    const broken: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
      "a longer length than there is": [changed(deflated, second(deflated) + 24, 4, 40_001), /instead of 40001/],
      "a shorter length than there is": [
        changed(deflated, second(deflated) + 24, 4, 39_999),
        /more than 39999 bytes/,
      ],
      "another checksum": [changed(stored, second(stored) + 16, 4, 7), /checksum/],
      "another byte": [changed(stored, entryAt(stored) - 9, 1, 99), /checksum/],
      "no header": [changed(stored, 30 + 9 + 50, 4, 0), /has no header/],
      "no deflate": [
        changed(deflated, entryAt(deflated) - 40, 40, 2 ** 50 - 1),
        /stands for nothing|checksum|reaches back|end too early/,
      ],
    };
    for (const [name, [bytes, says]] of Object.entries(broken)) {
      await t.step(name, async () => {
        Deno.writeFileSync(path, bytes);
        const error = await assertRejects(
          async () => await new ZipStore(path).get("/a/c/0"),
          FormatError,
          'Cannot read "a/c/0" of ',
        );
        assertMatch(error.message, says);
      });
    }
    await t.step("a part of what does not inflate", async () => {
      Deno.writeFileSync(path, changed(deflated, entryAt(deflated) - 40, 40, 2 ** 50 - 1));
      const part = { offset: 39_000, length: 900 };
      await assertRejects(
        async () => await new ZipStore(path).getRange("/a/c/0", part),
        FormatError,
        'Cannot read "a/c/0" of ',
      );
    });
  });
});

/** The files under `folder` as zarrita's smallest store. */
function mapOf(folder: string): Map<string, Uint8Array> {
  return new Map([...filesUnder(folder)].map(([path, bytes]) => [`/${path}`, bytes]));
}

async function concatStores(stores: readonly ReadableStore[], out: string, args: readonly string[]): Promise<void> {
  const parsed = parse(["concat", "x", "--out", out, ...args]);
  if (parsed.kind !== "run") throw new Error("These are no arguments of concat");
  const keys = parsed.values.text("keys")?.split(",") ?? parsed.values.list("key");
  await concatOnDisk(stores, out, { ...optionsOf(parsed.values), ...(keys.length > 0 ? { keys } : {}) });
}

Deno.test("concatOnDisk: maps give what folders give", async (t) => {
  await sameAsFolders(t, async (inputs, out, args) => {
    const stores = inputs.map(mapOf);
    try {
      await concatStores(stores, out, args);
    } catch (error) {
      // A map cannot list; some cases are not consolidated.
      assertStringIncludes(String(error), "consolidate it first");
      const listing = (objects: Map<string, Uint8Array>): ReadableStore => ({
        get: (key) => objects.get(key),
        list: (under) => {
          const prefix = under === "/" ? "/" : `${under}/`;
          return [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) =>
            key.slice(prefix.length).split("/")[0] ?? ""
          );
        },
      });
      await concatStores(stores.map(listing), out, args);
    }
  });
});

Deno.test("concatOnDisk: stores beside paths and URLs, with keys; all in this thread, and named in messages", async () => {
  await inFolder(async (folder) => {
    const path = await writeAnnData(`${folder}/a.zarr`, { rows: 3, vars: ["g"], x: "dense", seed: 1 });
    const map = mapOf(path), out = `${folder}/out.zarr`;
    await using server = serveFolder(folder);
    const zarr = await zarrita(), fetched = new zarr.FetchStore(`${server.url}/a.zarr`) as ReadableStore;
    const file = new URL(`file://${path}`);
    const inputs = [{ source: map, key: "map" }, { source: path, key: "path" }, { source: file, key: "file" }, {
      source: new URL(`${server.url}/a.zarr`),
      key: "url",
    }, { source: fetched, key: "zarrita" }];
    const { plan } = await concatOnDisk(inputs, out, { label: "from", workers: 4 });
    assertEquals(plan.memory.workers, 0);
    assertEquals(plan.options.workers, 0);
    const { url } = server;
    assertEquals(plan.inputs.map((input) => input.location), ["store 0", path, path, `${url}/a.zarr`, `${url}/a.zarr`]);
    assertEquals(plan.inputs.map((input) => input.key), ["map", "path", "file", "url", "zarrita"]);
    assertEquals(plan.shape, [15, 1]);
    map.set("/zarr.json", new TextEncoder().encode("{"));
    const error = await assertRejects(() => planConcat([path, map], out), FormatError);
    assertMatch(error.message, /of store 1: |"store 1"/);
  });
});

Deno.test("concatOnDisk: a store whose get fails, at once or later, ends the run and leaves nothing", async () => {
  await inFolder(async (folder) => {
    const vars = ["a", "b"], path = await writeAnnData(`${folder}/a.zarr`, { rows: 50, vars, x: "dense", seed: 1 });
    const map = mapOf(path), before = namesIn(folder);
    const fails = (how: () => never | Promise<never>): ReadableStore => ({
      get: (key) => key.startsWith("/X/c/") ? how() : map.get(key),
    });
    const ways = [() => Promise.reject(new Error("the cable is out")), () => {
      throw new Error("the cable is out");
    }];
    for (const way of ways) {
      const error = await assertRejects(
        () => concatOnDisk([fails(way)], `${folder}/out.zarr`),
        Error,
        "the cable is out",
      );
      assert(error.message.includes("X/c/0/0") || error.message === "the cable is out");
      assertEquals(namesIn(folder), before);
    }
  });
});

Deno.test("openAnnData: a folder, a zip file, a map, a URL and a store of zarrita's stream the same chunks", async () => {
  await inFolder(async (folder) => {
    const vars = Array.from({ length: 30 }, (_, i) => `g${i}`),
      made = { rows: 500, vars, x: "csr", chunks: [700] } as const;
    const path = await writeAnnData(`${folder}/a.zarr`, { ...made, seed: 3 });
    Deno.writeFileSync(`${folder}/a.zarr.zip`, zipOf(filesUnder(path), { method: "deflated" }));
    await using server = serveFolder(folder);
    const zarr = await zarrita(), fetched = new zarr.FetchStore(`${server.url}/a.zarr`) as ReadableStore;
    const streamed = async (source: InputSource): Promise<string> => {
      const data = await openAnnData(source), found: string[] = [];
      for await (const chunk of data.X?.chunks({ rows: 64 }) ?? []) found.push(JSON.stringify(chunk));
      return found.join("\n");
    };
    const expected = await streamed(path);
    assert(expected.length > 1000);
    const others = [`${folder}/a.zarr.zip`, mapOf(path), `${server.url}/a.zarr`, new URL(`file://${path}`), fetched];
    for (const other of others) assertEquals(await streamed(other), expected);
  });
});

Deno.test("concatOnDisk, planConcat, openAnnData: what plain JavaScript may give wrong is one clear TypeError", async (t) => {
  const cases: readonly (readonly [inputs: unknown, options: unknown, says: RegExp])[] = [
    ["a.zarr", {}, /^Cannot use "a\.zarr" as inputs: give a list of them$/],
    [undefined, {}, /^Cannot use undefined as inputs: /],
    [["a.zarr", undefined], {}, /^Cannot use undefined as an input: give a path, a URL, or a store/],
    [[{}], {}, /^Cannot use \{\} as an input: /],
    [[{ source: 3 }], {}, /^Cannot use 3 as an input: /],
    [["a.zarr", "b.zarr"], { keys: "ab" }, /^Cannot use keys "ab": it is a list of texts/],
    [["a.zarr"], { only: "X" }, /^Cannot use only "X": it is a list of texts/],
    [["a.zarr"], { fillValue: "x" }, /^Cannot use fillValue "x": it is a number$/],
    [["a.zarr"], { overwrite: "no" }, /^Cannot use overwrite "no": it is true or false$/],
    [["a.zarr"], { label: 3 }, /^Cannot use label 3: it is text$/],
    [
      ["a.zarr"],
      { lable: "x" },
      /^Cannot use the option "lable": there is none of that name \(did you mean "label"\?\)$/,
    ],
  ];
  for (const [inputs, options, says] of cases) {
    await t.step(String(says), async () => {
      for (const run of [concatOnDisk, planConcat]) {
        assertMatch(
          (await assertRejects(() => run(inputs as string[], "out.zarr", options as object), TypeError)).message,
          says,
        );
      }
    });
  }
  await assertRejects(
    () => concatOnDisk(["a.zarr"], undefined as unknown as string),
    TypeError,
    "Cannot use out undefined",
  );
  await assertRejects(() => openAnnData({} as InputSource), TypeError, "Cannot use {} as an input");
});

Deno.test("planConcat: one number of chunks is meant for both axes, as the flag's is", async () => {
  const input = `${TESTDATA}/cases/dtype_i4_f4_csr/inputs/0.zarr`;
  const { options } = await planConcat([input], "out.zarr", { chunks: 100, shards: 200, zarrFormat: 3 });
  assertEquals([options.chunks, options.shards], [[100], [200]]);
});

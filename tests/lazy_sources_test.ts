/** Streams from anywhere: over the network, and of stores in memory. */
import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { openStore } from "../lib/anndata/open.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { openAnnData } from "../lib/lazy/open.ts";
import { concat } from "../lib/lazy_concat.ts";
import { serveFolder } from "./http_server.ts";
import { filesUnder, inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { holdAgainst } from "./streamed.ts";

const VARS = Array.from({ length: 30 }, (_, i) => `g${i}`);
const STORE: MadeStore = { rows: 200, vars: VARS, x: "csr", seed: 1, density: 0.3, chunks: [300] };

async function twoStores(folder: string): Promise<readonly [a: string, b: string]> {
  return [
    await writeAnnData(`${folder}/a.zarr`, STORE),
    await writeAnnData(`${folder}/b.zarr`, { ...STORE, seed: 2, vars: VARS.toReversed().slice(3) }),
  ];
}

const LEGACY = decodeURIComponent(new URL("../testdata/legacy/", import.meta.url).pathname);

for (const { name, isDirectory } of [...Deno.readDirSync(LEGACY)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  if (!isDirectory) continue;
  Deno.test(`openAnnData: every chunk of the old stores of ${name}`, async () => {
    for (const input of namesIn(`${LEGACY}${name}/inputs`).map((input) => `${LEGACY}${name}/inputs/${input}`)) {
      await using got = await openAnnData(input);
      await holdAgainst(got, await openStore(input, { pool: new BufferPool() }));
    }
  });
}

Deno.test("openAnnData: a store in memory, and a file: URL", async () => {
  await inFolder(async (folder) => {
    const [path] = await twoStores(folder), root = await openStore(path, { pool: new BufferPool() });
    const store = new Map([...filesUnder(path)].map(([name, bytes]) => [`/${name}`, bytes]));
    for (const source of [store, new URL(`file://${path}`)]) {
      await using got = await openAnnData(source);
      assertEquals(got.source, source);
      await holdAgainst(got, root);
    }
  });
});

Deno.test("concat: a store in memory beside one on disk; an opened one is an input as it is", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await twoStores(folder);
    const store = new Map([...filesUnder(b)].map(([name, bytes]) => [`/${name}`, bytes]));
    await using opened = await openAnnData(store);
    await using merged = await concat([a, opened], { join: "outer" });
    await merged.write(`${folder}/out.zarr`, { workers: 2 });
    await holdAgainst(merged, await openStore(`${folder}/out.zarr`, { pool: new BufferPool() }));
  });
});

Deno.test("chunks: over the network every chunk is fetched once, and no more than are asked for", async () => {
  await inFolder(async (folder) => {
    await twoStores(folder);
    await using server = serveFolder(folder);
    const chunks = () =>
      server.asked.filter(({ path }) => /^\/a\.zarr\/X\/data\/c\//.test(path)).map(({ path }) => path);
    const opened = await openAnnData(`${server.url}/a.zarr`);
    {
      for await (const _ of opened.X?.chunks() ?? []) break;
      assertEquals(chunks().length, 1);
    }
    server.asked.length = 0;
    await using fresh = await openAnnData(new URL(`${server.url}/a.zarr`));
    let entries = 0;
    for await (const chunk of fresh.X?.chunks({ rows: 11 }) ?? []) entries += chunk.data.length;
    assertEquals(entries, fresh.X?.kind === "sparse" ? fresh.X.nnz : 0);
    assertGreater(chunks().length, 3);
    assertEquals(new Set(chunks()).size, chunks().length);
    await opened[Symbol.asyncDispose]();
  });
});

Deno.test("openAnnData: its signal ends the wait for a server", async () => {
  await inFolder(async (folder) => {
    await twoStores(folder);
    const control = new AbortController();
    await using server = serveFolder(folder, {
      answer: (path) =>
        path.startsWith("/a.zarr/X/data/c/")
          ? new Promise<undefined>((resolve) => {
            control.signal.addEventListener("abort", () => resolve(undefined));
            control.abort(new Error("no longer"));
          })
          : undefined,
    });
    await using a = await openAnnData(`${server.url}/a.zarr`, { signal: control.signal });
    await assertRejects(async () => await a.X?.read(), Error, "no longer");
  });
});

/** Links, and names that lead elsewhere: stores behind links work, and nothing outside of the output is written or read. */
import { crc32 as crc } from "node:zlib";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { endOf, spawnAnncat } from "./child.ts";
import { filesUnder, inFolder, namesIn } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

const GENES = ["g0", "g1", "g2", "g3"];

/** Run the real command line. */
async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const budget = args[0] === "info" ? [] : ["--memory=256MiB"];
  const { code, out, err } = await endOf(spawnAnncat([...args, ...budget]));
  return { code, out, err };
}

/** Run what must be refused with one line, soon, and leaves `folder` as it is. */
async function refused(folder: string, ...args: readonly string[]): Promise<string> {
  const before = JSON.stringify([...filesUnder(folder)].map(([name, bytes]) => [name, [...bytes]]));
  const started = performance.now(), { code, out, err } = await run(...args);
  assertEquals([code, out], [1, ""], err);
  assertMatch(err, /^anncat: [^\n]+\n$/);
  assert(performance.now() - started < 30_000, "it took too long");
  assertEquals(JSON.stringify([...filesUnder(folder)].map(([name, bytes]) => [name, [...bytes]])), before);
  return err;
}

async function stores(folder: string, version: 2 | 3 = 3): Promise<[string, string]> {
  const made = { rows: 6, x: "csr", version } as const;
  return [
    await writeAnnData(`${folder}/a.zarr`, { ...made, vars: GENES, seed: 1 }),
    await writeAnnData(`${folder}/b.zarr`, { ...made, vars: GENES.toReversed(), seed: 2 }),
  ];
}

Deno.test("links: stores behind links, and with links inside, are read like others", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await stores(folder), elsewhere = `${folder}/elsewhere`;
    assertEquals((await run("concat", a, b, "--out", `${folder}/plain.zarr`)).code, 0);
    Deno.mkdirSync(elsewhere);
    Deno.renameSync(`${a}/X`, `${elsewhere}/X`);
    Deno.symlinkSync(`${elsewhere}/X`, `${a}/X`);
    Deno.renameSync(`${a}/obs/zarr.json`, `${elsewhere}/obs.json`);
    Deno.symlinkSync(`${elsewhere}/obs.json`, `${a}/obs/zarr.json`);
    Deno.symlinkSync(a, `${folder}/linked.zarr`);
    assertEquals((await run("concat", `${folder}/linked.zarr`, b, "--out", `${folder}/out.zarr`)).code, 0);
    assertEquals(filesUnder(`${folder}/out.zarr`), filesUnder(`${folder}/plain.zarr`));
    assertEquals((await run("info", `${folder}/linked.zarr`)).code, 0);
    const circle = `${folder}/circle.zarr`;
    Deno.symlinkSync(circle, circle);
    await refused(elsewhere, "info", circle);
  });
});

for (const suffix of ["zarr", "h5ad"]) {
  Deno.test(`links: an output that is one is refused, and with --overwrite replaced, never followed (${suffix})`, async () => {
    await inFolder(async (folder) => {
      const [a, b] = await stores(folder), precious = `${folder}/precious`, out = `${folder}/out.${suffix}`;
      Deno.mkdirSync(precious);
      Deno.writeTextFileSync(`${precious}/file`, "mine");
      Deno.symlinkSync(suffix === "zarr" ? precious : `${precious}/file`, out);
      assertMatch(await refused(precious, "concat", a, b, "--out", out), /it exists/);
      assertMatch(await refused(precious, "concat", a, b, "--out", `${out}/`), /it exists/);
      assertEquals((await run("concat", a, b, "--out", out, "--overwrite")).code, 0);
      assertEquals(Deno.lstatSync(out).isSymlink, false);
      assertEquals([...filesUnder(precious)], [["file", new TextEncoder().encode("mine")]]);
      assertEquals((await run("verify", out, a, b)).code, 0);
    });
  });
}

Deno.test("links: a hidden folder that is one is not taken up, and one with links in it is refused", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await stores(folder), out = `${folder}/out.zarr`, precious = `${folder}/precious`;
    const hidden = `${folder}/.out.zarr.anncat-12345678`;
    Deno.mkdirSync(`${precious}/store`, { recursive: true });
    for (const name of ["lock", "journal"]) Deno.writeTextFileSync(`${precious}/${name}`, "mine");
    Deno.symlinkSync(precious, hidden);
    assertEquals((await run("concat", a, b, "--out", out, "--resume")).code, 0);
    assertEquals(namesIn(precious), ["journal", "lock", "store"]);
    Deno.removeSync(hidden);
    Deno.removeSync(out, { recursive: true });
    for (const name of ["store", "scratch", "journal"]) {
      Deno.mkdirSync(hidden);
      Deno.writeTextFileSync(`${hidden}/lock`, "");
      if (name !== "store") Deno.mkdirSync(`${hidden}/store`);
      Deno.symlinkSync(name === "journal" ? `${precious}/journal` : `${precious}/store`, `${hidden}/${name}`);
      assertMatch(await refused(precious, "concat", a, b, "--out", out, "--resume"), /is a symbolic link/);
      assertEquals((await run("concat", a, b, "--out", out)).code, 0);
      assertEquals(namesIn(folder), ["a.zarr", "b.zarr", "out.zarr", "precious"]);
      assertEquals(Deno.readTextFileSync(`${precious}/journal`), "mine");
      Deno.removeSync(out, { recursive: true });
    }
  });
});

type Json = Record<string, unknown>;

/** Change the JSON document at `path`. */
function change(path: string, edit: (json: Json) => void): void {
  const json = JSON.parse(Deno.readTextFileSync(path));
  edit(json);
  Deno.writeTextFileSync(path, JSON.stringify(json));
}

const ODD_NAMES = ["..", "../a.zarr/obs", "../../secret", "/etc", "a/../../../x", ".", "x\u0000y"];

Deno.test("names: an index or a column that would lead out of the store is not there", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await stores(folder), out = `${folder}/out/out.zarr`;
    Deno.mkdirSync(`${folder}/out`);
    Deno.mkdirSync(`${folder}/secret`);
    const root = `${a}/zarr.json`, document = Deno.readTextFileSync(root);
    for (const name of ODD_NAMES) {
      for (const field of ["_index", "column-order"]) {
        const set = (json: Json) => {
          (json["attributes"] as Json)[field] = field === "_index" ? name : [name];
        };
        change(`${a}/obs/zarr.json`, set);
        const { consolidated_metadata: consolidated } = JSON.parse(document);
        if (consolidated) {
          change(root, (json) => set((json["consolidated_metadata"] as { metadata: Json }).metadata["obs"] as Json));
        }
        await refused(folder, "concat", a, b, "--out", out);
        Deno.writeTextFileSync(root, document);
      }
    }
  });
});

Deno.test("names: keys of consolidated metadata that climb out make no nodes, and nothing is written for them", async () => {
  await inFolder(async (folder) => {
    const [a] = await stores(folder), out = `${folder}/out/out.zarr`, before = filesUnder(folder);
    Deno.mkdirSync(`${folder}/out`);
    const group = {
      zarr_format: 3,
      node_type: "group",
      attributes: { "encoding-type": "dict", "encoding-version": "0.1.0" },
    };
    const metadata: Json = {};
    for (const [name] of filesUnder(a)) {
      const path = /^(.*)\/zarr\.json$/.exec(name)?.[1];
      if (path !== undefined) metadata[path] = JSON.parse(Deno.readTextFileSync(`${a}/${name}`));
    }
    metadata["uns"] = group;
    for (const name of ["../evil", "uns/..", "uns/../../evil", "uns/", "/uns/x", "uns//x", "uns/."]) {
      metadata[name] = group;
    }
    change(
      `${a}/zarr.json`,
      (json) => json["consolidated_metadata"] = { kind: "inline", must_understand: false, metadata },
    );
    const { code, err } = await run("convert", a, "--out", out);
    assertEquals(code, 0, err);
    assertEquals(namesIn(folder), ["a.zarr", "b.zarr", "out"]);
    assertEquals(namesIn(`${folder}/out`), ["out.zarr"]);
    assert(![...filesUnder(out).keys()].some((name) => /evil|\.\./.test(name)));
    assertEquals([...before.keys()].filter((name) => !filesUnder(folder).has(name)), []);
  });
});

Deno.test("names: a label, a key or an element of the command line that would lead out is refused", async () => {
  await inFolder(async (folder) => {
    const [a, b] = await stores(folder), out = `${folder}/out/out.zarr`;
    Deno.mkdirSync(`${folder}/out`);
    const before = filesUnder(folder);
    for (const label of ["../../evil", "..", "a/../../../evil"]) {
      const { code, err } = await run("concat", a, b, "--out", out, `--label=${label}`);
      assertEquals(code, 2);
      assertMatch(err, /^anncat: Cannot read --label "[^\n]+\n$/);
    }
    assertEquals(filesUnder(folder), before);
  });
});

Deno.test("zip: entries whose names climb out are no part of the store", async () => {
  await inFolder(async (folder) => {
    const name = "/../../evil/zarr.json", zip = `${folder}/a.zarr.zip`;
    Deno.writeFileSync(
      zip,
      zipOf({ "zarr.json": GROUP, [name.slice(1)]: GROUP, "uns/../x/zarr.json": GROUP, "/abs/zarr.json": GROUP }),
    );
    const { code, out } = await run("info", zip, "--json");
    assertEquals(code, 0);
    assertEquals(JSON.parse(out).root.children, []);
    assertEquals(namesIn(folder), ["a.zarr.zip"]);
  });
});

const GROUP = JSON.stringify({ zarr_format: 3, node_type: "group", attributes: {} });

/** A zip file of texts that are stored as they are. */
function zipOf(entries: Readonly<Record<string, string>>): Uint8Array {
  const parts: Uint8Array[] = [], directory: Uint8Array[] = [];
  let at = 0, directoryBytes = 0;
  for (const [name, text] of Object.entries(entries)) {
    const encoder = new TextEncoder(), nameBytes = encoder.encode(name), bytes = encoder.encode(text);
    const local = new DataView(new ArrayBuffer(30)), entry = new DataView(new ArrayBuffer(46));
    local.setUint32(0, 0x04034b50, true);
    entry.setUint32(0, 0x02014b50, true);
    for (const [view, start] of [[local, 14], [entry, 16]] as const) {
      view.setUint32(start, crc(bytes), true);
      view.setUint32(start + 4, bytes.length, true);
      view.setUint32(start + 8, bytes.length, true);
      view.setUint16(start + 12, nameBytes.length, true);
    }
    entry.setUint32(42, at, true);
    parts.push(new Uint8Array(local.buffer), nameBytes, bytes);
    directory.push(new Uint8Array(entry.buffer), nameBytes);
    at += 30 + nameBytes.length + bytes.length;
    directoryBytes += 46 + nameBytes.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  for (const offset of [8, 10]) end.setUint16(offset, Object.keys(entries).length, true);
  end.setUint32(12, directoryBytes, true);
  end.setUint32(16, at, true);
  return Uint8Array.from([...parts, ...directory, new Uint8Array(end.buffer)].flatMap((part) => [...part]));
}

Deno.test("sizes: shapes, chunks and headers beyond all measure are refused, soon and within the budget", async (t) => {
  const x = "X/data/zarr.json",
    chunk = (json: Json, length: number) => {
      json["chunk_grid"] = { name: "regular", configuration: { chunk_shape: [length] } };
    };
  const cases: readonly (readonly [name: string, file: string, edit: (json: Json) => void])[] = [
    ["a long array", x, (json) => json["shape"] = [2 ** 50]],
    ["a shape beyond whole numbers", x, (json) => json["shape"] = [1e300]],
    ["a negative length", x, (json) => json["shape"] = [-1]],
    ["a large chunk", x, (json) => chunk(json, 2 ** 40)],
    ["a chunk of nothing", x, (json) => chunk(json, 0)],
    ["many small chunks", "obs/_index/zarr.json", (json) => {
      json["shape"] = [2 ** 45];
      chunk(json, 1);
    }],
    ["an index that is long", "var/_index/zarr.json", (json) => json["shape"] = [2 ** 40]],
    ["a matrix with a shape of its own", "X/zarr.json", (json) => {
      (json["attributes"] as Json)["shape"] = [2 ** 40, 2 ** 40];
    }],
    [
      "a type that is wide",
      x,
      (json) => json["data_type"] = { name: "fixed_length_utf32", configuration: { length_bytes: 2 ** 40 } },
    ],
    ["codecs in codecs", x, (json) => json["codecs"] = nested(12)],
  ];
  for (const [name, file, edit] of cases) {
    await t.step(name, async () => {
      await inFolder(async (folder) => {
        const [a, b] = await stores(folder);
        change(`${a}/${file}`, edit);
        if (JSON.parse(Deno.readTextFileSync(`${a}/zarr.json`)).consolidated_metadata) {
          change(`${a}/zarr.json`, (json) => delete json["consolidated_metadata"]);
        }
        await refused(folder, "concat", a, b, "--out", `${folder}/out.zarr`);
      });
    });
  }
});

function nested(depth: number): unknown {
  let codecs: unknown = [{ name: "bytes", configuration: { endian: "little" } }];
  for (let at = 0; at < depth; at++) {
    codecs = [{ name: "sharding_indexed", configuration: { chunk_shape: [1], codecs, index_codecs: codecs } }];
  }
  return codecs;
}

/** `anncat check`: what counts as the same, what is said of what differs, and the memory that it takes. */
import { assert, assertEquals, assertLessOrEqual, assertMatch, assertRejects } from "@std/assert";
import { openStore } from "../lib/anndata/open.ts";
import { compareRoots } from "../lib/check/compare.ts";
import { Job } from "../lib/check/job.ts";
import { compareStores, FormatError } from "../mod.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { serveFolder } from "./http_server.ts";
import { anncat, filesUnder, inFolder } from "./in_process.ts";
import { type MadeStore, writeAnnData, ZSTD } from "./made_store.ts";
import { peakOf, peakWhile } from "./peak.ts";
import { type Random, withSeed } from "./random.ts";
import {
  type Branch,
  categorical,
  frame,
  group,
  type Leaf,
  numbers,
  sparse,
  type Storage,
  texts,
  writeTree,
} from "./tree_store.ts";

const CELLS = ["c0", "c1", "c2"], GENES = ["g0", "g1", "g2", "g3"];

/** The children of an AnnData of 3 cells and 4 genes. */
const BASE: Branch["children"] = {
  X: sparse("csr", [3, 4], [[[0, 1], [2, 2.5]], [], [[1, 3], [3, 4]]]),
  obs: frame(CELLS, {
    n: numbers("int32", [1, 2, 3]),
    share: numbers("float64", [0.5, NaN, 2]),
    kind: categorical([0, 1, -1], ["a", "b"]),
    maybe: group("nullable-integer", { values: numbers("int64", [1n, 2n, 3n]), mask: numbers("bool", [0, 1, 0]) }),
    word: texts(["x", "", "é"]),
  }),
  var: frame(GENES, { mean: numbers("float32", [0.1, 0.2, 0.3, 0.4]) }, "gene"),
  layers: group("dict", { dense: numbers("float32", Array.from({ length: 12 }, (_, i) => i / 4), [3, 4]) }),
  obsm: group("dict", { pca: numbers("float32", [1, 2, 3, 4, 5, 6], [3, 2]) }),
  uns: group("dict", {
    text: texts(["word"], []),
    scalar: numbers("float64", [1], []),
    deep: group("dict", { big: numbers("uint64", [2n ** 63n, 1n]), pairs: numbers("complex64", [1, 2, 3, 4], [2]) }),
    grid: texts(["a", "b", "c", "d"], [2, 2]),
  }),
};

function adata(children: Branch["children"]): Branch {
  return group("anndata", children);
}

/** `BASE` with another node at `path`, or without it. */
function changed(path: string, node: Branch | Leaf | undefined, children = BASE): Branch["children"] {
  const [name = "", ...rest] = path.split("/"), child = children[name];
  const { [name]: _, ...others } = children;
  if (rest.length === 0) return node === undefined ? others : { ...children, [name]: node };
  if (child === undefined || !("children" in child)) throw new TypeError(`There is no ${path}`);
  return { ...children, [name]: { ...child, children: changed(rest.join("/"), node, child.children) } };
}

/** Write two stores and check them; `storage` is how the second is stored. */
async function check(
  folder: string,
  a: Branch["children"],
  b: Branch["children"],
  args: readonly string[] = [],
  storage: Storage = {},
) {
  const left = await writeTree(`${folder}/a.zarr`, adata(a)),
    right = await writeTree(`${folder}/b.zarr`, adata(b), storage);
  const outcome = await anncat("check", left, right, ...args);
  for (const store of [left, right]) Deno.removeSync(store, { recursive: true });
  return { ...outcome, lines: outcome.out.split("\n").slice(2, -1) };
}

Deno.test("check: how a store is stored does not count", async (t) => {
  const ways: Readonly<Record<string, Storage>> = {
    "the same": {},
    "version 2": { version: 2, codecs: [ZSTD] },
    "other chunks": { chunk: 2 },
    "single values": { chunk: 1, version: 2 },
    "shards": { chunk: 1, shard: 2, codecs: [ZSTD] },
  };
  for (const [name, storage] of Object.entries(ways)) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const { code, out, err } = await check(folder, BASE, BASE, [], storage);
        assertEquals([code, out], [0, ""]);
        assertMatch(err, /^anncat: \S+a\.zarr and \S+b\.zarr hold the same \(\d+ elements compared\)\n$/);
      }));
  }
});

Deno.test("check: where a store is, and in which format, does not count", async (t) => {
  const legacy = decodeURIComponent(new URL("../testdata/legacy", import.meta.url).pathname);
  const [inFile, inFolders] = [`${legacy}/0.10_h5ad/inputs/0.h5ad`, `${legacy}/0.10_zarr/inputs/0.zarr`];
  const holdsSame = async (a: string, b: string) => {
    const { code, out, err } = await anncat("check", a, b);
    assertEquals([code, out], [0, ""], err);
  };
  await t.step("HDF5 and zarr", () => holdsSame(inFile, inFolders));
  await t.step("over the network", async () => {
    await using server = serveFolder(legacy);
    await holdsSame(inFolders, `${server.url}/0.10_zarr/read/0.zarr`);
  });
  await t.step("in memory", async () => {
    const objects = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const [path, bytes] of filesUnder(`${legacy}/0.10_zarr/read/0.zarr`)) {
      objects.set(`/${path}`, new Uint8Array(bytes));
    }
    const { equal, a, b } = await compareStores({ get: (key) => objects.get(key) }, inFile);
    assertEquals([equal, a, b], [true, "store A", inFile]);
  });
});

Deno.test("check: what means the same is the same", async (t) => {
  const wide = { ...categorical([0, 1, -1], ["a", "b"]) };
  const same: Readonly<Record<string, readonly [string, Branch | Leaf | undefined, (Branch | Leaf)?]>> = {
    "int64 indices": ["X", sparse("csr", [3, 4], [[[0, 1], [2, 2.5]], [], [[1, 3], [3, 4]]], { index: "int64" })],
    "unsorted rows": ["X", sparse("csr", [3, 4], [[[2, 2.5], [0, 1]], [], [[3, 4], [1, 3]]])],
    "duplicate entries": ["X", sparse("csr", [3, 4], [[[0, 1], [2, 2], [2, 0.5]], [], [[1, 3], [3, 4]]])],
    "wide codes": ["obs/kind", { ...wide, children: { ...wide.children, codes: numbers("int32", [0, 1, -1]) } }],
    "other values under a mask": ["obs/maybe/values", numbers("int64", [1n, 99n, 3n])],
    "an empty mapping, and none": ["obsp", group("dict", {})],
    "arrays without an encoding": ["layers/dense", { ...BASE["layers"] as Branch }.children["dense"] && unencoded()],
    "minus zero": ["uns/zero", numbers("float32", [-0]), numbers("float32", [0])],
  };
  for (const [name, [path, node, instead]] of Object.entries(same)) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const base = instead === undefined ? BASE : changed(path, instead);
        const { code, out, err } = await check(folder, changed(path, node), base);
        assertEquals([code, out], [0, ""], err);
      }));
  }
});

function unencoded(): Leaf {
  return { ...numbers("float32", Array.from({ length: 12 }, (_, i) => i / 4), [3, 4]), attrs: {} };
}

Deno.test("check: an element of a store is a store too", async () => {
  await inFolder(async (folder) => {
    const a = await writeTree(`${folder}/a.zarr`, adata(BASE));
    const b = await writeTree(`${folder}/b.zarr`, adata(changed("obs/n", numbers("int32", [1, 9, 3]))));
    assertEquals((await anncat("check", `${a}/var`, `${b}/var`)).code, 0);
    assertEquals((await anncat("check", `${a}/X`, `${b}/X`)).code, 0);
    const { code, out } = await anncat("check", `${a}/obs`, `${b}/obs`);
    assertEquals([code, out.split("\n").slice(2, -1)], [1, ["n: 1 of 3 values differs", "  [1]: 2 in A, 9 in B"]]);
    assertEquals((await anncat("check", a, `${b}/obs`)).out.split("\n")[2], "/: encoding anndata in A, dataframe in B");
  });
});

Deno.test("check: what differs is told with its place", async (t) => {
  const dense = (values: readonly number[]) => numbers("float32", values, [3, 4]);
  const counting = Array.from({ length: 12 }, (_, i) => i / 4);
  const cases: Readonly<Record<string, readonly [string, Branch | Leaf | undefined, ...string[]]>> = {
    "an element is missing": ["X", undefined, "X: nothing in A, csr_matrix in B"],
    "a key is missing": ["uns/deep/big", undefined, "uns/deep/big: nothing in A, array in B"],
    "a key is new": ["uns/more", texts(["x"]), "uns/more: string-array in A, nothing in B"],
    "another slot": ["obsm/frame", frame(CELLS), "obsm/frame: dataframe in A, nothing in B"],
    "layout": ["X", sparse("csc", [3, 4], [[], [], [], []]), "X: encoding csc_matrix in A, csr_matrix in B"],
    "dense for sparse": ["X", dense(counting), "X: encoding array in A, csr_matrix in B"],
    "shape": ["obsm/pca", numbers("float32", [1, 2, 3], [3, 1]), "obsm/pca: shape (3, 1) in A, (3, 2) in B"],
    "shape, sparse": ["X", sparse("csr", [3, 5], [[], [], []]), "X: shape (3, 5) in A, (3, 4) in B"],
    "dtype": ["obs/n", numbers("int64", [1n, 2n, 3n]), "obs/n: dtype int64 in A, int32 in B"],
    "dtype, sparse": ["X", sparse("csr", [3, 4], [[], [], []], { data: "int8" }), "X: dtype int8 in A, float32 in B"],
    "text for numbers": ["obs/n", texts(["1", "2", "3"]), "obs/n: encoding string-array in A, array in B"],
    "text for a scalar": ["uns/scalar", texts(["1"], []), "uns/scalar: encoding string in A, numeric-scalar in B"],
    "a list for a scalar": [
      "uns/scalar",
      numbers("float64", [1]),
      "uns/scalar: encoding array in A, numeric-scalar in B",
    ],
    "a column that may have gaps": [
      "obs/word",
      group("nullable-string-array", { values: texts(["x", "", "é"]), mask: numbers("bool", [0, 0, 0]) }),
      "obs/word: encoding nullable-string-array in A, string-array in B",
    ],
    "dense values": [
      "layers/dense",
      dense(counting.map((value, i) => i === 5 ? 0.1 : i === 11 ? NaN : value)),
      "layers/dense: 2 of 12 values differ",
      '  [1, 1] "c1", "g1": 0.1 in A, 1.25 in B',
      '  [2, 3] "c2", "g3": NaN in A, 2.75 in B',
    ],
    "NaN is not a number": [
      "obs/share",
      numbers("float64", [0.5, 1, 2]),
      "obs/share: 1 of 3 values differs",
      '  [1] "c1": 1 in A, NaN in B',
    ],
    "sparse values": [
      "X",
      sparse("csr", [3, 4], [[[0, 1], [2, 2.25]], [[1, 0]], [[3, 4]]]),
      "X: 3 of 5 values differ",
      '  [0, 2] "c0", "g2": 2.25 in A, 2.5 in B',
      '  [1, 1] "c1", "g1": 0 in A, nothing stored in B',
      '  [2, 1] "c2", "g1": nothing stored in A, 3 in B',
    ],
    "whole numbers beyond 2^53": [
      "uns/deep/big",
      numbers("uint64", [2n ** 63n + 1n, 1n]),
      "uns/deep/big: 1 of 2 values differs",
      "  [0]: 9223372036854775809 in A, 9223372036854775808 in B",
    ],
    "complex numbers": [
      "uns/deep/pairs",
      numbers("complex64", [1, 2, 3, -4], [2]),
      "uns/deep/pairs: 1 of 2 values differs",
      "  [1]: 3-4j in A, 3+4j in B",
    ],
    "text": [
      "obs/word",
      texts(["x", "y", "e\u0301"]),
      "obs/word: 2 of 3 values differ",
      '  [1] "c1": "y" in A, "" in B',
      '  [2] "c2": "e\u0301" in A, "é" in B',
    ],
    "text in a grid": [
      "uns/grid",
      texts(["a", "b", "x", "d"], [2, 2]),
      "uns/grid: 1 of 4 values differs",
      '  [1, 0]: "x" in A, "c" in B',
    ],
    "a scalar": ["uns/scalar", numbers("float64", [2], []), "uns/scalar: 1 of 1 value differs", "  []: 2 in A, 1 in B"],
    "the order of categories": [
      "obs/kind",
      categorical([1, 0, -1], ["b", "a"]),
      "obs/kind/categories: 2 of 2 values differ",
      '  [0]: "b" in A, "a" in B',
      '  [1]: "a" in A, "b" in B',
    ],
    "codes": [
      "obs/kind",
      categorical([0, 1, 1], ["a", "b"]),
      "obs/kind/codes: 1 of 3 values differs",
      '  [2] "c2": 1 in A, -1 in B',
    ],
    "ordered": ["obs/kind", categorical([0, 1, -1], ["a", "b"], true), "obs/kind: ordered true in A, false in B"],
    "a mask": [
      "obs/maybe/mask",
      numbers("bool", [0, 0, 0]),
      "obs/maybe/mask: 1 of 3 values differs",
      '  [1] "c1": False in A, True in B',
    ],
    "nullable values": [
      "obs/maybe/values",
      numbers("int64", [7n, 2n, 3n]),
      "obs/maybe/values: 1 of 3 values differs",
      '  [0] "c0": 7 in A, 1 in B',
    ],
    "the index": [
      "var/gene",
      texts(["g0", "x", "g2", "y"]),
      "var/gene: 2 of 4 values differ",
      '  [1]: "x" in A, "g1" in B',
      '  [3]: "y" in A, "g3" in B',
    ],
    "another number of rows": [
      "obs",
      frame(["c0"], { n: numbers("int32", [1]), share: texts(["x"]) }),
      'obs: columns ["n","share"] in A, ["n","share","kind","maybe","word"] in B',
      "obs/_index: shape (1,) in A, (3,) in B",
    ],
    "the index's name": ["var", frame(GENES, columnsOf("var")), 'var: index name none in A, "gene" in B'],
    "the order of columns": [
      "obs",
      frame(CELLS, Object.fromEntries(Object.entries(columnsOf("obs")).toReversed())),
      'obs: columns ["word","maybe","kind","share","n"] in A, ["n","share","kind","maybe","word"] in B',
    ],
    "a column less": [
      "var",
      frame(GENES, {}, "gene"),
      'var: columns [] in A, ["mean"] in B',
    ],
  };
  await inFolder(async (folder) => {
    const b = await writeTree(`${folder}/b.zarr`, adata(BASE), { version: 2, chunk: 2 });
    for (const [name, [path, node, ...lines]] of Object.entries(cases)) {
      await t.step(name, async () => {
        const a = await writeTree(`${folder}/${name}.zarr`, adata(changed(path, node)));
        const { code, out, err } = await anncat("check", a, b);
        assertEquals(out.split("\n").slice(0, -1), [`A is ${a}`, `B is ${b}`, ...lines], err);
        assertEquals(code, 1);
        assertMatch(err, /^anncat: .*\.zarr and \S+ differ in \d elements? \(\d+ compared\)\n$/);
      });
    }
  });
});

function columnsOf(name: string): Branch["children"] {
  const { attrs, children } = BASE[name] as Branch;
  return Object.fromEntries(Object.entries(children).filter(([column]) => column !== attrs["_index"]));
}

Deno.test("check: --rtol is for floats, and relative", async () => {
  await inFolder(async (folder) => {
    const near = changed("obs/share", numbers("float64", [0.5 + 1e-9, NaN, 2]));
    assertEquals((await check(folder, near, BASE)).code, 1);
    assertEquals((await check(folder, near, BASE, ["--rtol", "1e-8"])).code, 0);
    assertEquals((await check(folder, near, BASE, ["--rtol=1e-10"])).code, 1);
    const entry = changed("X", sparse("csr", [3, 4], [[[0, 1], [2, 2.5000002]], [], [[1, 3], [3, 4]]]));
    assertEquals((await check(folder, entry, BASE)).code, 1);
    assertEquals((await check(folder, entry, BASE, ["--rtol=1e-6"])).code, 0);
    const whole = changed("obs/n", numbers("int32", [1, 2, 4]));
    assertEquals((await check(folder, whole, BASE, ["--rtol=0.9"])).code, 1);
    const endless = changed("obs/share", numbers("float64", [Infinity, NaN, 2]));
    assertEquals((await check(folder, endless, BASE, ["--rtol=1"])).code, 1);
    for (const wrong of ["-1", "nan", "", "x"]) {
      const { code, err } = await anncat("check", "a", "b", `--rtol=${wrong}`);
      assertEquals(code, 2);
      assertMatch(err, /^anncat: Cannot read --rtol ".*": it is a number of at least 0\n$/);
    }
  });
});

Deno.test("check: --ignore leaves elements out, and knows slips of the pen", async () => {
  await inFolder(async (folder) => {
    const other = changed("obs/n", numbers("float32", [0, 0, 0]), changed("uns/deep", undefined));
    assertEquals((await check(folder, other, BASE, ["--ignore=obs/n"])).lines, ["uns/deep: nothing in A, dict in B"]);
    assertEquals((await check(folder, other, BASE, ["--ignore=obs/n", "--ignore", "/uns/"])).code, 0);
    const fewer = changed("obs", frame(CELLS, { n: numbers("int32", [1, 2, 3]) }));
    const names = ["share", "kind", "maybe", "word"].map((name) => `--ignore=obs/${name}`);
    assertEquals((await check(folder, fewer, BASE, names)).code, 0, "columns that are ignored may be missing");
    const { code, out, err } = await check(folder, BASE, BASE, ["--ignore=obs/nn"]);
    assertEquals([code, out], [1, ""]);
    assertEquals(err, 'anncat: Cannot ignore "obs/nn": neither store has such an element\n');
  });
});

Deno.test("check: --json prints the report, --quiet nothing beside it", async () => {
  await inFolder(async (folder) => {
    const a = changed("obs/n", numbers("int32", [1, 5, 3])),
      b = changed("var/mean", undefined, changed("var", frame(GENES, {}, "gene")));
    const { code, out, err } = await check(folder, a, b, ["--json", "--quiet"]);
    assertEquals([code, err], [1, ""]);
    const { a: left, b: right, elements, ...report } = JSON.parse(out);
    assertEquals([left, right], [`${folder}/a.zarr`, `${folder}/b.zarr`]);
    assert(elements > 10);
    assertEquals(report, {
      equal: false,
      differences: [
        {
          kind: "values",
          element: "obs/n",
          differing: 1,
          total: 3,
          examples: [{ at: [1], names: ["c1"], a: "5", b: "2" }],
        },
        { kind: "form", element: "var", what: "columns", a: '["mean"]', b: "[]" },
      ],
    });
    const same = await check(folder, BASE, BASE, ["--json"]);
    assertEquals(JSON.parse(same.out).equal, true);
  });
});

Deno.test("check: of many differences the first are told, and all are counted", async () => {
  await inFolder(async (folder) => {
    const long = (from: number) => numbers("int32", Array.from({ length: 4000 }, (_, i) => i < 1234 ? i + from : i));
    const { lines } = await check(folder, changed("uns/long", long(1)), changed("uns/long", long(0)), [], {
      chunk: 100,
    });
    assertEquals(lines.length, 7);
    assertEquals(lines[0], "uns/long: 1,234 of 4,000 values differ");
    assertEquals(lines.at(-2), "  [4]: 5 in A, 4 in B");
    assertEquals(lines.at(-1), "  … and 1,229 more");
  });
});

Deno.test("check: long lists and long texts are told in short", async () => {
  await inFolder(async (folder) => {
    const columns = Array.from({ length: 40 }, (_, at): [string, Leaf] => [`n${at}`, numbers("int8", [1, 2, 3])]);
    const wide = (drop: number) => frame(CELLS, Object.fromEntries(columns.filter((_, at) => at !== drop)));
    const a = changed("uns/text", texts(["x".repeat(5000)], []), changed("obs", wide(20)));
    const { lines } = await check(folder, a, changed("obs", wide(-1)));
    assertEquals(lines, [
      'obs: columns 39 names, from 20 on ["n21","n22","n23",…] in A, 40 names, from 20 on ["n20","n21","n22",…] in B',
      "uns/text: 1 of 1 value differs",
      `  []: "${"x".repeat(99)}…" in A, "word" in B`,
    ]);
  });
});

Deno.test("check: needs to be allowed no more than reading", async () => {
  await inFolder(async (folder) => {
    const a = await writeTree(`${folder}/a.zarr`, adata(BASE));
    const { code, err } = await endOf(spawnAnncat(["check", a, a, "--quiet"], [`--allow-read=${folder}`]));
    assertEquals([code, err], [0, ""]);
  });
});

Deno.test("check: the stores are two, and they are there", async () => {
  await inFolder(async (folder) => {
    const store = await writeTree(`${folder}/a.zarr`, adata(BASE));
    for (const inputs of [[], [store], [store, store, store]]) {
      const { code, err } = await anncat("check", ...inputs);
      assertEquals(code, 2);
      assertMatch(err, /^anncat: Cannot compare \d stores: name two, as in anncat check a\.zarr b\.zarr\n$/);
    }
    const { code, out, err } = await anncat("check", store, `${folder}/none.zarr`);
    assertEquals([code, out], [1, ""]);
    assertMatch(err, /^anncat: Cannot open ".*none\.zarr": no such file or directory/);
  });
});

Deno.test("check: a broken store is an error, not a difference", async (t) => {
  const rows = [[[0, 1], [2, 2.5]], [], [[1, 3], [3, 4]]] as const;
  const good = sparse("csr", [3, 4], rows),
    part = (name: string, leaf: Leaf): Branch => {
      return { ...good, children: { ...good.children, [name]: leaf } };
    };
  const { _index: _, ...attrs } = (BASE["obs"] as Branch).attrs;
  const broken: Readonly<Record<string, readonly [string, Branch | Leaf, RegExp]>> = {
    "an index outside": [
      "X",
      part("indices", numbers("int32", [0, 2, 1, 4])),
      /"X" of .*index 4, outside of its shape/,
    ],
    "indptr goes down": ["X", part("indptr", numbers("int32", [0, 2, 1, 4])), /indptr".* it decreases/],
    "indptr ends early": [
      "X",
      part("indptr", numbers("int32", [0, 2, 2, 3])),
      /X\/indptr" of .* it goes to 3, and there are 4 entries/,
    ],
    "indptr starts late": ["X", part("indptr", numbers("int32", [1, 2, 2, 4])), /X\/indptr" of .* it starts with 1/],
    "no shape": ["X", { ...good, attrs: { "encoding-type": "csr_matrix" } }, /no attribute "shape" with two lengths/],
    "no index": ["obs", { ...BASE["obs"] as Branch, attrs }, /"obs".* no attribute "_index"/],
  };
  for (const [name, [path, node, says]] of Object.entries(broken)) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        for (const [a, b] of [[changed(path, node), BASE], [BASE, changed(path, node)]] as const) {
          const { code, out, err } = await check(folder, a, b);
          assertEquals([code, out], [1, ""], err);
          assertMatch(err, /^anncat: Cannot read [^\n]*\n$/);
          assertMatch(err, says);
        }
      }));
  }
  await t.step("a chunk that is cut off", () =>
    inFolder(async (folder) => {
      const made: MadeStore = { rows: 50, vars: GENES, x: "dense", chunks: [10, 4], seed: 1 };
      const a = await writeAnnData(`${folder}/a.zarr`, made), b = await writeAnnData(`${folder}/b.zarr`, made);
      Deno.truncateSync(`${b}/X/c/2/0`, 30);
      const { code, out, err } = await anncat("check", a, b);
      assertEquals([code, out], [1, ""]);
      assertMatch(err, /^anncat: Cannot .*b\.zarr.*\n$/);
      assertMatch(err, /X\/c\/2\/0/);
    }));
});

Deno.test("check: a broken chunk gives all memory back", async () => {
  await inFolder(async (folder) => {
    const made: MadeStore = { rows: 50, vars: GENES, x: "dense", chunks: [10, 4], seed: 1 };
    const a = await writeAnnData(`${folder}/a.zarr`, made), b = await writeAnnData(`${folder}/b.zarr`, made);
    Deno.truncateSync(`${b}/X/c/2/0`, 30);
    const options = { rtol: 0, exact: false, ignore: [], examples: 1, memory: 2 ** 30, reserved: 0, signal: undefined };
    const job = new Job(options), open = (path: string) => openStore(path, { pool: job.pool });
    const [left, right] = [await open(a), await open(b)];
    await assertRejects(() => compareRoots(job, left, right), FormatError);
    assertEquals(job.pool.lent, 0);
  });
});

Deno.test("check: one changed value is found wherever it is", async () => {
  await inFolder(async (folder) => {
    await withSeed(async (random) => {
      for (let round = 0; round < 12; round++) {
        const { base, other, element, at } = draw(random);
        const storage = { chunk: 1 + random.below(40), version: random.pick([2, 3] as const) };
        const a = await writeTree(`${folder}/a.zarr`, adata(other), { chunk: 1 + random.below(40) });
        const b = await writeTree(`${folder}/b.zarr`, adata(base), storage);
        const { differences } = await compareStores(a, b);
        assertEquals(
          differences.map((found) =>
            found.kind === "values" ? [found.element, found.differing, found.examples[0]?.at] : found
          ),
          [[element, 1, at]],
        );
        assertEquals((await compareStores(b, b)).equal, true);
        for (const store of [a, b]) Deno.removeSync(store, { recursive: true });
      }
    });
  });
});

/** Two trees that differ in one value. */
function draw(random: Random) {
  const rows = 1 + random.below(60), columns = 1 + random.below(30);
  const dense = Array.from({ length: rows * columns }, () => random.below(5));
  const matrix = Array.from({ length: rows }, () => {
    const places = Array.from({ length: columns }, (_, at) => at).filter(() => random.next() < 0.4);
    return places.map((place): [number, number] => [place, 1 + random.below(9)]);
  });
  const words = Array.from({ length: rows }, () => random.pick(["", "a", "bb", "é"]));
  const make = (
    dense: readonly number[],
    matrix: readonly (readonly (readonly [number, number])[])[],
    words: readonly string[],
  ) => ({
    ...BASE,
    uns: group("dict", {
      dense: numbers("int16", dense, [rows, columns]),
      matrix: sparse("csr", [rows, columns], matrix),
      words: texts(words),
    }),
  });
  const base = make(dense, matrix, words), row = random.below(rows), column = random.below(columns);
  switch (random.below(3)) {
    case 0: {
      const changed = dense.with(row * columns + column, 77);
      return { base, other: make(changed, matrix, words), element: "uns/dense", at: [row, column] };
    }
    case 1: {
      const kept = (matrix[row] ?? []).filter(([place]) => place !== column);
      // Out of order, as other writers leave them.
      const changed = matrix.with(row, random.shuffled([...kept, [column, 77]]));
      return { base, other: make(dense, changed, words), element: "uns/matrix", at: [row, column] };
    }
    default:
      return { base, other: make(dense, matrix, words.with(row, "other")), element: "uns/words", at: [row] };
  }
}

Deno.test({
  name: "check: peak resident memory stays below the budget, whatever the stores' size",
  ignore: peakOf(Deno.pid) === undefined, // no /proc
  fn: () =>
    inFolder(async (folder) => {
      const vars = Array.from({ length: 1000 }, (_, at) => `g${at}`);
      const dense: MadeStore = { rows: 15_000, vars, x: "dense", chunks: [1000, 250], seed: 1 };
      const csr: MadeStore = { rows: 50_000, vars, x: "csr", density: 0.1, chunks: [200_000], seed: 1 };
      const pairs: Readonly<Record<string, readonly [MadeStore, MadeStore]>> = {
        dense: [dense, { ...dense, chunks: [700, 300], version: 2, codecs: [ZSTD] }],
        sparse: [csr, { ...csr, chunks: [150_000], codecs: [ZSTD] }],
      };
      for (const [name, [a, b]] of Object.entries(pairs)) {
        const stores = [
          await writeAnnData(`${folder}/a-${name}.zarr`, a),
          await writeAnnData(`${folder}/b-${name}.zarr`, b),
        ];
        // The values are drawn chunk by chunk, so those of a dense X differ with the chunks.
        const child = spawnAnncat(["check", ...stores, "--memory=120MiB", ...(name === "dense" ? ["--json"] : [])]);
        const [peak, { code, out, err }] = await Promise.all([peakWhile(child), endOf(child)]);
        if (name === "dense") assertMatch(out, /"total": 15000000/);
        else assertEquals([code, out], [0, ""], err);
        assertLessOrEqual(peak, 120 * 2 ** 20, `${name}: ${Math.round(peak / 2 ** 20)} MiB`);
      }
      const refused = await anncat("check", `${folder}/a-dense.zarr`, `${folder}/b-dense.zarr`, "--memory=90MiB");
      assertEquals([refused.code, refused.out], [1, ""]);
      assertMatch(
        refused.err,
        /^anncat: Cannot compare "\S+" in 90(\.0)? MiB: it needs .*; raise --memory to \d+MiB\n$/,
      );
    }),
});

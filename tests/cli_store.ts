/**
 * A small AnnData store, written byte by byte as zarr format 3 without compression, for tests of the command line.
 *
 * @module
 */

/** What the store holds. */
export interface SmallStore {
  /** The cells' names. */
  readonly obs: readonly string[];
  /** The genes' names. */
  readonly vars: readonly string[];
  /** A column of whole numbers by name. */
  readonly columns?: Readonly<Record<string, readonly number[]>>;
  /** Whether there is an element that a concatenation leaves out. */
  readonly uns?: boolean;
}

/** Write a store whose X counts upwards from 0 in C order; returns its path. */
export function writeStore(path: string, store: SmallStore): string {
  const { obs, vars, columns = {} } = store;
  group(path, "", encoding("anndata", "0.1.0"));
  array(path, "X", [obs.length, vars.length], "float32", new Float32Array(obs.length * vars.length).map((_, i) => i));
  frame(path, "obs", obs, columns);
  frame(path, "var", vars, {});
  if (store.uns === true) {
    group(path, "uns", encoding("dict", "0.1.0"));
    group(path, "uns/left", encoding("dict", "0.1.0"));
  }
  return path;
}

function encoding(type: string, version: string): Record<string, unknown> {
  return { "encoding-type": type, "encoding-version": version };
}

function frame(path: string, name: string, index: readonly string[], columns: Record<string, readonly number[]>): void {
  const order = { "_index": "_index", "column-order": Object.keys(columns) };
  group(path, name, { ...encoding("dataframe", "0.2.0"), ...order });
  array(path, `${name}/_index`, [index.length], "string", vlen(index));
  for (const [column, values] of Object.entries(columns)) {
    array(path, `${name}/${column}`, [values.length], "int32", Int32Array.from(values));
  }
}

function group(path: string, name: string, attributes: Record<string, unknown>): void {
  write(path, name, { zarr_format: 3, node_type: "group", attributes });
}

function array(path: string, name: string, shape: number[], type: string, values: ArrayBufferView<ArrayBuffer>): void {
  const text = type === "string";
  write(path, name, {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: type,
    chunk_grid: { name: "regular", configuration: { chunk_shape: shape.map((length) => Math.max(1, length)) } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [text ? { name: "vlen-utf8" } : { name: "bytes", configuration: { endian: "little" } }],
    fill_value: text ? "" : 0,
    attributes: encoding(text ? "string-array" : "array", "0.2.0"),
  });
  if (shape.includes(0)) return;
  const key = ["c", ...shape.map(() => "0")];
  Deno.mkdirSync([path, name, ...key.slice(0, -1)].join("/"), { recursive: true });
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  Deno.writeFileSync([path, name, ...key].join("/"), bytes);
}

function write(path: string, name: string, metadata: Record<string, unknown>): void {
  const folder = name === "" ? path : `${path}/${name}`;
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(`${folder}/zarr.json`, JSON.stringify(metadata));
}

/** Text as vlen-utf8 stores it: the number of rows, then each row's length and bytes. */
function vlen(rows: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoded = rows.map((row) => new TextEncoder().encode(row));
  const bytes = new Uint8Array(4 + encoded.reduce((sum, row) => sum + 4 + row.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  let at = 4;
  for (const row of encoded) {
    view.setUint32(at, row.length, true);
    bytes.set(row, at + 4);
    at += 4 + row.length;
  }
  return bytes;
}

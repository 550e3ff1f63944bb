// The Deno side of kernel_readback.py: for each case of DIR/cases.json decodes
// what numcodecs wrote, compares, and writes our encoding beside it. Zstandard
// without Blosc around it is only encoded.

import { bloscBound, bloscDecode, bloscEncode, type BloscName } from "../../lib/kernel/blosc.ts";

import { zstdBound, zstdEncode } from "../../lib/kernel/zstd_encode.ts";

interface Zstd {
  readonly id: number;
  readonly cname: "bare zstd";
  readonly typesize: number;
}

interface Blosc {
  readonly id: number;
  readonly cname: BloscName;
  readonly clevel: number;
  readonly shuffle: 0 | 1 | 2;
  readonly blocksize: number;
  readonly typesize: number;
}

const [dir = "."] = Deno.args;
const cases: readonly (Blosc | Zstd)[] = JSON.parse(Deno.readTextFileSync(`${dir}/cases.json`));
for (const { id, ...config } of cases) {
  const decoded = Deno.readFileSync(`${dir}/${id}.raw`);
  if (config.cname === "bare zstd") {
    const room = new Uint8Array(zstdBound(decoded.length));
    Deno.writeFileSync(`${dir}/${id}.ours`, room.subarray(0, zstdEncode(decoded, config.typesize, room)));
    continue;
  }
  const into = new Uint8Array(decoded.length);
  bloscDecode(Deno.readFileSync(`${dir}/${id}.native`), into);
  if (!into.every((byte, i) => byte === decoded[i])) {
    throw new Error(
      `Decoded something else than numcodecs encoded: ${JSON.stringify(config)}, ${decoded.length} bytes`,
    );
  }
  const room = new Uint8Array(bloscBound(decoded.length));
  Deno.writeFileSync(`${dir}/${id}.ours`, room.subarray(0, bloscEncode(decoded, config, room)));
}

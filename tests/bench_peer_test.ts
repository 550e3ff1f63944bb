/** `anncat bench --peer` with a Python that has anndata: the one that the comparison with anndata has made. */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { type BenchResult, hasFigures } from "../lib/bench/result.ts";
import { exists } from "../lib/storage/store.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { anncat, inFolder } from "./in_process.ts";

const CACHE = new URL("../.cache/reference/", import.meta.url);

/** `ANNCAT_PEER`, or what `deno task test:reference` made; undefined where neither is there. */
function python(): string | undefined {
  const named = Deno.env.get("ANNCAT_PEER");
  if (named !== undefined) return named;
  try {
    const made = Array.from(Deno.readDirSync(CACHE), ({ name }) => name).find((name) =>
      name.startsWith("anndata-0.12-") && exists(decodeURIComponent(new URL(`${name}/complete`, CACHE).pathname))
    );
    return made === undefined ? undefined : decodeURIComponent(new URL(`${made}/bin/python`, CACHE).pathname);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const peer = python();

Deno.test({
  name: "bench: concat_on_disk of a Python with anndata is measured beside anncat",
  ignore: peer === undefined || Deno.build.os !== "linux",
  async fn() {
    await inFolder(async (folder) => {
      const data = `${folder}/data`;
      assertEquals((await anncat("generate", data, "--sizes=100", "--runs=1")).code, 0);
      const args = ["bench", data, "--rows=sparse", "--json", "--quiet", "--peer", peer ?? ""];
      const { code, out, err } = await endOf(spawnAnncat(args, ["--allow-all"]));
      assertEquals(code, 0, err);
      const { blocks }: BenchResult = JSON.parse(out);
      assertEquals(blocks.length, 8);
      for (const { peer } of blocks) {
        assert(hasFigures(peer));
        assertStringIncludes(peer.note, "anndata 0.12");
        assertGreater(peer.peak, peer.before);
        assertGreater(peer.before, 50 * 2 ** 20);
        assertGreater(peer.processSeconds, peer.seconds);
      }
    });
  },
});

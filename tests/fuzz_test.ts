/** Stores that somebody broke, by accident or on purpose: an error line or a result, soon, and nothing else anywhere. */
import { assert, assertEquals } from "@std/assert";
import { filesUnder, inFolder, namesIn } from "./in_process.ts";
import { LineProcess } from "./line_process.ts";
import { writeAnnData, ZSTD } from "./made_store.ts";
import { mutate } from "./mutate.ts";
import { concatProblem, type NamedMatrix, readNamed } from "./other_reader.ts";
import { freshSeed, Random } from "./random.ts";

/** `ANNCAT_FUZZ=5000` asks for so many, from a seed of its own; the usual ones are the same each time. */
const ASKED = Deno.env.get("ANNCAT_FUZZ"), COUNT = Number(ASKED ?? 200);
const SEED = ASKED === undefined ? 7 : Number(Deno.env.get("ANNCAT_SEED") ?? freshSeed());

const SECONDS = 10;
const MEMORY = 256 * 2 ** 20;

/** Many command lines in one process, which is watched from outside. */
class Runner extends LineProcess {
  constructor() {
    super(["run", "--quiet", "--allow-read", "--allow-write", "tests/gate/batch.ts"], SECONDS);
  }

  /** Run one; what is wrong where it has no end. */
  async run(args: readonly string[]): Promise<{ readonly exit: number; readonly stderr: string } | string> {
    return await this.ask(JSON.stringify({ args })).then(JSON.parse, (error: Error) => error.message);
  }

  /** The most memory that the process has had, in bytes. */
  peak(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  }
}

/** Stores as another reader reads them; undefined where it cannot. */
async function bothRead(paths: readonly string[]): Promise<readonly NamedMatrix[] | undefined> {
  try {
    return await Promise.all(paths.map(readNamed));
  } catch {
    return undefined;
  }
}

/** Messages of the language's own: something was not looked at before it was used. */
const OWN =
  /undefined|is not a function|not iterable|Invalid (typed )?array|out of bounds|call stack|Cannot convert|of null|RangeError|TypeError|the plan is broken|Unexpected (case|element)|allocation|mix BigInt/i;

Deno.test({
  name: `fuzz: ${COUNT} broken stores end in an error line or a result`,
  ignore: Deno.build.os !== "linux",
  async fn() {
    await inFolder(async (folder) => {
      const random = new Random(SEED), vars = Array.from({ length: 12 }, (_, at) => `g${at}`), stores = `${folder}/in`;
      Deno.mkdirSync(stores);
      Deno.mkdirSync(`${folder}/out`);
      const made = { rows: 30, vars, seed: 1 } as const, turned = vars.toReversed();
      const good = await writeAnnData(`${folder}/good.zarr`, {
        ...made,
        x: "csr",
        vars: turned,
        seed: 9,
        chunks: [40],
      });
      const dense = await writeAnnData(`${folder}/dense.zarr`, { ...made, x: "dense", vars: turned, seed: 8 });
      const victims = [
        await writeAnnData(`${stores}/csr2.zarr`, { ...made, x: "csr", version: 2, chunks: [40] }),
        await writeAnnData(`${stores}/csc3.zarr`, { ...made, x: "csc", codecs: [ZSTD], chunks: [40] }),
        await writeAnnData(`${stores}/dense2.zarr`, { ...made, x: "dense", version: 2, chunks: [10, 5] }),
        await writeAnnData(`${stores}/dense3.zarr`, { ...made, x: "dense", codecs: [], chunks: [10, 5] }),
      ];
      await using runner = new Runner();
      const sharded = `${stores}/sharded.zarr`;
      const shard = await runner.run([
        "concat",
        dense,
        good,
        "--out",
        sharded,
        "--chunks=20",
        "--shards=60",
        "--zarr-format=3",
      ]);
      assertEquals(typeof shard === "string" ? shard : shard.exit, 0);
      victims.push(sharded);
      const files = victims.flatMap((victim) => [...filesUnder(victim).keys()].map((name) => `${victim}/${name}`));
      const before = namesIn(folder), failures: string[] = [], out = `${folder}/out/o.zarr`;
      const counts = { refused: 0, done: 0, compared: 0, unread: 0 };
      for (let round = 0; round < COUNT && failures.length < 60; round++) {
        const file = random.pick(files), whole = Deno.readFileSync(file), { what, bytes } = mutate(file, whole, random);
        if (bytes === undefined) Deno.removeSync(file);
        else Deno.writeFileSync(file, bytes);
        const victim = `${stores}/${file.slice(stores.length + 1).split("/")[0]}`;
        const other = random.pick([good, dense]), order = random.below(2) ? [victim, other] : [other, victim];
        const join = random.pick(["inner", "outer"] as const), axis = random.pick(["obs", "obs", "var"] as const);
        const how = [`--join=${join}`, `--axis=${axis}`];
        const merges = random.pick([[], ["--merge=first", "--uns-merge=same"], ["--merge=unique", "--pairwise"]]);
        const run = random.below(8) === 0
          ? ["info", victim]
          : ["concat", ...order, "--out", out, ...how, ...merges, "--workers=0", `--memory=${MEMORY}`, "--quiet"];
        const place = `seed ${SEED}, round ${round}: ${file.slice(folder.length)}: ${what}: anncat ${run.join(" ")}`;
        const ended = await runner.run(run);
        const fail = (why: string) => failures.push(`${why}\n    ${place}`);
        if (typeof ended === "string") fail(ended);
        else if (ended.exit === 0) {
          counts.done++;
          if (run[0] === "concat") {
            // What another reader cannot read at all is no measure; all that it reads must be in the result.
            const inputs = await bothRead(order);
            if (inputs === undefined) counts.unread++;
            else {
              counts.compared++;
              const problem = concatProblem(await readNamed(out), inputs, axis, join);
              if (problem !== undefined) fail(problem);
            }
          }
        } else {
          counts.refused++;
          // deno-lint-ignore no-control-regex -- that is what must not be there
          if (ended.exit !== 1 || !/^anncat: [^\n\x00-\x1f\x7f]+\n$/.test(ended.stderr)) {
            fail(`${ended.exit} ${ended.stderr}`);
          } else if (OWN.test(ended.stderr.slice(0, 400))) fail(ended.stderr);
        }
        const left = namesIn(`${folder}/out`);
        if (typeof ended !== "string" && left.length > (run[0] === "concat" && ended.exit === 0 ? 1 : 0)) {
          fail(`left ${left}`);
        }
        if (namesIn(folder).join() !== before.join()) fail(`in the folder: ${namesIn(folder)}`);
        for (const name of left) Deno.removeSync(`${folder}/out/${name}`, { recursive: true });
        if (typeof ended !== "string" && runner.peak() > MEMORY * 1.2) {
          fail(`${Math.round(runner.peak() / 2 ** 20)} MiB of memory`);
          await runner.stop();
        }
        if (round % 500 === 499) await runner.stop(); // other runs' garbage is not this one's
        Deno.writeFileSync(file, whole);
      }
      assertEquals(failures, [], failures.join("\n"));
      if (ASKED !== undefined) console.log(JSON.stringify({ seed: SEED, ...counts }));
      assert(counts.refused > 0 && counts.compared > counts.unread, JSON.stringify(counts));
    });
  },
});

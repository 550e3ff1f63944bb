/** Stores in a bucket as inputs: the same results as from files, settings from where AWS keeps them, failures in one line. */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { concat, openAnnData } from "../mod.ts";
import { FormatError, UnsupportedError } from "../lib/base/errors.ts";
import { s3Access, type Surroundings } from "../lib/storage/s3/access.ts";
import { bucketUrl, parseS3 } from "../lib/storage/s3/address.ts";
import { S3Store } from "../lib/storage/s3/store.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { writeStore } from "./cli_store.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import {
  CREDENTIALS,
  ENVIRONMENT,
  failure,
  fillBucket,
  type S3Server,
  type S3ServerOptions,
  serveS3,
} from "./s3_server.ts";
import { inEnvironment } from "./s3_environment.ts";

const VARS = Array.from({ length: 40 }, (_, i) => `g${i}`);
const MADE: MadeStore = { rows: 300, vars: VARS, x: "csr", density: 0.3, chunks: [500], seed: 1 };

/** Keys that mean something to URLs, signatures or XML. */
const NAMES = ["a b.zarr", "ä+ö=.zarr", "50% & <more>.zarr", "it's (1)!*.zarr", "日本/#?x~y.zarr"];

/** Run `use` with a bucket "data" that holds the store `made` under `key`, also in a folder. */
async function withStore(
  key: string,
  made: MadeStore,
  use: (server: S3Server, folder: string) => Promise<void>,
  options: S3ServerOptions = {},
): Promise<void> {
  await inFolder(async (folder) => {
    await using server = serveS3(["data"], options);
    await writeAnnData(`${folder}/a.zarr`, made);
    fillBucket(server.objects, filesUnder(`${folder}/a.zarr`), `data/${key}`);
    await inEnvironment(ENVIRONMENT, () => use(server, folder));
  });
}

Deno.test("concat: inputs in a bucket give the bytes that files give, whatever their keys", async (t) => {
  for (const name of NAMES) {
    for (const workers of ["0", "2"]) {
      await t.step(`${name}, --workers=${workers}`, () =>
        withStore(name, MADE, async (server, folder) => {
          const args = ["--label=batch", "--index-unique=-", "--quiet", `--workers=${workers}`];
          const local = await anncat(
            "concat",
            `${folder}/a.zarr`,
            `${folder}/a.zarr`,
            "--out",
            `${folder}/local.zarr`,
            ...args,
          );
          assertEquals(local.code, 0, local.err);
          const input = `x=s3://data/${name}/`, endpoint = `--s3-endpoint=${server.endpoint}`;
          const found = await anncat(
            "concat",
            input,
            input.replace("x", "y"),
            "--out",
            `${folder}/out.zarr`,
            endpoint,
            "--index-unique=-",
            "--quiet",
          );
          assertEquals(found.code, 0, found.err);
          Deno.writeTextFileSync(`${folder}/list`, `s3://data/${name}\ns3://data/${name}\n`);
          const listed = await anncat(
            "concat",
            `--inputs-from=${folder}/list`,
            "--out",
            `${folder}/listed.zarr`,
            endpoint,
            ...args,
          );
          assertEquals(listed.code, 0, listed.err);
          assertEquals(filesUnder(`${folder}/listed.zarr`), filesUnder(`${folder}/local.zarr`));
        }));
    }
  }
});

Deno.test("concat: shards in a bucket are read part by part", async () => {
  await inFolder(async (folder) => {
    await using server = serveS3(["data"]);
    const plain = await writeAnnData(`${folder}/plain.zarr`, {
      rows: 1000,
      vars: VARS,
      x: "dense",
      chunks: [100, 20],
      seed: 1,
    });
    const sharded = await anncat(
      "concat",
      plain,
      "--out",
      `${folder}/a.zarr`,
      "--shards=500,40",
      "--zarr-format=3",
      "--quiet",
    );
    assertEquals(sharded.code, 0, sharded.err);
    fillBucket(server.objects, filesUnder(`${folder}/a.zarr`), "data/a.zarr");
    await inEnvironment(ENVIRONMENT, async () => {
      const { code, err } = await anncat(
        "concat",
        "s3://data/a.zarr",
        "--out",
        `${folder}/b.zarr`,
        `--s3-endpoint=${server.endpoint}`,
        "--shards=none",
        "--workers=0",
        "--quiet",
      );
      assertEquals(code, 0, err);
    });
    const parts = server.asked.filter(({ what }) => what.includes("/X/"));
    assertEquals(parts.length, 2 + 20); // the indexes and chunks of two shards
    assert(parts.every(({ range, status }) => range !== null && status === 206));
  });
});

Deno.test("info, check, verify, plan: stores in a bucket", async () => {
  await withStore("a.zarr", MADE, async (server, folder) => {
    const at = "s3://data/a.zarr", endpoint = `--s3-endpoint=${server.endpoint}`, local = `${folder}/a.zarr`;
    const info = await anncat("info", at, endpoint, "--json");
    assertEquals([JSON.parse(info.out).shape, JSON.parse(info.out).bytesOnDisk], [[300, 40], null]);
    assertEquals((await anncat("check", at, local, endpoint)).code, 0);
    const made = await anncat("concat", local, local, "--out", `${folder}/b.zarr`, "--quiet", "--index-unique=-");
    assertEquals(made.code, 0, made.err);
    const verified = await anncat("verify", `${folder}/b.zarr`, at, at, endpoint);
    assertEquals(verified.code, 0, verified.err);
    const plan = JSON.parse((await anncat("plan", at, "--out", `${folder}/c.zarr`, endpoint, "--json", "--quiet")).out);
    assertEquals(plan.options.s3Endpoint, server.endpoint);
    assert(plan.memory.terms.some(({ name }: { name: string }) => name.startsWith("network")));
    assert(!JSON.stringify(plan).includes(CREDENTIALS.secretAccessKey));
  });
});

Deno.test("openAnnData, concat: stores in a bucket", async () => {
  await withStore("a.zarr", MADE, async ({ endpoint }) => {
    await using a = await openAnnData("s3://data/a.zarr", { s3Endpoint: endpoint });
    let entries = 0;
    for await (const chunk of a.X?.chunks() ?? []) entries += chunk.data.length;
    await using both = await concat(["s3://data/a.zarr", new URL("s3://data/a.zarr")], { s3Endpoint: endpoint });
    let twice = 0;
    for await (const chunk of both.X?.chunks() ?? []) twice += chunk.data.length;
    assertEquals(twice, 2 * entries);
  });
});

Deno.test("concat: metadata that is not consolidated is listed in a bucket", async () => {
  await inFolder(async (folder) => {
    writeStore(`${folder}/single.zarr`, { obs: ["a"], vars: ["b"], uns: true });
    await using server = serveS3(["data"], { page: 2 });
    fillBucket(server.objects, filesUnder(`${folder}/single.zarr`), "data/x y/single.zarr");
    await inEnvironment(ENVIRONMENT, async () => {
      const args = ["--uns-merge=same", "--quiet"], endpoint = `--s3-endpoint=${server.endpoint}`;
      const local = await anncat("concat", `${folder}/single.zarr`, "--out", `${folder}/local.zarr`, ...args);
      const found = await anncat(
        "concat",
        "s3://data/x y/single.zarr",
        "--out",
        `${folder}/out.zarr`,
        endpoint,
        ...args,
      );
      assertEquals([local.err, found.err], ["", ""]);
      assertEquals(filesUnder(`${folder}/out.zarr`), filesUnder(`${folder}/local.zarr`));
    });
  });
});

Deno.test("concat: what a bucket refuses is said in one line with the way out", async (t) => {
  const own = (code: number, name: string, headers = {}) => (_: Request, what: string) =>
    what === "data/a.zarr/X/data/c/0" ? failure(code, name, headers) : undefined;
  const wrong = { ...ENVIRONMENT, AWS_ACCESS_KEY_ID: "AKIDOTHER" },
    secret = { ...ENVIRONMENT, AWS_SECRET_ACCESS_KEY: "x" };
  const cases: Readonly<
    Record<string, readonly [string, S3ServerOptions["answer"], Readonly<Record<string, string>>, RegExp]>
  > = {
    "another key": [
      "data/a.zarr",
      undefined,
      wrong,
      /s3:\/\/data\/a\.zarr\/zarr\.json": the server answers 403 InvalidAccessKeyId; .*check the credentials/,
    ],
    "another secret": ["data/a.zarr", undefined, secret, /403 SignatureDoesNotMatch; .*check the credentials/],
    "no credentials": [
      "data/a.zarr",
      undefined,
      { HOME: "/nowhere" },
      /403 AccessDenied; .*no credentials are given, by AWS_ACCESS_KEY_ID/,
    ],
    "no bucket": [
      "other/a.zarr",
      undefined,
      ENVIRONMENT,
      /404 NoSuchBucket; there is no bucket "other"; check its name and --s3-endpoint/,
    ],
    "no store": [
      "data/b.zarr",
      undefined,
      ENVIRONMENT,
      /"s3:\/\/data\/b\.zarr" as a zarr store: .*\(404\); check the bucket and the key/,
    ],
    "another region": [
      "data/a.zarr",
      own(301, "PermanentRedirect", { "x-amz-bucket-region": "us-west-2" }),
      ENVIRONMENT,
      /the bucket is in us-west-2, not in eu-central-1; set AWS_REGION=us-west-2/,
    ],
    "403 on a chunk": [
      "data/a.zarr",
      own(403, "AccessDenied"),
      ENVIRONMENT,
      /s3:\/\/data\/a\.zarr\/X\/data\/c\/0": the server answers 403 AccessDenied; It is AccessDenied; check the credentials/,
    ],
    "400 on a chunk": ["data/a.zarr", own(400, "ExpiredToken"), ENVIRONMENT, /400 ExpiredToken; It is ExpiredToken$/m],
    "an h5ad": ["data/a.h5ad", undefined, ENVIRONMENT, /over the network only zarr stores are read/],
    "a zip": ["data/a.zarr.zip", undefined, ENVIRONMENT, /over the network only zarr stores are read/],
    "no name": ["", undefined, ENVIRONMENT, /"s3:\/\/": it names no bucket; write s3:\/\/BUCKET\/KEY/],
    "a path that climbs": ["data/../a.zarr", undefined, ENVIRONMENT, /no part of its key may be empty, "\." or "\.\."/],
  };
  for (const [name, [at, answer, environment, message]] of Object.entries(cases)) {
    await t.step(name, () =>
      withStore("a.zarr", MADE, async (server, folder) => {
        await inEnvironment(environment, async () => {
          for (const workers of ["0", "2"]) {
            const args = [
              "--out",
              `${folder}/out.zarr`,
              `--s3-endpoint=${server.endpoint}`,
              `--workers=${workers}`,
              "--quiet",
            ];
            const { code, out, err } = await anncat("concat", `s3://${at}`, ...args);
            assertEquals([code, out], [1, ""], err);
            assertMatch(err, /^anncat: [^\n]+\n$/);
            assertMatch(err, message);
            assertEquals(namesIn(folder), ["a.zarr"]);
          }
        });
      }, answer === undefined ? {} : { answer }));
  }
});

Deno.test("concat: a server that fails for a while, or is busy, is asked again", async () => {
  const answer = (_: Request, what: string, earlier: number) =>
    what.includes("/X/data/") && earlier < 2 ? failure(503, "SlowDown") : undefined;
  await withStore("a.zarr", MADE, async (server, folder) => {
    const { code, err } = await anncat(
      "concat",
      "s3://data/a.zarr",
      "--out",
      `${folder}/out.zarr`,
      `--s3-endpoint=${server.endpoint}`,
      "--quiet",
    );
    assertEquals(code, 0, err);
    assert(server.asked.some(({ status }) => status === 503));
  }, { answer });
});

Deno.test("concat: an endpoint is a URL, from a flag or the environment", async () => {
  await withStore("a.zarr", MADE, async (server) => {
    const bad = await anncat("info", "s3://data/a.zarr", "--s3-endpoint=localhost:9000");
    assertEquals([bad.code, bad.err], [
      2,
      'anncat: Cannot read --s3-endpoint "localhost:9000": it is a URL that starts with http:// or https://\n',
    ]);
    await inEnvironment({
      ...ENVIRONMENT,
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ENDPOINT_URL_S3: server.endpoint,
    }, async () => {
      assertEquals((await anncat("info", "s3://data/a.zarr")).code, 0);
    });
    await inEnvironment({ ...ENVIRONMENT, AWS_ENDPOINT_URL: `${server.endpoint}/` }, async () => {
      assertEquals((await anncat("info", "s3://data/a.zarr")).code, 0);
    });
  });
});

Deno.test("concat: without s3:// nothing but files may be needed; with it, permissions are named", async () => {
  await withStore("a.zarr", MADE, async (server) => {
    const args = ["info", "s3://data/a.zarr", `--s3-endpoint=${server.endpoint}`];
    const none = await endOf(spawnAnncat(args));
    assertMatch(
      none.err,
      /^anncat: Cannot reach "s3:\/\/data\/a\.zarr": no permission to read AWS_ACCESS_KEY_ID; run with '--allow-env=AWS_\*,HOME,USERPROFILE'\n$/,
    );
    const env = "--allow-env=AWS_*,HOME,USERPROFILE";
    const some = await endOf(spawnAnncat(args, ["--allow-read", env]));
    assertMatch(
      some.err,
      /^anncat: Cannot read "s3:\/\/data\/a\.zarr\/zarr\.json": no permission to connect; run with --allow-net=127\.0\.0\.1:\d+\n$/,
    );
    const all = await endOf(spawnAnncat(args, ["--allow-read", env, `--allow-net=${server.host}`]));
    assertEquals([all.code, all.err], [0, ""]);
  });
});

Deno.test("S3Store: who is not named asks anonymously", async () => {
  await withStore("a.zarr", MADE, async (server) => {
    await inEnvironment({ HOME: "/nowhere" }, async () => {
      assertEquals((await anncat("info", "s3://data/a.zarr", `--s3-endpoint=${server.endpoint}`)).code, 0);
      const store = new S3Store("s3://data/a.zarr", { endpoint: server.endpoint });
      assertEquals(
        (await store.list("/")).sort(),
        ["X", "obs", "uns", "var", "zarr.json"].filter((name) => namesOf(server).has(name)),
      );
    });
  }, { anonymous: true });
});

function namesOf({ objects }: S3Server): Set<string> {
  return new Set([...objects.keys()].map((name) => name.split("/")[2] ?? ""));
}

/** Surroundings of variables and files. */
function surroundings(
  variables: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Surroundings {
  return { variable: (name) => variables[name], file: (path) => files[path] };
}

Deno.test("s3Access: variables go before files, and a flag before both", () => {
  const at = "s3://data/a.zarr";
  const files = {
    "/home/a/.aws/credentials":
      "# mine\n[default]\naws_access_key_id = ID\naws_secret_access_key = SECRET=/+\n[work]\naws_access_key_id=W\naws_secret_access_key=WS\naws_session_token=WT\n",
    "/home/a/.aws/config":
      "[default]\nregion = eu-west-1\n[profile work]\nregion=eu-west-2\ns3 =\n  addressing_style = path\nendpoint_url = http://minio:9000\n[profile role]\nrole_arn = arn:x\nsource_profile = default\n[profile sso]\nsso_session = y\n",
  };
  const keys = { AWS_ACCESS_KEY_ID: "E", AWS_SECRET_ACCESS_KEY: "ES" };
  const access = (variables: Readonly<Record<string, string>>, endpoint?: string) =>
    s3Access(at, endpoint, surroundings({ HOME: "/home/a", ...variables }, files));
  assertEquals(access({}), {
    endpoint: undefined,
    region: "eu-west-1",
    credentials: { accessKeyId: "ID", secretAccessKey: "SECRET=/+", sessionToken: undefined },
  });
  assertEquals(access({ AWS_PROFILE: "work" }), {
    endpoint: "http://minio:9000",
    region: "eu-west-2",
    credentials: { accessKeyId: "W", secretAccessKey: "WS", sessionToken: "WT" },
  });
  assertEquals(
    access({ ...keys, AWS_SESSION_TOKEN: "T", AWS_DEFAULT_REGION: "r", AWS_ENDPOINT_URL: "http://e" }, "http://flag"),
    {
      endpoint: "http://flag",
      region: "r",
      credentials: { accessKeyId: "E", secretAccessKey: "ES", sessionToken: "T" },
    },
  );
  assertEquals(access({ ...keys }).region, "eu-west-1");
  assertEquals(s3Access(at, undefined, surroundings({})), {
    endpoint: undefined,
    region: "us-east-1",
    credentials: undefined,
  });
  assertThrows(
    () => access({ AWS_PROFILE: "other" }),
    FormatError,
    'the profile "other" (AWS_PROFILE) is neither in "/home/a/.aws/credentials"',
  );
  assertThrows(() => access({ AWS_PROFILE: "role" }), UnsupportedError, "by role_arn");
  assertThrows(() => access({ AWS_PROFILE: "sso" }), UnsupportedError, "by sso_session");
  assertThrows(() => access({ AWS_ACCESS_KEY_ID: "E" }), TypeError, "AWS_SECRET_ACCESS_KEY is not set");
  assertThrows(() => access({ AWS_ENDPOINT_URL_S3: "minio:9000" }), TypeError, "it is a URL that starts with");
});

Deno.test("parseS3, bucketUrl: places in buckets", () => {
  assertEquals(parseS3("s3://data"), { bucket: "data", key: "" });
  assertEquals(parseS3("S3://data/a b/c.zarr//"), { bucket: "data", key: "a b/c.zarr" });
  for (const wrong of ["s3://", "s3:///a", "s3://da ta/a", "s3://data/a//b", "s3://data/./b"]) {
    assertThrows(() => parseS3(wrong), TypeError);
  }
  assertEquals(bucketUrl("data", undefined, "eu-west-1").href, "https://data.s3.eu-west-1.amazonaws.com/");
  assertEquals(bucketUrl("my.data", undefined, "cn-north-1").href, "https://s3.cn-north-1.amazonaws.com.cn/my.data");
  assertEquals(bucketUrl("data", "http://localhost:9000/s3/", "us-east-1").href, "http://localhost:9000/s3/data");
});

Deno.test("S3Store: a key that leads elsewhere is refused", async () => {
  await inEnvironment(ENVIRONMENT, async () => {
    const store = new S3Store("s3://data/a.zarr", { endpoint: "http://127.0.0.1:1", attempts: 1 });
    await assertRejects(() => store.get("/../b"), RangeError, "as a key");
  });
});

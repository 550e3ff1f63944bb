"""anncat with a server of Amazon's S3 that others wrote: moto, which checks signatures with botocore.

Buckets are filled and read by boto3, outputs are opened by anndata. Usage: object_store.py ANNDATA_PYTHON, with ANNCAT
in the environment.
"""

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).parents[2]
ANNCAT = shlex.split(os.environ["ANNCAT"])
REGION = "eu-central-1"

# Keys that mean something to URLs, signatures or XML.
KEYS = ["plain", "a b", "ä+ö=", "50% & <more>", "it's (1)!*,;:@$", "日本/#?x~y"]

# Cases: csr, dense, shards, version 2, tables of text and categories.
CASES = ["dtype_i4_f4_csr", "dtype_u8_i8_dense", "v2_and_v3_sharded", "merge_columns_unique_inner", "uns_first"]

OPEN = "import anndata, sys; a = anndata.read_zarr(sys.argv[1]); e = anndata.read_zarr(sys.argv[2]); " \
    "from anndata.tests.helpers import assert_equal; assert_equal(a, e, exact=False)"

# What is asked without a signature, before it is checked: a user with rights and a key, and a bucket.
UNSIGNED = 4


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """moto's server, with a user whose signatures it checks."""

    def __enter__(self):
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        env = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(UNSIGNED)}
        command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        iam = self.client("iam", "x", "x")
        iam.create_user(UserName="anncat")
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        iam.put_user_policy(UserName="anncat", PolicyName="all", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="anncat")["AccessKey"]
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        self.s3 = self.client("s3", self.key, self.secret)
        self.s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def client(self, service, key, secret):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(s3={"addressing_style": "path"}),
        )

    def put(self, folder, under):
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                self.s3.put_object(Bucket="data", Key=f"{under}/{path.relative_to(folder)}", Body=path.read_bytes())

    def keys(self, under):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="data", Prefix=f"{under}/")
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def get(self, under, folder):
        for key in self.keys(under):
            path = Path(folder, key[len(under) + 1:])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.s3.get_object(Bucket="data", Key=key)["Body"].read())

    def anncat(self, *args, **variables):
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        env |= {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": REGION}
        env |= {"AWS_ENDPOINT_URL_S3": self.endpoint, **variables}
        return subprocess.run([*ANNCAT, *args], env=env, capture_output=True, text=True)


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def same(server, folder, case, key, python):
    """A case from files, from the bucket, and into it: the same bytes, which anndata reads."""
    one = json.loads((ROOT / "testdata/cases" / case / "case.json").read_text())
    inputs = ROOT / "testdata/cases" / case
    server.put(inputs / "inputs", f"{key}/inputs")
    local = server.anncat("concat", *(str(inputs / name) for name in one["inputs"]), "--out", f"{folder}/local.zarr", *one["args"])
    assert local.returncode == 0, local.stderr
    remote = [f"s3://data/{key}/{name}" for name in one["inputs"]]
    out = server.anncat("concat", *remote, "--out", f"s3://data/{key}/out.zarr", *one["args"])
    assert out.returncode == 0, out.stderr
    back = server.anncat("concat", *remote, "--out", f"{folder}/back.zarr", *one["args"])
    assert back.returncode == 0, back.stderr
    server.get(f"{key}/out.zarr", f"{folder}/out.zarr")
    assert files(f"{folder}/out.zarr") == files(f"{folder}/local.zarr"), "the bucket holds other objects"
    assert files(f"{folder}/back.zarr") == files(f"{folder}/local.zarr"), "the folder holds other files"
    opened = subprocess.run([python, "-c", OPEN, f"{folder}/out.zarr", str(inputs / "expected.zarr")], capture_output=True, text=True)
    assert opened.returncode == 0, opened.stderr[-2000:]
    check = server.anncat("check", f"s3://data/{key}/out.zarr", f"{folder}/local.zarr")
    assert check.returncode == 0, check.stdout + check.stderr


def refusals(server, folder):
    at = ["info", "s3://data/plain/out.zarr"]
    wrong = server.anncat(*at, AWS_SECRET_ACCESS_KEY="wrong")
    assert wrong.returncode == 1 and "403 SignatureDoesNotMatch" in wrong.stderr, wrong.stderr
    unknown = server.anncat(*at, AWS_ACCESS_KEY_ID="AKIAUNKNOWN")
    assert unknown.returncode == 1 and "403 InvalidAccessKeyId" in unknown.stderr, unknown.stderr
    absent = server.anncat("info", "s3://nowhere/a.zarr")
    assert absent.returncode == 1 and 'there is no bucket "nowhere"' in absent.stderr, absent.stderr
    for run in (wrong, unknown, absent):
        assert run.stderr.count("\n") == 1, run.stderr
    there = server.anncat("concat", "s3://data/plain/out.zarr", "--out", "s3://data/plain/inputs/0.zarr")
    assert there.returncode == 1 and "it exists" in there.stderr, there.stderr


def overwrite(server, folder):
    case = ROOT / "testdata/cases/dtype_i4_f4_csr/inputs/0.zarr"
    server.put(case, "over/out.zarr")
    server.s3.put_object(Bucket="data", Key="over/out.zarr/stale & <old>", Body=b"x")
    run = server.anncat("concat", str(case), "--out", "s3://data/over/out.zarr", "--overwrite")
    assert run.returncode == 0, run.stderr
    assert "over/out.zarr/stale & <old>" not in server.keys("over/out.zarr")


def large(server, folder):
    """A shard of more than 16 MiB goes in parts."""
    made = server.anncat("generate", f"{folder}/made", "--sizes=1800", "--shapes=square", "--densities=1", "--runs=1")
    assert made.returncode == 0, made.stderr
    store = next(Path(folder, "made").rglob("*.zarr"))
    args = ["concat", str(store), "--zarr-format=3", "--codec=none", "--chunks=300,300", "--shards=1800,3000"]
    out = server.anncat(*args, "--out", "s3://data/large/out.zarr")
    assert out.returncode == 0, out.stderr
    local = server.anncat(*args, "--out", f"{folder}/local.zarr")
    assert local.returncode == 0, local.stderr
    server.get("large/out.zarr", f"{folder}/out.zarr")
    assert files(f"{folder}/out.zarr") == files(f"{folder}/local.zarr")
    assert max(map(len, files(f"{folder}/out.zarr").values())) > 2**24
    assert "Uploads" not in server.s3.list_multipart_uploads(Bucket="data")


def main(python):
    passed = failed = 0
    with Server() as server:
        checks = [(f"{case}, {key}", lambda folder, case=case, key=key: same(server, folder, case, key, python))
                  for case, key in [*((CASES[0], key) for key in KEYS), *((case, f"case/{case}") for case in CASES[1:])]]
        checks += [(check.__name__, lambda folder, check=check: check(server, folder)) for check in (refusals, overwrite, large)]
        for name, check in checks:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    check(folder)
                    passed += 1
                    print(f"{name}: ok")
                except Exception as error:  # noqa: BLE001 -- the next ones are worth knowing
                    failed += 1
                    print(f"{name}: FAILED: {type(error).__name__}: {error}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Tasks run by engines: what anncat writes for each makes the same bytes as anncat concat.

Every engine runs the data set that `anncat generate` makes at size 2,000, with one process in five killed at a random
moment (SIGKILL), Snakemake and Dask also without. An engine that is not here is named as skipped.

Usage: run.py [--seed N] [--only ENGINE]
"""
import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import slurm

ROOT = Path(__file__).resolve().parents[2]
ANNCAT = [os.environ.get("DENO", "deno"), "run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", f"{ROOT}/cli.ts"]

# A command that is killed in one of five of its runs, by what the seed, the task and the attempt come to.
FLAKY = """#!/usr/bin/env bash
key=$1-${{3:-}}
tries=$(find {counts} -name "$key.*" | wc -l)
: >"{counts}/$key.$tries"
draw=$(echo "{seed} $key $tries" | cksum | cut -d ' ' -f 1)
[ $((draw % 5)) -eq 0 ] || exec {anncat} "$@"
{anncat} "$@" &
sleep "0.$((draw / 5 % 30 + 10))"
kill -KILL $! 2>/dev/null
: >"{counts}/killed.$key.$tries"
wait $!
kill -KILL $$
"""


class Skipped(Exception):
    """An engine that cannot run here."""


def anncat(*arguments):
    done = subprocess.run([*ANNCAT, *map(str, arguments), "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def same(one, other):
    """Whether two folders hold the same files with the same bytes."""
    names = [sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) for folder in (one, other)]
    if names[0] != names[1]:
        return False
    files = [name for name in names[0] if (one / name).is_file()]
    return filecmp.cmpfiles(one, other, files, shallow=False)[0] == files


def run(command, cwd, env=None):
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=300,
    )
    assert done.returncode == 0, f"{command[0]} ended with status {done.returncode}:\n{done.stdout[-4000:]}"


def snakemake(work, cwd):
    run([Path(sys.executable).parent / "snakemake", "-s", work / "Snakefile", "--cores", "2"], cwd)


def dask(work, cwd):
    run([sys.executable, work / "run_dask.py", "--workers", "2"], cwd)


# What Nextflow's own launcher opens to its libraries.
OPENED = ["java.lang", "java.io", "java.nio", "java.net", "java.util", "java.util.concurrent.locks",
          "java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.fs", "sun.net.www.protocol.http", "jdk.internal.misc",
          "jdk.internal.vm"]


def nextflow(work, cwd):
    jars = os.environ.get("NEXTFLOW_JARS")
    if jars is None:
        raise Skipped("Nextflow needs Java, and Maven that reaches Maven Central")
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    env = {"NXF_HOME": str(cwd / "home"), "NXF_OFFLINE": "true", "NXF_ANSI_LOG": "false"}
    run(["java", "-Xmx512m", "-cp", f"{jars}/*", *opened, "nextflow.cli.Launcher", "run", work / "main.nf"], cwd, env)


def slurm_arrays(work, cwd):
    missing = slurm.missing()
    if missing is not None:
        raise Skipped(missing)
    with slurm.cluster() as env:
        # Arrays of three: a stage becomes several.
        run(["bash", work / "submit.sh", "--time=10"], cwd, {**env, "ARRAY": "3"})
        slurm.wait(env, work)


ENGINES = {"snakemake": snakemake, "dask": dask, "nextflow": nextflow, "slurm": slurm_arrays}
CALM = ["snakemake", "dask"]


def check(engine, is_flaky, folder, inputs, expected, seed):
    """Split the data set, have it done, and compare."""
    # Names that a script must quote.
    place = folder / f"{engine} it's $HOME {'flaky' if is_flaky else 'calm'}"
    work, out, counts = place / "work", place / "all.zarr", folder / f"counts-{engine}"
    cwd = folder / f"run-{engine}"  # engines do not quote their own folders
    place.mkdir()
    for path in (cwd, counts):
        path.mkdir(parents=True, exist_ok=True)
    options = []
    if is_flaky:
        script = folder / f"flaky-{engine}"
        script.write_text(FLAKY.format(counts=counts, seed=seed, anncat=" ".join(ANNCAT)))
        script.chmod(0o755)
        options = ["--command", script]
    anncat("tasks", *inputs, "--out", out, "--dir", work, "--join", "outer", "--task-size", "16MiB",
           "--workers", "1", "--engine", engine, *options)
    ENGINES[engine](work, cwd)
    assert same(out, expected), f"{out} is not what anncat concat makes"
    killed = len(list(counts.glob("killed.*")))
    assert not is_flaky or killed > 0, "no process was killed"
    left = sorted(path.name for path in place.iterdir())
    assert left == ["all.zarr", "work"], f"left behind: {left}"
    shutil.rmtree(out)
    return killed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--only", choices=ENGINES)
    given = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="anncat-engines-") as name:
        folder = Path(name)
        anncat("generate", folder / "data", "--sizes", 2000, "--shapes", "square", "--runs", 1)
        inputs, expected = sorted((folder / "data").glob("*.zarr")), folder / "expected.zarr"
        anncat("concat", *inputs, "--out", expected, "--join", "outer")
        for engine in [given.only] if given.only else ENGINES:
            for is_flaky in [False, True] if engine in CALM else [True]:
                what = f"{engine}, {'one process in five killed' if is_flaky else 'none killed'}"
                started = time.monotonic()
                try:
                    killed = check(engine, is_flaky, folder, inputs, expected, given.seed)
                    passed += 1
                    seconds = time.monotonic() - started
                    print(f"{what}: the bytes of concat, {killed} killed, {seconds:.0f} s", flush=True)
                except Skipped as reason:
                    print(f"{what}: skipped: {reason}", flush=True)
                except (AssertionError, subprocess.TimeoutExpired) as error:
                    failed += 1
                    print(f"{what}: FAILED: {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()

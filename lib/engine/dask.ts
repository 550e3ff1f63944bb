/**
 * A Python script for Dask.
 *
 * @module
 */
import { shellQuoted } from "../base/shell.ts";
import { type EngineFiles, type EngineJob, finishLine, RETRIES, runLine } from "./job.ts";

/** A script that hands tasks to Dask's workers as futures. */
export function daskFiles(job: EngineJob): EngineFiles {
  const run = `python ${shellQuoted(`${job.dir}/run_dask.py`)}`;
  const stages = job.stages.map(({ stage, start, end, memory, workers }) =>
    `    {"stage": ${stage}, "start": ${start}, "end": ${end}, "memory": ${memory}, "threads": ${workers}},\n`
  );
  const text =
    `"""Written by anncat tasks, for Dask: python run_dask.py [--scheduler ADDRESS [--resources]] [--workers N].

Without a scheduler tasks run on this machine, as many at once as its cores and memory allow, or N. With --resources a
task waits for a worker that has the memory and the threads: start workers with --resources "MEMORY=64e9 THREADS=16".
"""
import argparse
import os
import subprocess

from distributed import Client, LocalCluster

RUN = ${JSON.stringify(runLine(job, "\0").split("\0"))}
FINISH = ${JSON.stringify(finishLine(job))}
STAGES = [
${stages.join("")}]
RETRIES = ${RETRIES}


def run_task(number):
    run(str(number).join(RUN))


def run(line):
    done = subprocess.run(line, shell=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{line} ended with status {done.returncode}: {done.stderr.strip()}")


def at_once():
    """How many tasks this machine can do at the same time."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    threads = max([stage["threads"] for stage in STAGES], default=1)
    needed = max([stage["memory"] for stage in STAGES], default=1)
    return max(1, min((os.cpu_count() or 1) // threads, memory // needed))


def main():
    parser = argparse.ArgumentParser(description="Run the tasks of anncat on Dask's workers")
    parser.add_argument("--scheduler", help="the address of a scheduler; by default one is started on this machine")
    parser.add_argument("--resources", action="store_true", help="ask workers for MEMORY and THREADS")
    parser.add_argument("--workers", type=int, help="tasks at once on this machine")
    given = parser.parse_args()
    where = given.scheduler or LocalCluster(
        n_workers=1, threads_per_worker=given.workers or at_once(), processes=False, dashboard_address=None
    )
    with Client(where) as client:
        for stage in STAGES:
            wanted = {"MEMORY": stage["memory"], "THREADS": stage["threads"]} if given.resources else None
            numbers = range(stage["start"], stage["end"])
            client.gather(client.map(run_task, numbers, pure=False, retries=RETRIES, resources=wanted))
        client.submit(run, FINISH, pure=False, retries=RETRIES).result()
    if given.scheduler is None:
        where.close()


if __name__ == "__main__":
    main()
`;
  return { files: [{ name: "run_dask.py", text }], run };
}

#!/usr/bin/env bash
# Runs the tasks of a concatenation by Snakemake, Dask, Nextflow and Slurm. Snakemake and Dask come from PyPI, Nextflow
# from Maven Central (it needs Java and Maven), Slurm from Debian's packages (slurmd, slurmctld, slurm-client, munge; it
# needs root). What cannot run is named as skipped. Usage: engines.sh [ARGUMENTS OF engines.py]
set -uo pipefail
cd "$(dirname "$0")/../.."
source tests/gate/environment.sh
export DENO=${DENO:-$(command -v deno)}

if ! python=$(environment engines '(3, 11)'); then
  echo "Cannot make the environment of the engines: it needs Python 3.11 or later, and PyPI"
  echo "0 passed, 1 failed"
  exit 1
fi

pom=tests/gate/nextflow.xml
jars=.cache/nextflow/$(cksum <"$pom" | cut -d ' ' -f 1)
if [ ! -e "$jars/complete" ] && command -v java mvn >/dev/null; then
  rm -rf "$jars"
  mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$PWD/$jars" >&2 &&
    touch "$jars/complete"
fi
if [ -e "$jars/complete" ]; then export NEXTFLOW_JARS="$PWD/$jars"; fi

exec "$python" tests/engines/run.py "$@"

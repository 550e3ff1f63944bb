#!/usr/bin/env bash
# Compares anncat with anndata 0.12 on the case folders and on random inputs; where a Python that anndata 0.13 runs on is
# found, that reads the outputs too. Needs PyPI the first time. Usage: reference.sh [ARGUMENTS OF run.py]
set -uo pipefail
cd "$(dirname "$0")/../.."
deno=${DENO:-deno}
export ANNCAT="$deno run --allow-read --allow-write $PWD/cli.ts"
export ANNCAT_BATCH="$deno run --allow-read --allow-write $PWD/tests/gate/batch.ts"
# A fixed seed: a gate must not fail for what the change did not touch. Other seeds are for exploring.
[ $# -gt 0 ] || set -- --draws 60 --seed 1

source tests/gate/environment.sh

if ! python=$(environment anndata-0.12 '(3, 11)'); then
  echo "Cannot make the environment of anndata 0.12: it needs Python 3.11 or later, and PyPI"
  echo "0 passed, 1 failed"
  exit 1
fi
if ! python_of '(3, 12)' >/dev/null; then
  echo "anndata 0.13 is left out: no Python 3.12 or later is here"
elif ANNCAT_PYTHON_013=$(environment anndata-0.13 '(3, 12)'); then
  export ANNCAT_PYTHON_013="$PWD/$ANNCAT_PYTHON_013"
else
  echo "Cannot make the environment of anndata 0.13: it needs PyPI"
  echo "0 passed, 1 failed"
  exit 1
fi
# numcodecs reads what the kernel encodes, and the kernel what numcodecs does.
if ! PATH="$(dirname "$(command -v "$deno")"):$PATH" "$python" tests/reference/kernel_readback.py 1; then
  echo "0 passed, 1 failed"
  exit 1
fi
exec "$python" tests/reference/run.py "$@"

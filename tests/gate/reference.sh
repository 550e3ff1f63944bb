#!/usr/bin/env bash
# Compares anncat with anndata 0.12 on the case folders and on random inputs; where a Python that anndata 0.13 runs on is
# found, that reads the outputs too. Needs PyPI the first time. Usage: reference.sh [ARGUMENTS OF run.py]
set -uo pipefail
cd "$(dirname "$0")/../.."
deno=${DENO:-deno}
export ANNCAT="$deno run --allow-read --allow-write $PWD/cli.ts"
export ANNCAT_BATCH="$deno run --allow-read --allow-write $PWD/tests/gate/batch.ts"
# A fixed seed: a gate must not fail for what the change did not touch. Other seeds are for exploring.
[ $# -gt 0 ] || set -- --draws 300 --seed 1

# python_of LEAST: the first Python of at least that version that really runs (a shim may not) and can make a venv.
python_of() {
  local candidate
  for candidate in python3 python3.12 python3.13 python3.14 python3.11 "$HOME"/.pyenv/versions/3.1[1-9]*/bin/python3; do
    if "$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < $1)" >/dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# environment NAME LEAST: the Python of a venv in .cache with NAME's requirements, made where it is not there yet.
environment() {
  local requirements="tests/gate/$1.txt" dir python
  dir=".cache/reference/$1-$(cksum <"$requirements" | cut -d ' ' -f 1)"
  if [ ! -e "$dir/complete" ]; then
    python=$(python_of "$2") || return 1
    rm -rf "$dir"
    "$python" -m venv "$dir" >&2 && "$dir/bin/pip" install -q --disable-pip-version-check -r "$requirements" >&2 || return 1
    touch "$dir/complete"
  fi
  echo "$dir/bin/python"
}

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
exec "$python" tests/reference/run.py "$@"

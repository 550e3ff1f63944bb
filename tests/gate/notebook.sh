#!/usr/bin/env bash
# Runs the notebook in Deno's Jupyter kernel, with nbclient in a venv of its own in .cache. Needs PyPI the first time.
# Usage: notebook.sh [ARGUMENTS OF run.py]
set -uo pipefail
cd "$(dirname "$0")/../.."
requirements=tests/gate/notebook.txt
dir=.cache/notebook/$(cksum <"$requirements" | cut -d ' ' -f 1)
if [ ! -e "$dir/complete" ]; then
  rm -rf "$dir"
  if ! { python3 -m venv "$dir" && "$dir/bin/pip" install -q --disable-pip-version-check -r "$requirements"; } >&2; then
    echo "Cannot make the environment of the notebook: it needs Python 3, and PyPI"
    echo "0 passed, 1 failed"
    exit 1
  fi
  touch "$dir/complete"
fi
exec "$dir/bin/python" tests/notebook/run.py "$@"

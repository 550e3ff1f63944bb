#!/usr/bin/env bash
# Concatenates from and into buckets of moto's S3 server, which checks signatures with botocore. Needs PyPI the first
# time.
set -uo pipefail
cd "$(dirname "$0")/../.."
export ANNCAT="${DENO:-deno} run --no-prompt --allow-read --allow-write --allow-net=127.0.0.1 \
--allow-env=AWS_*,HOME,USERPROFILE $PWD/cli.ts"
source tests/gate/environment.sh
if ! anndata=$(environment anndata-0.12 '(3, 11)') || ! python=$(environment object_store '(3, 11)'); then
  echo "Cannot make the environments of moto and anndata: they need Python 3.11 or later, and PyPI"
  echo "0 passed, 1 failed"
  exit 1
fi
exec "$python" tests/reference/object_store.py "$PWD/$anndata"

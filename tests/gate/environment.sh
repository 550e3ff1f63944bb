#!/usr/bin/env bash
# Python environments in .cache/, made where they are not there yet. Sourced for its functions; run as
# `environment.sh NAME LEAST` it prints the path of an environment's Python.

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

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  cd "$(dirname "$0")/../.." || exit 1
  python=$(environment "$@") && echo "$PWD/$python"
fi

#!/usr/bin/env bash
# A virtual environment at $1. Called by the Makefile.
# On Debian, as root, it installs what Python's own venv module lacks; elsewhere it says so.
set -euo pipefail
venv=${1:?usage: make-venv.sh FOLDER}
python=${PYTHON:-python3}

install() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "set-up: $1 is missing. Install Python 3.11 or newer with its venv module" \
      "(Debian: apt-get install python3 python3-venv)." >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends python3 python3-venv </dev/null
}

command -v "$python" >/dev/null || install "$python"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "set-up: $("$python" --version) is too old, 3.11 or newer is needed." \
    "Name another one: make PYTHON=python3.12 ..." >&2
  exit 1
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null || install "the module venv"
"$python" -m venv --clear "$venv"

#!/usr/bin/env bash
# PostgreSQL's programs, for the tests that start a server of their own. Called by `make test`.
# Nothing is started here and no existing installation is touched.
set -euo pipefail
if command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "set-up: PostgreSQL is not installed; its tests will be skipped." \
    "(Debian: apt-get install --no-install-recommends postgresql)" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends postgresql </dev/null

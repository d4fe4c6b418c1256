#!/usr/bin/env bash
# The page's own checks: `check-page.sh lint` or `check-page.sh test`, by npm.
# Called by `make lint` and `make test` after build-page.sh, which installs what they need.
# Without it (no Node 20, no npm) they say so and end well: the rest is checked all the same.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -d frontend/node_modules ] || ! command -v npm >/dev/null; then
  echo "The page is not checked: its packages are not installed (make page)."
  exit 0
fi
npm run --prefix frontend --silent "$1"

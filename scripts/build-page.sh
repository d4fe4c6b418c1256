#!/usr/bin/env bash
# frontend/ -> server/web/dist, compressed; what is built and unchanged is not built again.
# Called by `make run`, `make build` and the container. Without Node 20 and npm it says so and
# ends well: the API runs without the page.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=server/web/dist
stamp=frontend/node_modules/.page-built-from

if [ ! -f frontend/package-lock.json ]; then
  echo "There is no frontend/ here, so there is no page to build."
  exit 0
fi
major=$(node --version 2>/dev/null | sed -nE 's/^v([0-9]+)\..*/\1/p' || true)
if [ "${major:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
  echo "The page is not built: it needs Node 20 or newer and npm. The API runs without it."
  exit 0
fi

# What goes into the page: every file of frontend/ that is not made by a tool.
sources=$(find frontend -type d \( -name node_modules -o -name dist -o -name coverage \) -prune \
  -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sources" ] && [ -f "$dist/index.html" ]; then
  exit 0
fi

echo "Building the page ..."
# The lock alone decides what is installed; npm's own marker tells whether that was done.
lock=$(sha256sum <frontend/package-lock.json)
if [ ! -d frontend/node_modules ] || [ "$(cat frontend/node_modules/.lock-sum 2>/dev/null)" != "$lock" ]; then
  npm ci --prefix frontend --no-audit --no-fund --loglevel=error
  printf '%s' "$lock" >frontend/node_modules/.lock-sum
fi
npm run --prefix frontend --silent build
node scripts/compress-page.mjs "$dist"
printf '%s' "$sources" >"$stamp"
echo "The page is in $dist."

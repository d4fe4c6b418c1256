#!/usr/bin/env bash
# A Chromium that prints reports, and fonts for accents, CJK and emoji. Called by `make run` and
# `make test`; what is there already is not installed again. It never fails the caller: without a
# browser everything works but printing, which then says what to do.
set -uo pipefail
venv=${1:-.venv}

find_browser() {
  local name
  for name in "${REVENUE_CHROMIUM:-}" "${PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH:-}" \
    "${PUPPETEER_EXECUTABLE_PATH:-}" "${CHROME_BIN:-}" "${CHROME_PATH:-}" \
    chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null; then return 0; fi
  done
  [ -x "$venv/bin/python" ] && "$venv/bin/python" - <<'PYTHON' 2>/dev/null
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as driver:
    sys.exit(0 if pathlib.Path(driver.chromium.executable_path).is_file() else 1)
PYTHON
}

is_debian_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

missing_packages() {
  local package
  for package in fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji poppler-utils; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

give_up() {
  echo "set-up: no browser was installed; PDF reports will answer 503." \
    "(Debian, as root: apt-get install chromium; elsewhere: $venv/bin/playwright install chromium)" >&2
  exit 0
}

if is_debian_root; then
  mapfile -t wanted < <(missing_packages)
  find_browser || wanted+=(chromium)
  [ "${#wanted[@]}" -gt 0 ] || exit 0
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || give_up
  # One by one: a package that a release does not have takes no other one with it.
  for package in "${wanted[@]}"; do
    apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null \
      || echo "set-up: $package could not be installed." >&2
  done
  find_browser || give_up
else
  find_browser || "$venv/bin/playwright" install chromium || give_up
fi
exit 0

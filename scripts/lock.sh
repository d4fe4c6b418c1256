#!/usr/bin/env bash
# pyproject.toml -> the three lock files. Called by `make lock`.
# Invariant: a lock holds names, exact versions and hashes, and no address to fetch them from.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
# A machine's own pip configuration may add indexes or folders with builds of its own;
# the locks are made from the public index alone.
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL
export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1 CUSTOM_COMPILE_COMMAND="make lock"
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/pip" install --quiet "pip-tools==7.6.2"

upgrade=()
[ -z "${UPGRADE:-}" ] || upgrade=(--upgrade) # `make lock UPGRADE=1`; else only what must change does
compile() {
  "$tools/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
    "${upgrade[@]}" "$@" pyproject.toml
}
# The runtime and the build backend are resolved first and bind the whole, so that every file
# names the same version of a package.
compile --output-file requirements.lock
compile --build-deps-for editable --only-build-deps \
  --output-file requirements-build.lock
compile --extra dev --constraint requirements.lock \
  --constraint requirements-build.lock --output-file requirements-dev.lock

if grep -nE '://|--(extra-)?index-url|--find-links|--trusted-host| @ ' requirements*.lock; then
  echo "lock: an address slipped into a lock file (above)" >&2
  exit 1
fi

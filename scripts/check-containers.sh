#!/usr/bin/env bash
# The steps of the Dockerfile in a bare virtual environment, checked: install, build the wheel with
# the page, serve as nobody in particular, answer. For machines without a container engine.
# With a folder as its argument it uses the environment there, in which the wheel is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT
step() { printf -- '-- %s\n' "$*"; }

venv=${1:-}
if [ -z "$venv" ]; then
  step "the page"
  scripts/build-page.sh
  step "dependencies from the lock"
  PYTHON="${PYTHON:-python3}" scripts/make-venv.sh "$scratch/revenue"
  PYTHON="${PYTHON:-python3}" scripts/make-venv.sh "$scratch/builder"
  install() { "$scratch/$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"; }
  install revenue --require-hashes -r requirements.lock
  install builder --require-hashes -r requirements-build.lock
  step "the wheel"
  "$scratch/builder/bin/python" -m pip wheel --quiet --disable-pip-version-check \
    --no-build-isolation --no-deps --no-index --wheel-dir "$scratch/dist" .
  "$scratch/revenue/bin/python" scripts/check_wheel.py "$scratch"/dist/*.whl
  install revenue --no-deps --no-index "$scratch"/dist/*.whl
  venv=$scratch/revenue
fi
venv=$(cd "$venv" && pwd)

step "Dockerfile and docker-compose.yml"
"$venv/bin/python" scripts/check_containers.py

# As in the image: not root, a home of its own, nothing of the caller's settings.
cd "$scratch"
mkdir home
as_nobody=()
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$scratch"
  chown 65534:65534 home
  # Where the interpreter lies below a folder of root's, only root can start it. Asked by way of
  # `env`, as below: what setpriv itself starts still has root's rights when its file is opened.
  as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  if ! "${as_nobody[@]}" env "$venv/bin/python" -c '' 2>/dev/null; then
    echo "   (the interpreter is root's own, so this runs as root)"
    as_nobody=()
  fi
fi
as_user=("${as_nobody[@]}" env -i PATH="$venv/bin:/usr/bin:/bin" HOME="$scratch/home"
  LANG=C.UTF-8 REVENUE_HOME="$scratch/home" REVENUE_JOBS=off)

step "demo data"
"${as_user[@]}" revenue demo --rows 2000 --seed 7 --out "$scratch/home/data" >/dev/null
"${as_user[@]}" revenue ingest >/dev/null

step "without a key it does not serve others"
if "${as_user[@]}" revenue serve --host 0.0.0.0 --port 0 >out 2>err; then
  echo "it did" >&2
  exit 1
fi
grep -q "revenue key add" err

step "the service"
key=$("${as_user[@]}" revenue key add check --role admin | tail -1)
"${as_user[@]}" revenue serve --host 0.0.0.0 --port 0 >out 2>err &
server=$!
for _ in $(seq 240); do
  grep -q "http://" out && break
  kill -0 "$server" 2>/dev/null || { cat err >&2; exit 1; }
  sleep 0.5
done
address=$(grep -oE 'http://[^ ]+' out | head -1)
KEY=$key ADDRESS=$address PAGE=$([ -f "$root/server/web/dist/index.html" ] && echo yes || echo no) \
  "$venv/bin/python" - <<'PY'
import json
import os
import urllib.error
import urllib.request

address, key = os.environ["ADDRESS"], os.environ["KEY"]


def call(path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers |= {"content-type": "application/json"} if body is not None else {}
    request = urllib.request.Request(address + path, data, headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.headers, response.read().decode()


assert json.loads(call("/api/health")[1])["status"] == "healthy"
headers, page = call("/", accept="text/html")
assert "script-src 'self'" in headers["content-security-policy"]
is_built = '<script type="module"' in page
assert is_built or "make page" in page
assert is_built or os.environ["PAGE"] == "no", "the page was built and is not served"
try:
    call("/api/semantic/catalog")
    raise SystemExit("answered without a key")
except urllib.error.HTTPError as error:
    assert error.code == 401
question = {"question": "What are the top 5 accounts by total opportunity value?"}
answer = json.loads(call("/api/query", question, authorization=f"Bearer {key}")[1])
assert answer["status"] == "answered" and answer["queries"][0]["row_count"] == 5
print(f"   healthy, {'with the page' if is_built else 'without a page'}, answers a question")
PY
kill "$server"
wait "$server" || true
server=
step "all is well"

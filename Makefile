# `make run` and `make test` do all the set-up on a fresh Debian with Python 3.11 or newer.
# Everything here is idempotent: what is already there is not made again.

SHELL   := /bin/bash
PYTHON  ?= python3
VENV    ?= .venv
PORT    ?= 8083
JOBS    ?= 2
MODEL   ?= 1.5b
LLM_DIR ?= .local-model
HOME_DIR = $${REVENUE_HOME:-.}

BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST  := $(BIN)/python -m pytest
RUN_SET_UP  := $(VENV)/.set-up-for-run
TEST_SET_UP := $(VENV)/.set-up-for-test

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run page test test-long test-llm lint format lock bench build set-up postgresql browser clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(RUN_SET_UP) browser  ## set up, make demo data if there is none, load it, serve on PORT (8083)
	@scripts/build-page.sh || echo "The page was not built (see above); the API runs without it."
	@if ! find "$(HOME_DIR)/data" -iname '*.csv' -print -quit 2>/dev/null | grep -q .; then \
	  $(BIN)/revenue demo --rows 20000 --seed 7 --out "$(HOME_DIR)/data"; fi
	@$(BIN)/revenue ingest
	@exec $(BIN)/revenue serve --port $(PORT)

page:  ## build the page into server/web/dist where Node 20 and npm are there
	@scripts/build-page.sh

# The page's tests drive the browser from a loop of their own, which shares no process with others.
test: $(TEST_SET_UP) postgresql browser page  ## set up and run every test except those marked 'long'
	@scripts/check-page.sh test
	$(PYTEST) tests/page -m "not long" $(ARGS) || [ $$? -eq 5 ]
	$(PYTEST) -n $(JOBS) --dist loadfile -m "not long" --ignore tests/page $(ARGS)

# Not part of `make test`: a gigabyte is fetched, and a small model takes minutes.
test-llm: $(TEST_SET_UP)  ## ask a real local model ten questions; MODEL=0.5b takes a smaller one
	model=$$(MODEL=$(MODEL) PYTHON=$(PYTHON) scripts/fetch-model.sh $(LLM_DIR) | tail -1) && \
	  nice -n 5 $(BIN)/python -m scripts.try_model $(LLM_DIR) "$$model"

# pytest ends with 5 when nothing is marked 'long'; that is no failure.
test-long: $(TEST_SET_UP) postgresql browser  ## run the tests marked 'long'
	$(PYTEST) -m long $(ARGS) || [ $$? -eq 5 ]

lint: $(TEST_SET_UP) page  ## style, format, types and import contracts, in this order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@scripts/check-page.sh lint

format: $(TEST_SET_UP)  ## write the format and the fixes ruff is sure of
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock:  ## pyproject.toml -> requirements*.lock; `make lock UPGRADE=1` takes newer versions
	PYTHON=$(PYTHON) UPGRADE=$(UPGRADE) scripts/lock.sh

bench: $(TEST_SET_UP) browser  ## run every benchmark; each prints ratios taken in one run
	@set -e; for file in benchmarks/[a-z]*.py; do \
	  echo "== $$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)"; done

build: $(TEST_SET_UP) page  ## source archive and, from it, the wheel, into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist
	$(BIN)/python scripts/check_wheel.py dist/*.whl

set-up: $(TEST_SET_UP)  ## the environment alone

postgresql:
	@scripts/install-postgresql.sh

# After the environment: where no Chromium is there and none can be installed as root, Playwright
# in it fetches its own.
browser: | $(RUN_SET_UP)
	@scripts/install-chromium.sh $(VENV)

clean:  ## remove what the targets above made; never data/, warehouse/ or state.db
	rm -rf $(VENV) dist build server/web/dist frontend/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# ---------------------------------------------------------------- set-up

$(BIN)/python:
	PYTHON=$(PYTHON) scripts/make-venv.sh $(VENV)

# The stamps depend on the locks: an edited lock is installed, an unchanged one costs nothing.
$(RUN_SET_UP): requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock -r requirements-build.lock
	$(PIP) --no-build-isolation --no-deps --no-index --editable .
	@touch $@

$(TEST_SET_UP): requirements-dev.lock $(RUN_SET_UP)
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

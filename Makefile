# `make` shows what there is. Needs Python 3.11 or newer, git and make; everything else is installed into .venv,
# at the versions and hashes in requirements/.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first of these that really starts and is new enough: a version manager may leave launchers on the PATH
# that only print an error. Plain python3 comes first, since it is what the user chose. Overrule with PYTHON=...
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked
WPSIM := $(BIN)/wpsim
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
DIST := dist
SEASON := data/sample_season.parquet
SATURDAY ?= ../shared/data/feeds/espn_summary/saturday
SOURCES := $(wildcard wpsim.py hatch_build.py engine simulator loadtests calibration benchmarks tests)
PYTEST := $(BIN)/python -m pytest -n logical
CORE_TESTS := tests/test_house.py $(wildcard tests/core tests/engine/core)

.PHONY: help setup replay test test-all serve check bench live-latency fan-out gateway-memory half-million twenty-thousand shard-killed slow-readers one-hash leak planted-faults gate-calibration gate-latency wheel fmt lock clean

help: ## show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(WPSIM) ## make .venv with everything in it, at the locked versions

# Two steps, because only a changed lock is worth starting over for.
$(LOCKED): requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "make: found no Python 3.11 or newer; name one: make PYTHON=/path/to/it" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(WPSIM): $(LOCKED) pyproject.toml hatch_build.py
	$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

replay: $(WPSIM) ## replay the sample season: the thing to see first
	$(WPSIM) replay $(SEASON)

serve: $(WPSIM) ## serve the sample season as if it were live, at http://127.0.0.1:8000
	$(WPSIM) serve

test: $(WPSIM) ## run the tests, with a sample of the laws on real seasons
	$(PYTEST) -m "not full_season"

test-all: $(WPSIM) ## run every test, with the laws on every play of every season
	$(PYTEST)

check: $(WPSIM) ## format, lint, types, layers, fast tests and coverage of the core: about a minute
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(PYTEST) -q -m "not full_season" $(CORE_TESTS) \
		--cov --cov-report=term-missing --cov-fail-under=100

bench: $(WPSIM) ## measure speed and memory against the named peers, on this machine
	$(BIN)/python -m benchmarks

live-latency: $(WPSIM) ## measure play to viewer: 15 games, 50 events/s, 1,000 viewers, two minutes
	$(BIN)/python -m benchmarks.live_latency

fan-out: $(WPSIM) ## measure deliveries/s and CPU a delivery against websockets, picows and bare writes: 10 minutes
	$(BIN)/python -m benchmarks.fan_out

gateway-memory: $(WPSIM) ## measure memory a connection against websockets, picows and aiohttp: 15,000 each
	$(BIN)/python -m benchmarks.gateway_memory

half-million: $(WPSIM) ## hold 500,000 viewers here for five minutes, every history proven: a quarter of an hour
	$(BIN)/python -m benchmarks.half_million

twenty-thousand: $(WPSIM) ## the required latencies: 20,000 viewers, 15 games, 50 events/s, two minutes
	$(BIN)/python -m benchmarks.twenty_thousand

shard-killed: $(WPSIM) ## kill one of four gateways under 10,000 viewers, and time how they come back
	$(BIN)/python -m benchmarks.shard_killed

slow-readers: $(WPSIM) ## what 100 slow readers of 10,000 cost the others: pairs of runs, eight minutes
	$(BIN)/python -m benchmarks.slow_readers

# SATURDAY is a season file, or a folder of raw ESPN summaries.
one-hash: $(WPSIM) ## kill a served day twenty times and show that nobody could tell: SATURDAY=folder
	$(BIN)/python -m benchmarks.live_one_hash $(SATURDAY)

leak: $(WPSIM) ## watch the memory of a served day for a quarter of an hour: SATURDAY=folder
	$(BIN)/python -m benchmarks.live_leak $(SATURDAY)

planted-faults: $(WPSIM) ## show that the latency gate fails on each planted fault, 2,000 clients: 4 minutes
	$(BIN)/python -m benchmarks.planted_faults

# The gates of CI, as .ci/run and the workflow run them. The season that ships is generated; with the real ones at hand,
# GATE_SEASON may name one, and more is seen.
GATE_SEASON ?= $(SEASON)
GATE_RUN ?= runs/gate_latency

gate-calibration: $(WPSIM) ## judge the model that ships, as CI does: GATE_SEASON=file
	$(WPSIM) gate calibration $(GATE_SEASON) --against brownian

gate-latency: $(WPSIM) ## judge a served day with 2,000 viewers, as CI does; a late generator is given a second try
	WPSIM=$(WPSIM) .ci/latency-gate $(GATE_RUN)

wheel: $(WPSIM) ## build the wheel into dist/, with the locked build tools
	$(BIN)/python -m build --wheel --no-isolation --outdir $(DIST)

fmt: $(WPSIM) ## put the sources into the project's format and repair what lint can repair
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# Universal: one lock for every platform; fewest: one version of a package for every Python, because two versions of
# numpy are two chances for two digests. No index address is written: the lock says what, not from where. The extras are
# written, or an older pip takes `coverage[toml]` for another requirement than `coverage`, and its newest release.
UV_COMPILE = $(VENV)-lock/bin/uv pip compile --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --quiet

lock: ## resolve the newest versions of everything into requirements/*.txt
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/lock.txt
	$(UV_COMPILE) requirements/runtime.in -o requirements/runtime.txt
	$(UV_COMPILE) requirements/dev.in -o requirements/dev.txt
	$(UV_COMPILE) requirements/lock.in -o requirements/lock.txt
	rm -rf $(VENV)-lock

clean: ## remove what make and the tools have made; keep data and measurements
	rm -rf $(VENV) $(VENV)-lock dist build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find $(wildcard engine simulator loadtests calibration benchmarks tests) -name __pycache__ -type d -prune -exec rm -rf {} +

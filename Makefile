# Needs python3 (3.11 or later) and make. Everything else is installed into .venv from the locks, by hash.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NODES := examples/northern-line/nodes/*
COMPILE = $(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 \
	--exclude-newer "$$(date -u -d '7 days ago' +%F)" --no-emit-index-url --no-annotate --no-header --quiet --upgrade
LOCK = $(COMPILE) pyproject.toml --group build

.PHONY: run test test-long fuzz simulate check bench bench-record bench-matching examples docs lock clean

run: .venv/ready
	exec $(BIN)/trucekeeper serve $(NODES)

test: check
	$(BIN)/pytest -n auto --dist loadgroup

# The properties again, over many more cases, other ones each time; of the log formats every case there is; 300 seeds of the
# simulator; four nodes killed 200 times.
test-long: .venv/ready-to-test
	TRUCEKEEPER_HYPOTHESIS=long $(BIN)/pytest -n auto --dist loadgroup tests/properties tests/logs tests/simulation
	TRUCEKEEPER_HYPOTHESIS=long $(BIN)/pytest tests/functional/test_processes.py

# What parses the bytes of others, fuzzed by coverage for SECONDS each. Findings stay in build/fuzz.
SECONDS ?= 60
fuzz: .venv/ready-to-fuzz
	mkdir -p build/fuzz
	for parser in $$($(BIN)/python -m tests.fuzz.run 2>/dev/null); do \
		echo "$$parser:"; \
		$(BIN)/python -m tests.fuzz.run $$parser -max_total_time=$(SECONDS) -artifact_prefix=build/fuzz/ || exit 1; \
	done

# A made-up mechanism of three to seven nodes while everything goes wrong, once for every seed from FROM on, in PROCESSES.
SEEDS ?= 1000
FROM ?= 0
PROCESSES ?=
simulate: .venv/ready-to-test
	$(BIN)/python -m trucekeeper.simulation.run $(FROM) $(SEEDS) $(PROCESSES)

check: .venv/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/ready-to-test
	$(BIN)/python -m benchmarks.derivation
	$(BIN)/python -m benchmarks.proofs

# PostgreSQL 15 is started from the system's packages where it is installed. BENCH_FOLDER: on the disk to be measured.
BENCH_FOLDER ?= /var/tmp
bench-record: .venv/ready-to-bench
	$(BIN)/python -m benchmarks.record --folder $(BENCH_FOLDER)

# Hours, 20 GB of memory and as much disk for ten million reports; each step can be run alone.
bench-matching: .venv/ready-to-test .venv-splink/ready
	for step in quality oracle real rival growth page; do \
		$(BIN)/python -m benchmarks.matching $$step || exit 1; \
	done

examples: .venv/ready-to-test
	$(BIN)/python -m examples.making.northern_line examples/northern-line
	$(BIN)/python -m examples.making.astana examples/astana-2017

docs: .venv/ready-to-test
	$(BIN)/python tools/reference.py docs/reference

lock: .venv/ready-to-test
	$(PIP) install uv
	$(LOCK) -o requirements.lock
	$(LOCK) --group test -o requirements-test.lock
	$(COMPILE) --group bench -o requirements-bench.lock
	$(COMPILE) --group splink -o requirements-splink.lock

clean:
	rm -rf .venv .venv-splink .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Both are made anew when what they were made from changes.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

.venv/ready-to-fuzz: requirements-fuzz.lock .venv/ready-to-test
	$(PIP) install --require-hashes --no-deps -r requirements-fuzz.lock
	touch $@

.venv/ready-to-test: requirements-test.lock requirements-foreign.lock .venv/ready
	$(PIP) install --require-hashes -r requirements-test.lock
	$(PIP) install --require-hashes --no-deps --ignore-requires-python -r requirements-foreign.lock
	touch $@

.venv/ready-to-bench: requirements-bench.lock .venv/ready-to-test
	$(PIP) install --require-hashes -r requirements-bench.lock
	touch $@

# An environment of its own: the versions that the rival needs are no part of the project.
.venv-splink/ready: requirements-splink.lock
	$(PYTHON) -m venv .venv-splink
	.venv-splink/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-splink.lock
	touch $@

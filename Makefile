# make demo   the main job on the simulated exchange, no credentials needed
# make test   the whole test suite
# make lint   ruff and mypy --strict
# make bench  how long a check takes, beside other clients
# make readme bring README's options and picture up to date
# make lock   bring the pinned dependencies up to date

VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint format lock readme bench clean
.DEFAULT_GOAL := demo

# The demo shows accounts that need attention, so exit code 1 is what it should end with.
demo: $(VENV)/.runtime
	@$(BIN)/python check_master_user_balances.py --demo; [ $$? -le 1 ]

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Figures for docs/PERFORMANCE.md; BENCH=--small only shows that it works.
bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py $(BENCH)

# What the README takes from the code: its list of options, and its picture from a real run of the demo.
readme: $(VENV)/.runtime
	$(BIN)/python scripts/readme.py
	$(BIN)/python scripts/picture.py docs/check.svg

lock: $(VENV)/.lock
	$(BIN)/pip-compile $(LOCK) --output-file requirements/runtime.txt pyproject.toml requirements/build.in
	$(BIN)/pip-compile $(LOCK) --output-file requirements/dev.txt pyproject.toml requirements/dev.in

LOCK = --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kraken-accounts needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements/runtime.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.lock: | $(VENV)/bin/python
	$(INSTALL) pip-tools
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

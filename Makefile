# make demo   the main job on the simulated exchange, no credentials needed
# make notify what --notify needs, beside what everybody needs
# make postgres      what a history in PostgreSQL needs, likewise
# make history       what pages and workbooks of a history need, likewise
# make test   the whole test suite; with COVERAGE=1 it also says how much of the source that runs, and what is too little
# make test-soak     what takes many rounds: overlapping runs, kills at any moment, a bot on the same key
# make test-lowest   the test suite with the lowest versions that pyproject.toml allows
# make test-newest   the same on the newest Python that is here
# make lint   ruff and mypy --strict
# make bench  how long a check takes, beside other clients
# make bench-pace    how long it takes where Kraken lets an address ask only so often
# make bench-history what a history takes on the disk, and in time
# make clients       other people's clients and a bot, from the package indexes, on the sandbox; CLIENTS=NAMES only these
# make readme bring README's options and picture, and the manual page, up to date
# make picture       take README's picture of a page anew, in Chromium
# make dist   a wheel and an archive of the source, in dist/
# make hadolint      what lints the image, for the tests: 55 MB
# make lock   bring the pinned dependencies up to date

VENV ?= .venv
# The first that will do, wherever it comes on the path: an older one, or a name that leads nowhere, may come before it.
PYTHON ?= $(or $(shell for python in $(CANDIDATES); do \
	"$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; \
	done),python3)
CANDIDATES = $(wildcard $(foreach name,python3.11 python3 python3.12 python3.13 python3.14 python3.15 python,\
	$(addsuffix /$(name),$(subst :, ,$(PATH)))))
BIN = $(VENV)/bin
# The tests' modules are compiled once, and not by each process in each run: half a minute of two cores.
unexport PYTHONDONTWRITEBYTECODE
export COVERAGE_FILE = $(abspath $(VENV))/coverage
PIP = -m pip install --quiet --disable-pip-version-check
# What comes as source is built by the tools of BUILD, which are pinned too: nothing that runs here is unpinned.
INSTALL = $(BIN)/python $(PIP) --no-build-isolation
BUILD = requirements/build.txt
RUNTIME = requirements/runtime.txt
NOTIFY = requirements/notify.txt
POSTGRES = requirements/postgres.txt
HISTORY = requirements/history.txt
DEV = requirements/dev.txt
CI = requirements/ci.txt
# More processes than two cores: tests wait half of their time. Each begins with neighbours, so that what waits runs
# beside what computes.
PYTEST = -m pytest -n 4 --dist worksteal
# Their files lie in memory where there is a gigabyte of room: what a disk takes for each is a quarter of the time.
IN_MEMORY = $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 1000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)

.PHONY: demo notify postgres history hadolint dist test test-soak test-lowest test-newest lint format lock readme picture bench bench-pace bench-history clients clean
.DEFAULT_GOAL := demo

# The demo shows accounts that need attention, so exit code 1 is what it should end with.
demo: $(VENV)/.runtime
	@$(BIN)/python check_master_user_balances.py --demo; [ $$? -le 1 ]

notify: $(VENV)/.notify

postgres: $(VENV)/.postgres

history: $(VENV)/.history

hadolint: $(VENV)/.hadolint

# By the pinned tools, and not by what is newest: so without an environment of its own.
dist: $(VENV)/.dev
	$(BIN)/python -m build --no-isolation

test: $(VENV)/.dev
	@echo "The whole test suite: two and a half minutes on two idle cores."
ifdef COVERAGE
	$(IN_MEMORY) $(BIN)/coverage run $(PYTEST)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
else
	$(IN_MEMORY) $(BIN)/python $(PYTEST)
endif

test-soak: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m soak

test-lowest:
	$(call TEST_A_COPY,PYTHON="$(PYTHON)" RUNTIME=requirements/lowest.txt DEV=requirements/lowest.txt)

test-newest:
	$(call TEST_A_COPY,PYTHON="$(NEWEST)")

# In a copy: the script at the top goes on as the .venv beside it, whichever Python runs the tests.
TEST_A_COPY = copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && git ls-files -z | xargs -0 tar -c | tar -x -C "$$copy" && \
	$(MAKE) -C "$$copy" test VENV=.venv $(1)

NEWEST ?= $(shell for python in python3.15 python3.14 python3.13 python3.12 $(HOME)/.pyenv/versions/3.*/bin/python; do \
	"$$python" -c 'import sys; print("%02d.%02d" % sys.version_info[:2], sys.executable)' 2>/dev/null; \
	done | sort | tail -1 | cut -d" " -f2-)

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

bench-pace: $(VENV)/.dev
	$(BIN)/python benchmarks/pace.py $(BENCH)

bench-history: $(VENV)/.dev
	$(BIN)/python benchmarks/history.py $(BENCH)

# Twelve minutes and the network; nothing of it belongs to the tests. What pip and npm bring lies in clients/.cache.
clients: $(VENV)/.runtime
	$(BIN)/python clients/run_clients.py $(CLIENTS)

# What the README takes from the code: its list of options, and its picture from a real run of the demo.
readme: $(VENV)/.runtime
	$(BIN)/python scripts/readme.py
	$(BIN)/python scripts/picture.py docs/check.svg
	$(BIN)/kraken-accounts help --man > docs/kraken-accounts.1

picture: $(VENV)/.history
	$(BIN)/python scripts/page_picture.py docs/history.png

lock: $(VENV)/.lock
	$(LOCK) --output-file $(BUILD) requirements/build.in
	$(LOCK) --output-file requirements/lock.txt requirements/lock.in
	$(LOCK) -c $(BUILD) --output-file $(RUNTIME) pyproject.toml
	$(LOCK) --extra notify -c $(BUILD) -c $(RUNTIME) --output-file $(NOTIFY) pyproject.toml
	$(LOCK) --extra postgres -c $(BUILD) -c $(RUNTIME) --output-file $(POSTGRES) pyproject.toml
	$(LOCK) --extra history -c $(BUILD) -c $(RUNTIME) --output-file $(HISTORY) pyproject.toml
	$(LOCK) --all-extras -c $(BUILD) -c $(RUNTIME) -c $(NOTIFY) -c $(POSTGRES) -c $(HISTORY) --output-file $(DEV) \
		pyproject.toml requirements/dev.in
	$(LOCK) --output-file $(CI) requirements/ci.in
	$(BIN)/python scripts/lowest.py > $(VENV)/lowest.in
	$(LOCK) --all-extras --no-annotate -c $(VENV)/lowest.in --output-file requirements/lowest.txt \
		pyproject.toml requirements/build.in requirements/dev.in

# Tools of their own, apart from what they pin.
LOCK = $(VENV)/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-build-isolation --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kraken-accounts needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.build: $(BUILD) | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r $(BUILD)
	@touch $@

$(VENV)/.runtime: $(RUNTIME) pyproject.toml $(VENV)/.build
	$(INSTALL) --require-hashes -r $(RUNTIME)
	$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/.notify: $(NOTIFY) $(VENV)/.runtime
	$(INSTALL) --require-hashes -r $(NOTIFY)
	@touch $@

$(VENV)/.postgres: $(POSTGRES) $(VENV)/.runtime
	$(INSTALL) --require-hashes -r $(POSTGRES)
	@touch $@

$(VENV)/.history: $(HISTORY) $(VENV)/.runtime
	$(INSTALL) --require-hashes -r $(HISTORY)
	@touch $@

$(VENV)/.dev: $(DEV) $(VENV)/.runtime
	$(INSTALL) --require-hashes -r $(DEV)
	@touch $@

$(VENV)/.hadolint: $(CI) $(VENV)/.build
	$(INSTALL) --require-hashes -r $(CI)
	@touch $@

$(VENV)/.lock: requirements/lock.txt $(BUILD) | $(VENV)/bin/python
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/python $(PIP) --require-hashes -r requirements/lock.txt
	$(VENV)/lock/bin/python $(PIP) --require-hashes -r $(BUILD)
	@touch $@

clean:
	rm -rf $(VENV) clients/.cache build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache

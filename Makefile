# Requires make, Python 3.11 or later, and a package index. `make help` lists the targets.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

# The interpreter for a new .venv: make PYTHON=python3.13 …
PYTHON ?=
# Arguments for pytest: make test ARGS="-k approval"
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo serve test check lint format types layers migrations docs bench pages screenshots mutants matrix lowest faults contract clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

demo: .venv/.example ## Run three workflows on a real cluster and show each step
	@$(BIN)/python example_project/manage.py demo

serve: .venv/.example ## Start the example project and its worker; open it in a browser
	@$(BIN)/python example_project/manage.py serve

test: .venv/.dev ## Run the tests on PostgreSQL and SQLite, and report their coverage
	@$(BIN)/python scripts/run_tests.py $(ARGS)

check: test lint types layers migrations docs ## Run everything that CI runs

lint: .venv/.dev ## Check the code style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.dev ## Fix the code style where ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.dev ## Check the types
	$(BIN)/mypy
	cd example_project && PYTHONPATH=. ../$(BIN)/mypy --config-file ../scripts/mypy_example.toml

layers: .venv/.dev ## Check which module may import which
	$(BIN)/lint-imports --cache-dir .cache/import_linter

migrations: .venv/.dev ## Check that the models match the migrations
	$(BIN)/python tests/manage.py makemigrations squid_mesh --check --dry-run

docs: .venv/.dev ## Build the documentation site in .cache/docs/html
	$(BIN)/python -m sphinx --fresh-env --fail-on-warning --keep-going --quiet -d .cache/docs/doctrees docs .cache/docs/html

bench: .venv/.bench ## Run the benchmarks and compare with other tools
	@$(BIN)/python -m benchmarks

screenshots: .venv/.dev ## Take the screenshots of the console for the documentation
	@$(BIN)/python scripts/screenshots.py

pages: .venv/.bench ## Measure the console's pages with small and large tables
	@$(BIN)/python -m benchmarks.pages

mutants: .venv/.dev ## Change the rules in small ways and check that tests fail: SEED=… COUNT=…
	@$(BIN)/python -m scripts.mutants $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT))

faults: .venv/.dev ## Signal every process, and kill 300 workers inside steps, on SQLite and PostgreSQL: SEED=…
	@for database in sqlite postgres; do \
	  SQUID_MESH_TEST_DB=$$database SQUID_MESH_TEST_FAULTS=all $(if $(SEED),SQUID_MESH_TEST_SEED=$(SEED)) \
	    $(BIN)/python -m pytest tests/faults/test_processes.py tests/faults/test_kills.py -s --timeout 7200 $(ARGS) || exit 1; \
	done

contract: .venv/.dev ## Send requests made from the schema to the example's REST, for 20 minutes: SEED=…
	@SQUID_MESH_TEST_CONTRACT=all $(if $(SEED),SQUID_MESH_TEST_SEED=$(SEED)) \
	  $(BIN)/python -m pytest tests/acceptance/test_rest.py -s --timeout 7200 $(ARGS)

matrix: .venv/.dev ## Run the tests on three pairs of Python and Django
	@$(BIN)/python scripts/matrix.py $(ARGS)

lowest: .venv/.dev ## Run tests with the lowest versions of the dependencies
	@$(BIN)/python scripts/lowest.py $(ARGS)

clean: ## Remove the environments and all generated files
	rm -rf .venv .cache dist build htmlcov .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment: .venv, with one stamp file for each group of packages --------------

.venv/.python:
	@for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      echo "Making .venv with $$($$python --version)"; \
	      $$python -m venv --clear .venv || exit 1; \
	    fi; \
	    $(PIP) install --upgrade 'pip>=25.1' && touch $@; \
	    exit $$?; \
	  fi; \
	done; \
	echo "Squid Mesh needs Python 3.11 or later, and $(or $(PYTHON),python3) is not." >&2; \
	echo "Choose an interpreter: make PYTHON=/path/to/python3.11 …" >&2; \
	exit 1

.venv/.example: pyproject.toml | .venv/.python
	@echo "Installing the packages of the example project"
	@$(PIP) install -e '.[postgres]' --group example
	@touch $@

.venv/.dev: pyproject.toml | .venv/.python
	@echo "Installing the development packages"
	@$(PIP) install -e . --group dev
	@touch $@ .venv/.example

.venv/.bench: pyproject.toml | .venv/.dev
	@echo "Installing the packages for the benchmarks"
	@$(PIP) install --group bench
	@touch $@

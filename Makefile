# Needs make, Python 3.11 or later, and an index of Python packages. `make help` lists the targets.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

# Another interpreter: make PYTHON=python3.13 …
PYTHON ?=
# Passed to pytest: make test ARGS="-k approval"
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo serve test check lint format types layers migrations bench pages screenshots matrix clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

demo: .venv/.example ## Three real workflows on a real cluster, step by step
	@$(BIN)/python example_project/manage.py demo

serve: .venv/.example ## The example project in the browser, with its worker
	@$(BIN)/python example_project/manage.py serve

test: .venv/.dev ## The whole suite on SQLite and PostgreSQL, then the coverage of both
	@$(BIN)/python scripts/run_tests.py $(ARGS)

check: test lint types layers migrations ## Everything that CI checks

lint: .venv/.dev ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.dev ## Put the style right where a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.dev ## Types
	$(BIN)/mypy
	cd example_project && PYTHONPATH=. ../$(BIN)/mypy --config-file ../scripts/mypy_example.toml

layers: .venv/.dev ## Who may import whom
	$(BIN)/lint-imports --cache-dir .cache/import_linter

migrations: .venv/.dev ## No change of the models without its migration
	$(BIN)/python tests/manage.py makemigrations squid_mesh --check --dry-run

bench: .venv/.bench ## Measure, beside other tools
	@$(BIN)/python -m benchmarks

screenshots: .venv/.dev ## Pictures of the console, for the documentation
	@$(BIN)/python scripts/screenshots.py

pages: .venv/.bench ## Measure the console's pages on small and on large tables
	@$(BIN)/python -m benchmarks.pages

matrix: .venv/.dev ## The suite on every supported pair of Python and Django
	@$(BIN)/python scripts/matrix.py $(ARGS)

clean: ## Remove the environments and everything that was made
	rm -rf .venv .cache dist build htmlcov .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments: one folder, a stamp for each set of packages ---------------------------------

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
	echo "Name one: make PYTHON=/path/to/python3.11 …" >&2; \
	exit 1

.venv/.example: pyproject.toml | .venv/.python
	@echo "Installing the example's packages"
	@$(PIP) install -e '.[postgres]' --group example
	@touch $@

.venv/.dev: pyproject.toml | .venv/.python
	@echo "Installing the development packages"
	@$(PIP) install -e . --group dev
	@touch $@ .venv/.example

.venv/.bench: pyproject.toml | .venv/.dev
	@echo "Installing the packages to compare with"
	@$(PIP) install --group bench
	@touch $@

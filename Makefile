# Set-up is part of every target: the first call makes .venv from the lock, later calls find it done.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SCHOOLS ?= 0

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format tests benchmark star-data lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(STAMP) ## make .venv and install from the lock

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	$(BIN)/python -m compileall -q mtss_analysis
	@touch $(STAMP)

demo: $(STAMP) ## build report packets from the STAR data and print where they are (SCHOOLS=8 for eight)
	$(BIN)/python -m mtss_analysis.cli demo star --schools $(SCHOOLS)

test: lint tests ## lint, types, import layers and all tests

lint: $(STAMP) ## style, types, import layers, spelling, stripped notebooks
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/python -m codespell_lib README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md DECISIONS.md GLOSSARY.md docs mtss_analysis tests benchmarks parameters
	$(BIN)/python -m nbstripout --verify --extra-keys "metadata.papermill cell.metadata.papermill cell.metadata.execution" notebooks/*.ipynb

tests: $(STAMP) ## the tests alone
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup

format: $(STAMP) ## mend style where a tool can
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .
	$(BIN)/python -m nbstripout --extra-keys "metadata.papermill cell.metadata.papermill cell.metadata.execution" notebooks/*.ipynb

benchmark: $(STAMP) ## processor time of a packet against a plain loop
	$(BIN)/python benchmarks/throughput.py

star-data: $(STAMP) ## build data/star again from the packaged public-access file
	$(BIN)/python scripts/build_star.py

lock: ## write requirements.lock from pyproject.toml (needs uv on the PATH)
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock

clean: ## remove what runs and tools left, not .venv
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find mtss_analysis tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

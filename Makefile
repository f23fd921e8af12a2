# README.md has the same as plain commands.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test lint docs unit pythons browser engines newcomer bench

demo: .venv/ready node_modules/ready
	$(BIN)/bx24py demo

test: .venv/ready lint docs unit pythons browser
	$(MAKE) --jobs 2 engines newcomer

lint: .venv/ready node_modules/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	npm run --silent check

docs: .venv/ready
	$(BIN)/python -m zensical build --clean --strict

unit: .venv/ready node_modules/ready
	$(BIN)/bx24py setup
	$(BIN)/pytest -n 2 tests/unit

# The unit tests on every other installed Python from 3.11 to 3.14.
pythons: .venv/ready
	for version in 3.11 3.12 3.13 3.14; do \
	  if python$$version -c 'pass' 2>/dev/null && ! $(BIN)/python -c "import sys; sys.exit(sys.version[:4] != '$$version')"; then \
	    python$$version -m venv .venv/python$$version && \
	    .venv/python$$version/bin/pip install --quiet --editable '.[dev]' && \
	    .venv/python$$version/bin/pytest tests/unit || exit 1; \
	  fi; \
	done

browser: .venv/ready node_modules/ready
	$(BIN)/bx24py setup
	$(BIN)/pytest -n 3 --dist worksteal tests/browser

# From nothing to packed applications, with a built wheel in an empty environment.
newcomer: .venv/ready node_modules/ready
	$(BIN)/python -m tests.newcomer

# In Firefox and WebKit, those of them that are installed.
engines: .venv/ready node_modules/ready
	$(BIN)/bx24py setup
	$(BIN)/pytest -n 2 --dist loadfile tests/engines

bench: .venv/ready node_modules/ready
	$(BIN)/bx24py setup
	$(BIN)/python -m tests.bench

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]' --group test
	touch $@

# What checks and bundles the scripts.
node_modules/ready: package-lock.json
	npm ci --silent
	touch $@

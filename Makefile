# All that `make` does is in README.md as plain commands too.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test lint unit browser bench

demo: .venv/ready
	$(BIN)/bx24py demo

test: .venv/ready lint unit browser

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

unit: .venv/ready
	$(BIN)/pytest tests/unit

browser: .venv/ready
	$(BIN)/bx24py setup
	$(BIN)/pytest tests/browser

bench: .venv/ready
	$(BIN)/bx24py setup
	$(BIN)/python -m tests.bench.calls

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]' --group test
	touch $@

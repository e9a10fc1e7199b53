# One entry for everything; bare `make` lists it.
.DEFAULT_GOAL := help
.PHONY: help setup lock layer synth demo serve test test-slow check lint-tools format bench openapi images clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_QUIET := -qq --disable-pip-version-check
DATA ?= .veil
PHOTO ?=
ARCHITECTURE ?= arm64

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/.models  ## Create .venv with everything and pull the default models

# Hashes come from the lock, so the second, local install may skip dependencies and build isolation.
$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@echo "Setting up $(VENV) (once, about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(PIP_QUIET) --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install $(PIP_QUIET) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.models: $(VENV)/.installed layers/vision/python/veil_vision/models/models.toml
	@$(BIN)/veil models pull
	@touch $@

demo: setup  ## Anonymize a photo through a running service (PHOTO=path for your own)
	@$(BIN)/python docs/examples/demo.py $(if $(PHOTO),--photo "$(PHOTO)")

serve: setup  ## Serve on http://127.0.0.1:8080, keeping everything in DATA (.veil)
	@$(BIN)/veil serve --data $(DATA)

test: setup lint-tools check  ## Check style, types and imports, then run every test
	@$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder --cov --cov-report=term

test-slow: setup  ## The checks that take minutes
	@$(BIN)/python -m pytest -m slow

check: $(VENV)/.installed  ## Formatting, lint, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.installed  ## Format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup .venv-bench/.installed  ## Measure throughput, latency and memory against floors and a peer
	@$(BIN)/python -m benchmarks

.venv-bench/.installed: requirements/bench.txt
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install $(PIP_QUIET) --no-deps --require-hashes -r requirements/bench.txt
	@touch $@

lint-tools: .venv-lint/.installed  ## Install what the tests hold template and Dockerfile against

.venv-lint/.installed: requirements/lint.txt
	@test -x .venv-lint/bin/python || $(PYTHON) -m venv .venv-lint
	@.venv-lint/bin/python -m pip install $(PIP_QUIET) --no-deps --require-hashes -r requirements/lint.txt
	@touch $@

openapi: $(VENV)/.installed  ## Regenerate docs/api/openapi.json
	@$(BIN)/python -m veil.http.openapi docs/api/openapi.json

layer: $(VENV)/.installed  ## Build what the cloud's functions share (ARCHITECTURE=x86_64 for the other processor)
	@$(BIN)/python -m infra.build_layer $(ARCHITECTURE)

synth: layer  ## Make the CloudFormation template in cdk.out; needs no account, no Docker
	@$(BIN)/python app.py

images: setup  ## Build the anonymizer's images without Docker and run both (as root, on Debian)
	@$(BIN)/python -m pytest -m slow tests/cloud/test_images.py

COMPILE := uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --quiet

lock:  ## Recompute the lock files (needs uv)
	$(COMPILE) pyproject.toml --all-extras --group dev --python-version 3.11 --output-file requirements/dev.txt
	$(COMPILE) pyproject.toml --constraints requirements/dev.txt \
		--python-version 3.11 --output-file requirements/runtime.txt
	$(COMPILE) requirements/build.in --constraints requirements/dev.txt \
		--python-version 3.11 --output-file requirements/build.txt
	$(COMPILE) requirements/demo.in --constraints requirements/dev.txt \
		--excludes requirements/demo-excludes.txt --python-version 3.11 --output-file requirements/demo.txt
	$(COMPILE) requirements/lambda.in --constraints requirements/dev.txt \
		--python-version 3.13 --output-file requirements/lambda.txt
	$(COMPILE) requirements/express.in --constraints requirements/dev.txt \
		--python-version 3.11 --output-file requirements/express.txt
	$(COMPILE) requirements/gpu.in --constraints requirements/dev.txt \
		--excludes requirements/gpu-excludes.txt --python-version 3.11 --output-file requirements/gpu.txt
	$(COMPILE) requirements/bench.in --python-version 3.11 --output-file requirements/bench.txt
	$(COMPILE) requirements/lint.in --python-version 3.11 --output-file requirements/lint.txt

clean:  ## Remove what the targets made
	rm -rf $(VENV) .venv-bench .venv-lint $(DATA) demo-output .pytest_cache .mypy_cache .ruff_cache .coverage*

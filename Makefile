# One entry for everything; bare `make` lists it.
.DEFAULT_GOAL := help
.PHONY: help setup lock layer synth demo serve test test-slow coverage test-clock check lint-tools format bench picture openapi release-template images package clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Locks are complete: what resolves would take a newer release of what a lock names with an extra, and fail. Python
# compiles what it imports when it first does; compiling everything costs more than all else.
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-compile --no-deps
# Where it is set, as in many images, each of dozens of processes compiles anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE
ON_ALL_CORES := -n auto --dist loadgroup --no-loadscope-reorder
DATA ?= .veil
PHOTO ?=
VIDEO ?=
ARCHITECTURE ?=

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */|/' | awk -F'|' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(VENV)/.installed $(VENV)/.models  ## Create .venv with everything that developing needs, and pull the default models

# What runs Veil comes first; what tests it goes on top, into the same environment and at the same versions.
$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Installing what runs Veil in $(VENV) (once; about half a minute, 450 MB)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(BIN)/python $(PIP_INSTALL) --no-build-isolation -e .
	@touch $@

$(VENV)/.demo: requirements/demo.txt $(VENV)/.runtime
	@$(BIN)/python $(PIP_INSTALL) --require-hashes --target $(VENV)/.demo-wheel -r requirements/demo.txt
	@cp $(VENV)/.demo-wheel/skimage/data/astronaut.png $(VENV)/
	@rm -r $(VENV)/.demo-wheel
	@touch $@

$(VENV)/.installed: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing what tests Veil in $(VENV) (once; a minute or two more, 1.3 GB in all)"
	@$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements/dev.txt
# One process compiles what all tests import, or each of several would at once; whether that works, the tests tell.
	@$(BIN)/python -c "import pytest; pytest.main(['--collect-only', '-p', 'no:terminal'])"
	@touch $@

$(VENV)/.models: $(VENV)/.runtime layers/vision/python/veil_vision/models/models.toml
	@$(BIN)/veil models pull
	@touch $@

demo: $(VENV)/.demo $(VENV)/.models  ## Hide faces and plates of a photo through a running service (PHOTO=path for your own, VIDEO=1 for a clip)
	@$(BIN)/python docs/examples/demo.py $(if $(PHOTO),--photo "$(PHOTO)") $(if $(VIDEO),--video)

serve: $(VENV)/.models  ## Serve on http://127.0.0.1:8080, keeping everything in DATA (.veil)
	@$(BIN)/veil serve --data $(DATA)

test: setup check  ## Check style, types and imports, then run every test
	@$(BIN)/python -m pytest $(ON_ALL_CORES)

coverage: setup  ## Run every test and tell which lines none of them reached (a third slower)
	@$(BIN)/python -m pytest $(ON_ALL_CORES) --cov --cov-report=term

test-slow: setup lint-tools  ## The checks that take minutes
	@$(BIN)/python -m pytest -m slow

test-clock: setup  ## Run every test three years ahead and a day behind
	@for days in 1095 -1; do echo "The clock shows another day: $$days days from now"; \
		VEIL_TEST_CLOCK_DAYS=$$days PYTHONPATH=$(CURDIR)/tests/clock $(BIN)/python -m pytest $(ON_ALL_CORES) || exit 1; done

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
	@.venv-bench/bin/python $(PIP_INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

lint-tools: .venv-lint/.installed  ## Install what the tests hold template and Dockerfile against

.venv-lint/.installed: requirements/lint.txt
	@test -x .venv-lint/bin/python || $(PYTHON) -m venv .venv-lint
	@.venv-lint/bin/python $(PIP_INSTALL) --require-hashes -r requirements/lint.txt
	@touch $@

picture: $(VENV)/.installed  ## Draw the picture in docs/architecture.md from the code
	@$(BIN)/python -m docs.draw_architecture

openapi: $(VENV)/.installed  ## Regenerate docs/api/openapi.json
	@$(BIN)/python -m veil.contracts.document docs/api/openapi.json

layer: $(VENV)/.installed  ## Build what the cloud's functions share (ARCHITECTURE=x86_64 for the other processor)
	@$(BIN)/python -m infra.build_layer $(ARCHITECTURE)

synth: layer  ## Make the CloudFormation template in cdk.out; needs no account, no Docker
	@$(BIN)/python app.py

release-template: synth  ## Record what holds data in a release, for the test of upgrades
	@$(BIN)/python -m tests.infra.upgrade cdk.out/Veil.template.json

images: setup  ## Build the three images without Docker and run each (as root, on Debian)
	@$(BIN)/python -m pytest -m slow tests/cloud/test_images.py tests/e2e/node/test_image.py

package: $(VENV)/.installed  ## Build the wheel and the source archive in dist/
	@$(BIN)/python -m build --no-isolation

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
		--excludes requirements/express-excludes.txt --python-version 3.11 --output-file requirements/express.txt
	$(COMPILE) requirements/gpu.in --constraints requirements/dev.txt \
		--excludes requirements/gpu-excludes.txt --python-version 3.11 --output-file requirements/gpu.txt
	$(COMPILE) requirements/bench.in --python-version 3.11 --output-file requirements/bench.txt
	$(COMPILE) requirements/lint.in --python-version 3.11 --output-file requirements/lint.txt

clean:  ## Remove what the targets made
	rm -rf $(VENV) .venv-bench .venv-lint $(DATA) demo-output dist .pytest_cache .mypy_cache .ruff_cache .coverage*

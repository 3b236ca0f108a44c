# One door. Every target works alone from a bare clone: Python >= 3.11, make and git are all it takes.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-s3 ui test vendor-proof lint bench bench-peers docs lock clean

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)
BIN := .venv/bin
READY := .venv/.ready
DEMO := .demo
DAGSTER := DAGSTER_HOME="$(CURDIR)/.dagster" LABELPORT_DATASETS="$(CURDIR)/$(DEMO)/datasets"
TESTS ?= tests
WORKERS ?= 2

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the environment (every other target does it too)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Labelport needs Python 3.11 or newer on the PATH (or: make PYTHON=/path/to/python3.11 …)"; exit 2; }
	@echo "making the environment in .venv (once; a minute or two)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEMO)/ready: $(READY)
	@mkdir -p $(DEMO)/datasets .dagster
	@cp deploy/local/dagster.yaml .dagster/dagster.yaml
	@$(BIN)/labelport demo $(DEMO)/bucket --datasets $(DEMO)/datasets
	@touch $@

demo: $(DEMO)/ready ## a sample bucket, one run of the whole graph, and a table of what was written
	@$(DAGSTER) $(BIN)/python -m orchestration.demo

demo-s3: $(DEMO)/ready ## the demo on a real S3 server (SeaweedFS, started and ended here): run, changed, run again
	@$(BIN)/python -m orchestration.demo_s3 $(DEMO)/s3 $(DEMO)/bucket

ui: $(DEMO)/ready ## Dagster's UI on the demo: http://127.0.0.1:3000 (PORT=… for another port)
	@$(DAGSTER) $(BIN)/dg dev -w workspace.yaml --host 127.0.0.1 --port $(or $(PORT),3000)

test: $(READY) ## the whole test suite, by WORKERS=2; ends with the skipped tests by reason
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

vendor-proof: $(READY) ## ours on CVAT's versions and in a real Label Studio (SCREENSHOTS=folder for pictures)
	@$(BIN)/python -m tests.vendor_proof $(if $(SCREENSHOTS),--screenshots "$(SCREENSHOTS)")

lint: $(READY) ## format, lint, types, import rules, generated docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m docs.generate --check

bench: $(READY) ## the benchmarks: ours, the floor, the ratio
	@$(BIN)/python -m benchmarks

bench-peers: $(READY) ## what others do with annotations, each in an environment of its own (.bench-peers, 1.4 GB)
	@for file in benchmarks/peers/*.txt; do \
	  peer=.bench-peers/$$(basename "$$file" .txt); \
	  cmp -s "$$file" "$$peer/.ready" && continue; \
	  echo "making $$peer"; \
	  rm -rf "$$peer"; \
	  "$(PYTHON)" -m venv "$$peer" && "$$peer/bin/python" -m pip install --quiet -r "$$file" && cp "$$file" "$$peer/.ready" \
	    || echo "$$peer could not be made: the benchmark goes on without it"; \
	done

docs: $(READY) ## write the generated pages of docs/ anew
	@$(BIN)/python -m docs.generate

lock: $(READY) ## resolve requirements.lock anew (needs uv, taken from the package index)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean: ## remove the environment, the demo and all caches
	@rm -rf .venv .bench-peers .demo .dagster .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

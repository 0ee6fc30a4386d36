# `make` alone lists the targets. Everything that is installed goes into this folder (.tools, .venv,
# frontend/node_modules) or into the user's cache folder.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RIVALS := .venv-rivals
UV := .tools/bin/uv
UV_VERSION := 0.13.9
ATHERIS_VERSION := 3.0.0
export NEXT_TELEMETRY_DISABLED := 1
ARGS ?=
FOLDER ?=
OLDER ?= 285ca81

FRONTEND_SOURCES := $(wildcard $(shell git ls-files -co --exclude-standard frontend 2>/dev/null))

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: demo
demo: install frontend ## Import a sample job board on this machine, with a live dashboard (ARGS=--exit: stop when done)
	@$(BIN)/python -m jobimport_cli.demo $(ARGS)

.PHONY: cluster-demo
cluster-demo: install ## The same in a real cluster: images, chart, node, stores and imports (ARGS=--exit: stop when done)
	@PYTHONPATH=tests $(BIN)/python -m cluster demo $(ARGS)

.PHONY: cluster-down
cluster-down: install ## End the cluster of cluster-demo and remove what it left
	@PYTHONPATH=tests $(BIN)/python -m cluster down

.PHONY: dev
dev: install frontend ## Run the imports of a folder of yours on this machine (FOLDER=imports; ARGS: see `jobimport dev --help`)
	@test -n "$(FOLDER)" || { echo "Name a folder of JobImports: make dev FOLDER=imports" >&2; exit 2; }
	@$(BIN)/jobimport dev "$(FOLDER)" $(ARGS)

.PHONY: test
test: install ## All that a merge must pass, with a summary (about 30 minutes; the first time 10 more, for a Kubernetes to be built)
	@$(BIN)/python tests/run_stages.py $(ARGS)

.PHONY: test-upgrade
test-upgrade: install ## Upgrade from an older release in mid-run on a real node (OLDER=COMMIT; about 10 minutes)
	@OLDER="$(OLDER)" $(BIN)/pytest -q tests/upgrade $(ARGS)

.PHONY: test-keda
test-keda: install ## KEDA itself scales a pool by the example's manifest (the first time KEDA is built, about 25 minutes)
	@$(BIN)/pytest -q tests/keda $(ARGS)

.PHONY: test-fast
test-fast: install ## Unit tests and the quick integration tests, under a minute
	@$(BIN)/pytest -q tests/unit $(addprefix tests/integration/,queue worker api) $(ARGS)

.PHONY: check
check: install frontend-deps ## Format, lint, types, contracts, CRD and docs drift, frontend lint and types
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/pyright --warnings | tail -n 25
	@$(BIN)/lint-imports --no-cache | tail -n 12
	@$(BIN)/python -m jobimport.resource.crd --check
	@$(BIN)/python -m jobimport.resource.manual --check
	@$(BIN)/python -m jobimport_cli.manual --check
	@$(BIN)/python -m jobimport.telemetry.manual --check
	@$(BIN)/python -m jobimport_operator.manual --check
	@$(BIN)/python -m jobimport_api.openapi --check
	@$(BIN)/python charts/generate.py --check
	@cd frontend && npm run --silent types -- --check && npm run --silent lint && npm run --silent typecheck

.PHONY: format
format: install ## Format the Python code and mend what the linter can
	@$(BIN)/ruff check -q --fix . || true
	@$(BIN)/ruff format -q .

.PHONY: generate
generate: install frontend-deps ## Write the CRD, the generated docs and the dashboard's types anew from the models
	@$(BIN)/python -m jobimport.resource.crd
	@$(BIN)/python -m jobimport.resource.manual
	@$(BIN)/python -m jobimport_cli.manual
	@$(BIN)/python -m jobimport.telemetry.manual
	@$(BIN)/python -m jobimport_operator.manual
	@$(BIN)/python -m jobimport_api.openapi
	@$(BIN)/python charts/generate.py
	@cd frontend && npm run --silent types

.PHONY: bench
bench: install $(RIVALS)/.installed ## Compare with dlt, Scrapy and a plain loop (ARGS: --size small|medium|full, --only PART, --docs)
	@PYTHONPATH=tests $(BIN)/python -m bench.run $(ARGS)

.PHONY: fuzz
fuzz: install .tools/atheris/.installed ## Fuzz the decoders for ten minutes (ARGS: --seconds N)
	@PYTHONPATH=tests:.tools/atheris $(BIN)/python -m fuzz $(ARGS)

# Guided by coverage where atheris has a wheel for this Python, else by mutation alone.
.tools/atheris/.installed: | $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python --target .tools/atheris atheris==$(ATHERIS_VERSION) || mkdir -p .tools/atheris
	@touch $@

# What the benchmark compares with, in an environment of its own.
$(RIVALS)/.installed: tests/bench/rivals/uv.lock | $(UV)
	@echo "Installing dlt and Scrapy into $(RIVALS) …"
	@UV_PROJECT_ENVIRONMENT="$(CURDIR)/$(RIVALS)" $(UV) sync --quiet --locked --project tests/bench/rivals --python "$$(command -v $(PYTHON))"
	@touch $@

.PHONY: sbom
sbom: install | has-node ## Write what each image holds, from the locks, as CycloneDX into dist/sbom
	@mkdir -p dist/sbom
	@for part in operator worker api cli; do \
	  $(UV) export --quiet --locked --no-dev --format cyclonedx1.5 --preview-features sbom-export \
	    --package jobimport-$$part -o dist/sbom/$$part.cdx.json; done
	@cd frontend && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx > ../dist/sbom/dashboard.cdx.json
	@ls dist/sbom/*.cdx.json

.PHONY: browser
browser: ## Install Chromium for the browser's tests where it is missing (Debian, as root)
	@tests/browser/install_chromium.sh

.PHONY: test-browser
test-browser: install frontend browser ## The dashboard's tests in a real browser on a real stack
	@cd frontend && npx vitest run --config vitest.browser.config.ts $(ARGS)

.PHONY: test-login
test-login: install frontend browser ## Logging in and what one may, in a real browser on a real API server (built at first)
	@cd frontend && LOGIN=1 npx vitest run --config vitest.browser.config.ts $(ARGS)

.PHONY: screenshots
screenshots: install frontend browser ## Write a screenshot of every page of the dashboard into docs/screenshots
	@cd frontend && SCREENSHOTS=1 npx vitest run --config vitest.browser.config.ts
	@cd frontend && SCREENSHOTS=1 LOGIN=1 npx vitest run --config vitest.browser.config.ts

.PHONY: bench-operator
bench-operator: install ## Measure the operator with 10,000 imports on a real API server (ARGS=--imports 1000)
	@PYTHONPATH=tests $(BIN)/python -m bench.operator_bench $(ARGS)

.PHONY: install
install: $(VENV)/.installed ## Install the Python packages into .venv, as locked

.PHONY: frontend
frontend: frontend/out/.built ## Build the dashboard into frontend/out

.PHONY: frontend-deps
frontend-deps: frontend/node_modules/.installed

.PHONY: clean
clean: ## Remove what the targets made in this folder
	rm -rf $(VENV) $(RIVALS) .tools frontend/node_modules frontend/out frontend/.next .jobimport examples/.jobimport bench-results

.PHONY: has-python
has-python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv (or set PYTHON=…)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $$($(PYTHON) --version) was found: set PYTHON=… to a newer one" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }

.PHONY: has-node
has-node:
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is missing: install it from nodejs.org or with your package manager" >&2; exit 1; }
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { echo "Node.js 20 or newer is needed; $$(node --version) was found" >&2; exit 1; }

$(UV): | has-python
	@echo "Installing uv $(UV_VERSION) into .tools …"
	@$(PYTHON) -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.installed: uv.lock pyproject.toml $(wildcard */pyproject.toml) | $(UV)
	@echo "Installing the Python packages into $(VENV) …"
	@$(UV) sync --quiet --locked --all-packages --python "$$(command -v $(PYTHON))"
	@touch $@

# Not `npm ci`: it refuses a lock that lacks the binaries of platforms that it was not made on.
frontend/node_modules/.installed: frontend/package-lock.json | has-node
	@echo "Installing the dashboard's packages …"
	@cd frontend && npm install --no-save --silent --no-audit --no-fund
	@touch $@

frontend/out/.built: frontend/node_modules/.installed $(FRONTEND_SOURCES)
	@echo "Building the dashboard …"
	@cd frontend && npm run --silent build >/tmp/jobimport-frontend-build.$$$$.log 2>&1 || { cat /tmp/jobimport-frontend-build.$$$$.log; exit 1; }; rm -f /tmp/jobimport-frontend-build.$$$$.log
	@touch $@

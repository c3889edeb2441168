# `make demo`, `make test`: everything else is what these two are made of. See CONTRIBUTING.md.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

DATA ?= var/demo
PORT ?= 8000
ROUNDS ?= 5
SECONDS ?= 60
ARGS ?=
BIN := .venv/bin
WEB := dashboard/web
NODE_FLOWS := tests/flows/node
# The product's processes start in a third of the time where compiled modules are kept, and a test starts many.
export PYTHONDONTWRITEBYTECODE :=
PYTEST := $(BIN)/python -m pytest -q -p no:cacheprovider

PHONY_SERVERS := servers servers-install servers-stop test-production test-flows-production test-outages test-faults-production bench-production
.PHONY: $(PHONY_SERVERS) help setup setup-dev runtime dev npm npm-flows chromium strace programs clients dashboard demo test test-unit test-flows test-faults fuzz check bench sabotage clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 16

# ---- installing: stamps in .make/ make a second time cheap ----

setup: ## Install what running needs (uv and npm side by side)
	@$(MAKE) -j2 runtime npm

setup-dev: ## Install what testing needs as well
	@$(MAKE) -j2 dev npm npm-flows

runtime:
	@.ci/install-python runtime

dev:
	@.ci/install-python dev

npm:
	@.ci/install-node $(WEB)

npm-flows:
	@.ci/install-node $(NODE_FLOWS)

# Debian's own programs that some tests need: where they cannot be installed those tests skip, in CI that is a failure.
chromium strace:
	@.ci/install-$@ || { [ $$? = 3 ] && [ -z "$${SEICHE_REQUIRE:-}" ]; }

programs: # apt takes one at a time
	@$(MAKE) chromium
	@$(MAKE) strace

clients: dev ## Build the programs of other languages' SDKs, where their tools are there
	@.ci/install-clients

WEB_SOURCES := $(shell find $(WEB) -path $(WEB)/node_modules -prune -o -path $(WEB)/dist -prune -o -type f -print 2>/dev/null)

dashboard: $(WEB)/dist/index.html ## Build the dashboard, if its sources changed

$(WEB)/dist/index.html: $(WEB_SOURCES)
	@.ci/install-node $(WEB)
	@echo "building the dashboard" >&2
	@cd $(WEB) && npm run --silent build >&2
	@touch $@

# ---- running ----

demo: ## Start the product with a demo shop; DATA and PORT may be set
	@$(MAKE) -j2 runtime dashboard
	@exec $(BIN)/seiche up --demo --data $(DATA) --port $(PORT)

# ---- testing ----

# One pool of workers: flows wait much and unit tests compute, so together they leave no core idle. One worker more than cores.
UNIT := tests/unit tests/contracts tests/conformance tests/architecture
FLOWS := tests/flows tests/faults
WORKERS ?= $(shell nproc 2>/dev/null | awk '{print ($$1 < 4 ? $$1 : 4) + 1}')
POOL := $(PYTEST) -n $(or $(WORKERS),3) --dist loadfile --no-loadscope-reorder

test: ## Install all it needs and run every test that needs no server
	@$(MAKE) -j5 dev dashboard npm-flows programs clients
	@rm -rf test-results && mkdir -p test-results
	@failed=0; \
	$(POOL) --junitxml test-results/all.xml $(UNIT) $(FLOWS) || failed=1; \
	$(BIN)/python .ci/report test-results/*.xml || failed=1; \
	exit $$failed

test-unit: ## Unit, contract, conformance and architecture tests
	@$(POOL) --junitxml test-results/unit.xml $(UNIT)

test-flows: ## Real SDKs, a real browser and killed processes against the whole product
	@$(POOL) --junitxml test-results/flows.xml $(FLOWS)

# ---- the production profile ----

SERVERS_RUN ?= /tmp/seiche-servers-$(shell id -u)

servers-install: ## Fetch and build the servers of the production profile; kept by version outside the repo
	@deploy/servers/all.sh install

servers: ## Start Kafka, OpenSearch, S3, Postgres and Redis on loopback; prints where they listen
	@SEICHE_SERVERS_RUN=$(SERVERS_RUN) deploy/servers/all.sh start
	@echo "tests use them with SEICHE_SERVERS_RUN=$(SERVERS_RUN) in the environment"

servers-stop: ## Stop them, and remove their data
	@SEICHE_SERVERS_RUN=$(SERVERS_RUN) deploy/servers/all.sh stop

# These take a server away for a moment, or need the machine for their load: nobody may be beside them.
ALONE := tests/production/test_kafka.py tests/production/test_limits.py tests/production/test_postgres.py
OUTAGES := tests/production/test_outages.py
PRODUCTION_CONTRACTS := tests/contracts/test_event_log.py tests/contracts/test_search_index.py tests/contracts/test_registry.py tests/contracts/test_models.py
PRODUCTION_FLOWS := tests/flows/test_sdk_python.py tests/flows/test_sdk_alerts.py tests/flows/test_sdk_node.py tests/flows/test_items.py tests/flows/test_cli.py
PRODUCTION_BESIDE := $(PRODUCTION_CONTRACTS) $(PRODUCTION_FLOWS) tests/production $(ALONE:%=--ignore %) --ignore $(OUTAGES)
PRODUCTION_ALONE := $(ALONE) tests/faults/test_kill.py

test-production: ## Start the servers, run contracts, flows and faults on them, stop them; a missing server fails it
	@$(MAKE) -j2 dev npm-flows
	@mkdir -p test-results
	@export SEICHE_SERVERS_RUN=$$(mktemp -d /tmp/seiche-servers.XXXXXX) failed=0; \
	trap 'deploy/servers/all.sh stop >/dev/null' EXIT; \
	deploy/servers/all.sh start; \
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder --junitxml test-results/production-beside.xml $(PRODUCTION_BESIDE) || failed=1; \
	[ -z "$(PRODUCTION_ALONE)" ] || $(PYTEST) --junitxml test-results/production-alone.xml $(PRODUCTION_ALONE) || failed=1; \
	exit $$failed

test-flows-production: ## Every flow on these servers: the long form
	@$(MAKE) -j5 dev dashboard npm-flows programs clients
	@$(MAKE) test-production PRODUCTION_BESIDE=tests/flows PRODUCTION_ALONE=

test-outages: ## These servers, each away for half a minute under load: the long form
	@$(MAKE) test-production PRODUCTION_BESIDE=tests/production/test_failover.py PRODUCTION_ALONE=$(OUTAGES)

test-faults-production: ## The long form of test-faults on these servers
	@SEICHE_FAULT_ROUNDS=$(ROUNDS) $(MAKE) test-production PRODUCTION_ALONE= \
	PRODUCTION_BESIDE="--timeout 0 tests/faults/test_kill.py tests/faults/test_clock.py tests/faults/test_upgrade.py tests/production/test_rolling.py tests/production/test_failover.py"

bench-production: ## The table of `make bench` on these servers; their CPU is a row each
	@$(MAKE) dev
	@export SEICHE_SERVERS_RUN=$$(mktemp -d /tmp/seiche-servers.XXXXXX); \
	trap 'deploy/servers/all.sh stop >/dev/null' EXIT; \
	deploy/servers/all.sh start; \
	$(BIN)/python -m bench.spine throughput live reads memory $(ARGS)

test-faults: ## The long form: kill -9 each process ROUNDS times under load
	@.ci/install-python dev
	@SEICHE_FAULT_ROUNDS=$(ROUNDS) $(PYTEST) --timeout 0 tests/faults

sabotage: ## Break one line at a time; a test must notice each
	@.ci/install-python dev
	@$(BIN)/python tests/sabotage/run.py $(ARGS)

FUZZED := envelope store batch content event session form report sourcemap bundle
fuzz: ## Look for inputs that break a parser, SECONDS each
	@.ci/install-python dev
	@for target in $(FUZZED); do echo "fuzzing $$target for $(SECONDS) s"; $(BIN)/python -m tests.fuzz.run $$target $(SECONDS); done

# ---- checking ----

check: ## Format, lint, types, import rules, sizes, drift; under two minutes
	@$(MAKE) -j2 dev npm
	@$(MAKE) -j2 -k --output-sync=target check-types check-lint check-imports check-openapi check-rules check-dashboard

.PHONY: check-types check-lint check-imports check-openapi check-rules check-dashboard
check-types:
	@$(BIN)/mypy

check-lint:
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .

check-imports:
	@$(BIN)/lint-imports --no-cache >.make/imports.txt || { cat .make/imports.txt; exit 1; }

check-openapi:
	@mkdir -p .make; $(BIN)/python -m query_api.openapi .make/openapi.json 2>.make/openapi.err || { cat .make/openapi.err; exit 1; }
	@diff -u query_api/openapi.json .make/openapi.json | head -40 || true
	@cmp -s query_api/openapi.json .make/openapi.json || { echo "query_api/openapi.json is out of date: run python -m query_api.openapi"; exit 1; }

check-rules:
	@$(PYTEST) tests/architecture

check-dashboard:
	@cd $(WEB) && npm run --silent check

# ---- measuring ----

bench: ## Print the table of what the product costs
	@.ci/install-python dev
	@$(BIN)/python -m bench.spine $(ARGS)

bench-%: ## One part of it: bench-throughput, bench-live, bench-reads, bench-memory, bench-start, bench-fingerprint, bench-soak, bench-busy
	@.ci/install-python dev
	@$(BIN)/python -m bench.spine $* $(ARGS)

bench-grouping: ## How well version 1 and 2 group labelled events
	@.ci/install-python dev
	@$(BIN)/python -m bench.grouping $(ARGS)

clean: ## Remove what was installed and built; data in var/ stays
	@rm -rf .venv .make $(WEB)/node_modules $(WEB)/dist $(NODE_FLOWS)/node_modules tests/flows/clients/browser/node_modules test-results artifacts .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

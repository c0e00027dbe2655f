# Two commands for a newcomer: `make run` and `make test`. Both set up everything they need on a
# Debian or Ubuntu machine that has make, Python 3.11 or later and apt.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
STAMPS := $(VENV)/.stamps
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
FULL ?=
export FULL

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(STAMPS)/run ## Run the sandbox on http://127.0.0.1:8000 until Ctrl-C
	@exec $(VENV)/bin/nummer run

.PHONY: test
test: $(STAMPS)/dev $(STAMPS)/machine ## Run all tests: on the embedded server, the tables again on Debian's
	@$(VENV)/bin/python -m tests.suite

.PHONY: test-long
test-long: $(STAMPS)/dev $(STAMPS)/machine ## Kills, races and growth in a short form; FULL=1 for all of it
	@$(VENV)/bin/python -m tests.suite --long

.PHONY: bench
bench: $(STAMPS)/dev ## Measure ourselves against others; results in bench/results, a page in docs
	@$(VENV)/bin/python -m bench

.PHONY: pictures
pictures: $(STAMPS)/dev $(STAMPS)/machine ## Take pictures of all pages, light and dark, phone and desk: build/pictures
	@$(VENV)/bin/python -m tests.journeys.pictures build/pictures

.PHONY: lint
lint: $(STAMPS)/dev ## Check format, style, spelling of imports and the floors of the house
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/deptry .

.PHONY: types
types: $(STAMPS)/dev ## Check all types
	@$(VENV)/bin/mypy

.PHONY: audit
audit: $(STAMPS)/dev ## Look for published weaknesses in what we depend on
	@$(VENV)/bin/python -m tests.weaknesses

.PHONY: css
css: $(STAMPS)/dev ## Build the style sheet that is committed
	@$(VENV)/bin/python assets/build.py

.PHONY: messages
messages: $(STAMPS)/dev ## Gather the sentences to translate and compile the translations
	@$(VENV)/bin/python -m tests.tidy.sentences
	@$(VENV)/bin/python -m nummer.config.messages

.PHONY: lock
lock: $(STAMPS)/dev ## Choose new exact versions of everything in pyproject.toml
	@$(VENV)/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
		--custom-compile-command 'make lock' pyproject.toml -o requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
		--custom-compile-command 'make lock' --constraint requirements.txt --group dev \
		pyproject.toml -o requirements-dev.txt

.PHONY: clean
clean: ## Remove the environment and what tools left; the installation's data stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- setting up: each step leaves a stamp, so that it runs again only when its cause changes ---

$(STAMPS)/venv:
	@if [ -z "$(PYTHON)" ]; then echo "Nummer needs Python 3.11 or later." >&2; exit 1; fi
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || PYTHON=$(PYTHON) sh .ci/packages venv
	@echo "Setting up Python's environment in $(VENV) ..."
	@[ -x $(VENV)/bin/python ] || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/entry: $(STAMPS)/venv Makefile
	@$(VENV)/bin/python -c 'import pathlib, site; \
		pathlib.Path(site.getsitepackages()[0], "nummer.pth").write_text("$(CURDIR)\n")'
	@printf '#!/bin/sh\nexec "%s/python" -m nummer.config "$$@"\n' '$(CURDIR)/$(VENV)/bin' \
		> $(VENV)/bin/nummer
	@chmod +x $(VENV)/bin/nummer
	@touch $@

$(STAMPS)/run: $(STAMPS)/entry requirements.txt
	@echo "Installing what Nummer needs; this takes a minute or two ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(STAMPS)/dev: $(STAMPS)/entry requirements-dev.txt
	@echo "Installing what Nummer and its tests need; this takes some minutes ..."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ $(STAMPS)/run

$(STAMPS)/machine: $(STAMPS)/venv .ci/packages
	@sh .ci/packages test
	@touch $@

# The menu. On a bare machine with Python 3.11+ and make, each target first sets up what it needs;
# a second call finds the stamps below and starts at once.
.PHONY: help demo test check fix docs daybook lock
.DEFAULT_GOAL := help

BIN := .venv/bin
FULL := .venv/.ready-dev
LOCKS := requirements/build.lock requirements/demo.lock requirements/dev.lock requirements/tools.lock
INPUTS := $(LOCKS) pyproject.toml deploy/setup.sh
# Running needs less than developing; where the full environment stands already, it serves both.
RUN := $(if $(wildcard $(FULL)),$(FULL),.venv/.ready-demo)

help:
	@echo 'make demo [ARGS="..."]     a month in Halaxy becomes a month in Xero, in sandboxes, on this machine'
	@echo 'make daybook ARGS="..."    any command of daybook'
	@echo 'make test [ARGS="..."]     the whole test suite (ARGS goes to pytest)'
	@echo 'make check                 format, lint, types, import contracts'
	@echo 'make fix                   lets ruff mend what it can'
	@echo 'make docs                  rewrites the tables of docs/language.md'
	@echo 'make lock                  renews the lock files in requirements/'

demo: $(RUN)
	@$(BIN)/daybook demo $(ARGS)

daybook: $(RUN)
	@$(BIN)/daybook $(ARGS)

test: $(FULL)
	@deploy/setup.sh services
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=20 $(ARGS)

check: $(FULL)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python deploy/longest.py

fix: $(FULL)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(RUN)
	@$(BIN)/python deploy/manual.py

lock:
	@deploy/setup.sh lock

$(FULL): $(INPUTS)
	@deploy/setup.sh dev

.venv/.ready-demo: $(INPUTS)
	@deploy/setup.sh demo

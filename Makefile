# make quickstart   install, then train and test on the embedded data set
# make test         install, then run the tests
# make packages     install, then try a wheel and other ways to install in bare environments
# make docs         install, then build the site into site/, with warnings as errors
# make lint         ruff and codespell, as in pre-commit
# make clean        remove what the targets above made, but for the environment
#
# PYTHON  the Python (>= 3.10) that makes the environment, where there is none yet
# VENV    where the environment is made; the system's Python is never changed
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.fss_mm_installed
CONFIG := configs/shapes/simprop_fold0.py
WORK := work_dirs/quickstart

.PHONY: quickstart test packages docs lint clean install
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -10

install: $(STAMP)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "$(PYTHON) is older than 3.10; choose one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(STAMP): setup.py pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --upgrade pip
	$(BIN)/python -m pip install -c constraints.txt -e '.[mm,dev]'
	touch $@

quickstart: $(STAMP)
	$(BIN)/python tools/quickstart.py $(CONFIG) --work-dir $(WORK)

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal

packages: $(STAMP)
	$(BIN)/python .ci/packages.py

docs: $(STAMP)
	$(BIN)/python -m pip install -c constraints.txt -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

clean:
	rm -rf $(WORK) site .pytest_cache .ruff_cache .hypothesis

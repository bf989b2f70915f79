# Two commands: `make demo` and `make test`. Each sets up what it needs, on a fresh machine with Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_OUT ?= interplay-report
export OMP_NUM_THREADS ?= 1

.PHONY: demo test lint fast test-slow bench clean clean-kernels
.DELETE_ON_ERROR:

# The stamp is written last, so an interrupted installation is done again.
$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/interplay run --out $(DEMO_OUT)

test: lint fast

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell src tests docs benchmarks README.md CHANGELOG.md CONTRIBUTING.md
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 -m "not slow and not net" --durations 10

test-slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 -m "slow and not net" --durations 20

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.quality

clean-kernels:
	find src -name '*.nbi' -delete -o -name '*.nbc' -delete

clean:
	rm -rf $(VENV) $(DEMO_OUT) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

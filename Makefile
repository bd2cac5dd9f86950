# Two commands do everything: `make run` and `make test`. Each makes the virtual environment it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
RUN    ?=

.PHONY: run test lint bench clean

run: $(READY)           ## explore the bundled run, or RUN=path
	$(BIN)/grok-tui $(RUN)

test: $(READY)          ## all tests but the benchmarks
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY)          ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)         ## engine times, as ratios; drawing times, and bytes a step
	$(BIN)/python -m tests.benchmarks.bench_engine
	$(BIN)/python -m tests.benchmarks.bench_drawing

clean:
	rm -rf $(VENV)

# constraints.txt pins the versions that were tested; without it torch may bring gigabytes of CUDA.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' --constraint constraints.txt
	touch $(READY)

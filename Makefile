# Two commands do everything: `make run` and `make test`. Each makes the virtual environment it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
RUN    ?=
FLOORS := .venv-floors

.PHONY: run test ray test-floors golden lint bench bench-memory fuzz soak clean

run: $(READY)           ## explore the bundled run, or RUN=path
	$(BIN)/grok-tui $(RUN)

test: $(READY)          ## all tests but the benchmarks, one process per core, which runs a file whole
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

ray: $(READY)           ## install Ray, for sweeps on it and their tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[ray]' --constraint constraints.txt

test-floors: $(FLOORS)/.ready  ## the same with the oldest releases that are supported, in $(FLOORS)
	$(FLOORS)/bin/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

golden: $(READY)        ## write the golden screens anew; look at `git diff` before you commit them
	rm -f tests/grok_tui/app/golden/* tests/grok_tui/app/golden_runs/*
	$(BIN)/python -m pytest tests/grok_tui/app/test_screens.py tests/grok_tui/app/test_run_table_golden.py --update-golden

lint: $(READY)          ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)         ## engine times as ratios, drawing, the table of 1,000 runs, what a person at a terminal feels
	$(BIN)/python -m tests.benchmarks.bench_engine
	$(BIN)/python -m tests.benchmarks.bench_training
	$(BIN)/python -m tests.benchmarks.bench_drawing
	$(BIN)/python -m tests.benchmarks.bench_many_runs
	$(BIN)/python -m tests.benchmarks.bench_terminal

bench-memory: $(READY)  ## peak memory of a report, p = 113 to 499, beside its estimate
	$(BIN)/python -m tests.benchmarks.bench_memory

fuzz: $(READY)          ## 10,000 damaged runs: each is read or refused in a sentence
	$(BIN)/python -m tests.fuzz.run $(ARGS)

soak: $(READY)          ## what only long runs can show: training killed 50 times, a sweep 20 times, 10,000 damaged runs
	$(BIN)/python -m tests.soak
	$(BIN)/python -m tests.fuzz.run

clean:
	rm -rf $(VENV) $(FLOORS)

# constraints.txt pins the versions that were tested; without it torch may bring gigabytes of CUDA.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' --constraint constraints.txt
	touch $(READY)

$(FLOORS)/.ready: pyproject.toml floors.txt
	$(PYTHON) -m venv $(FLOORS)
	$(FLOORS)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test,hub,remote,tensorboard,ray,figures,serve]' --constraint floors.txt
	touch $@

# Each target sets up what it needs: a virtual environment in .venv, and system libraries on Linux.
PYTHON ?= python3
VENV := .venv/bin
SETUP := $(PYTHON) packaging/set_up.py

.PHONY: run test check format texts bench app clean

run:  ## open the viewer on the sample patient
	@$(SETUP)
	@$(VENV)/python packaging/first_run.py

test:  ## run all tests
	@$(SETUP) --tests
	@QT_QPA_PLATFORM=offscreen $(VENV)/python -m pytest --numprocesses auto --dist loadfile

check:  ## format, lint, types, import contracts
	@$(SETUP) --tests
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports

format:  ## put the code in its usual form
	@$(SETUP) --tests
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

texts:  ## bring the translations up to date with the code
	@$(SETUP) --tests
	@$(VENV)/python packaging/texts.py

bench:  ## the benchmarks
	@$(SETUP) --tests
	@$(VENV)/python tests/benchmarks/pair.py
	@OMP_NUM_THREADS=1 $(VENV)/python tests/benchmarks/scores.py
	@QT_QPA_PLATFORM=offscreen $(VENV)/python tests/benchmarks/scroll.py
	@$(VENV)/python tests/benchmarks/series.py
	@QT_QPA_PLATFORM=offscreen $(VENV)/python tests/benchmarks/volume.py
	@test ! -x dist/light/fusionviewer/fusionviewer || $(VENV)/python packaging/measure_start.py

app:  ## the program for this machine, in dist/; VARIANT=full has torch as well
	@$(SETUP)
	@$(VENV)/python -m pip install --quiet -r packaging/requirements.txt
	@$(VENV)/python packaging/build.py --variant $(or $(VARIANT),light)

clean:
	rm -rf .venv build dist

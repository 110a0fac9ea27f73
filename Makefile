# Each target sets up what it needs: a virtual environment in .venv, and system libraries on Linux.
PYTHON ?= python3
VENV := .venv/bin
SETUP := $(PYTHON) packaging/set_up.py

# Each part begins with the weights of the one before. What was stopped goes on where it was.
TRAIN = $(VENV)/python -m training train --resume --device $(or $(DEVICE),cpu)
EXPORT = $(VENV)/python -m training export
RECIPES := training/configs

ifneq ($(and $(TO),$(filter weights,$(MAKECMDGOALS))),)
$(error TO goes with "make clarus" only: the learned strategy is trained around the EH-DRAN in resources/weights)
endif

.PHONY: run test check format texts bench clarus weights app clean

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
	@$(VENV)/python tests/benchmarks/small.py
	@OMP_NUM_THREADS=1 $(VENV)/python tests/benchmarks/scores.py
	@QT_QPA_PLATFORM=offscreen $(VENV)/python tests/benchmarks/scroll.py
	@$(VENV)/python tests/benchmarks/series.py
	@QT_QPA_PLATFORM=offscreen $(VENV)/python tests/benchmarks/volume.py
	@test ! -x dist/light/fusionviewer/fusionviewer || $(VENV)/python packaging/measure_start.py

clarus:  ## train Clarus and write its weights; DEVICE=cuda trains on a GPU, TO=FOLDER writes elsewhere
	@$(SETUP) --tests
	$(TRAIN) $(RECIPES)/clarus-cpu-anatomy.toml --run runs/clarus-anatomy
	$(TRAIN) $(RECIPES)/clarus-cpu-functional.toml --run runs/clarus-functional
	$(TRAIN) $(RECIPES)/clarus-cpu-hot.toml --run runs/clarus-hot
	$(VENV)/python -m training join runs/clarus-anatomy runs/clarus-hot --run runs/clarus-joined
	$(EXPORT) runs/clarus-joined $(if $(TO),--to $(TO))

weights: clarus  ## train all networks that ship, and write their weights; it does not take TO
	$(TRAIN) $(RECIPES)/dilran-cpu.toml --run runs/dilran
	$(EXPORT) runs/dilran
	$(TRAIN) $(RECIPES)/eh-dran-cpu.toml --run runs/eh-dran
	$(EXPORT) runs/eh-dran
	$(TRAIN) $(RECIPES)/learned-cpu.toml --run runs/learned
	$(EXPORT) runs/learned
	$(TRAIN) $(RECIPES)/mfinet-cpu.toml --run runs/mfinet
	$(EXPORT) runs/mfinet
	$(TRAIN) $(RECIPES)/mopa-cpu.toml --run runs/mopa
	$(TRAIN) $(RECIPES)/mopa-cpu-fine.toml --run runs/mopa-sharp
	$(TRAIN) $(RECIPES)/mopa-cpu-sharp.toml --run runs/mopa-sharper
	$(EXPORT) runs/mopa-sharper

app:  ## the program for this machine, in dist/; VARIANT=full has torch as well
	@$(SETUP)
	@$(VENV)/python -m pip install --quiet -r packaging/requirements.txt
	@$(VENV)/python packaging/build.py --variant $(or $(VARIANT),light)

clean:
	rm -rf .venv build dist

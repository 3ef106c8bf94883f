# One task, one meaning. `make check` is exactly what CI runs.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python
SHELL = /bin/bash

.PHONY: help check install test test-python slow lint types floor-plan generated cuda-space cuda-host ops bench acceptance sanitize demo clean

help:           ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

check: install test lint types floor-plan generated acceptance cuda-space cuda-host  ## everything CI runs

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

install: $(VENV)/bin/python  ## a virtual environment with the package (no kernels ahead of time), its tests and its checks
	TENSORSMITH_NO_BUNDLE=1 $(RUN) -m pip install --quiet --upgrade ".[test,check,plot,cuda]"

test:           ## the default suite (the README's command)
	$(RUN) -m pytest -q -n auto --dist worksteal

test-python:    ## the default suite without native entry points: results must be the same
	TENSORSMITH_NATIVE=0 $(RUN) -m pytest -q -n auto --dist worksteal

slow:           ## what takes longer than the default suite may
	$(RUN) -m pytest -q -m slow

cuda-space:     ## the kernel space of GPUs compiled with NVRTC; a run that was cut off goes on
	$(RUN) -m tensorsmith.tools.kernels.gpu_space --log .gpu_space.jsonl --jobs 2

cuda-host:      ## every op and sample in CUDA C on the host against the interpreter, in ten dtypes
	$(RUN) -m pytest -q -n 2 --dist worksteal -m slow tests/backends/cuda/test_registry.py -k every_op_gives

lint:           ## style
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types:          ## types of the installed package
	cd $(VENV) && bin/python -m mypy --config-file $(CURDIR)/pyproject.toml -p tensorsmith

floor-plan:     ## imports go down only
	$(VENV)/bin/lint-imports

generated:      ## generated files are up to date
	$(RUN) -m tensorsmith.tools.generate --check

ops:            ## counts of the registry
	$(VENV)/bin/tensorsmith ops stats

bench:          ## times against PyTorch and NumPy, bars, regressions against this machine's record
	$(RUN) -m benchmarks --compare

acceptance:     ## the user's examples, where the suite lies beside the checkout
	$(RUN) tests/acceptance.py

sanitize:       ## compute-sanitizer's four tools over a part of the tests of a GPU, on a machine with one and its toolkit
	for tool in memcheck racecheck synccheck initcheck; do \
	  echo "== $$tool" && compute-sanitizer --tool $$tool --error-exitcode 1 --launch-timeout 600 \
	    $(RUN) -m pytest -q -x -p no:cacheprovider -m "cuda and not slow" tests/devices/test_tensors.py \
	    tests/devices/test_indexing.py tests/devices/test_training.py || exit 1; \
	done

demo:           ## the main job
	$(VENV)/bin/tensorsmith demo digits

clean:          ## what the tasks made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .gpu_space.jsonl

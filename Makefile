# `make demo` and `make test` do all their own set-up, each in a virtual environment of its own.
PYTHON ?= python3
# PyTorch's default build brings several GB of CUDA. To get the CPU build, name PyTorch's own CPU index (its address is
# on PyTorch's site): make test TORCH_INDEX=<address>
TORCH_INDEX ?=

INSTALL = -m pip install --disable-pip-version-check --constraint constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
SETUP_FILES = pyproject.toml constraints.txt Makefile

.PHONY: help demo test lint format clean

help:
	@echo "make demo    estimate the potassium of an example ECG (base install, no PyTorch)"
	@echo "make test    run all tests"
	@echo "make lint    check format, style and types"
	@echo "make format  format the code"
	@echo "make clean   remove the virtual environments and caches"

demo: .venv-demo/ready
	.venv-demo/bin/kalemia demo

test: .venv/ready
	.venv/bin/python -m pytest --numprocesses auto

lint: .venv/ready
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy

format: .venv/ready
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

.venv-demo/ready: $(SETUP_FILES)
	$(PYTHON) -m venv --clear .venv-demo
	.venv-demo/bin/python $(INSTALL) --editable .
	touch $@

.venv/ready: $(SETUP_FILES)
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python $(INSTALL) --editable ".[train,serve,dev]"
	touch $@

clean:
	rm -rf .venv .venv-demo kalemia-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

# The same commands for people and for CI. `make demo` and `make test` set up all they need on a fresh machine.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test node panel hosts fuzz lint types format protocol parity parity-sam2 parity-grounding-dino wheel clean help

help:
	@echo "make demo      render a shot, mask the red ball in it, show how well it went"
	@echo "make test      every test"
	@echo "make hosts     the Blender extension in real Blenders, timelines in melt (3 GB of downloads)"
	@echo "make fuzz      200,000 bad inputs over the six places that take input from outside"
	@echo "make lint      ruff, and whether the generated protocol files are up to date"
	@echo "make types     mypy, strict"
	@echo "make format    ruff format and its safe fixes"
	@echo "make panel     build the After Effects panel from its sources (needs Node.js 20)"
	@echo "make protocol  generate the tables of SPEC.md, the schema and the vectors again"
	@echo "make parity    compare with the official packages, in environments of their own (an hour on two CPU cores)"
	@echo "make wheel     build the wheel into dist/"

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 10) else "Mattewire needs Python 3.10 or later; this is %d.%d. Try: make PYTHON=python3.11 $(MAKECMDGOALS)" % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[server,video]'
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev --editable '.[server,video,models,edges]'
	@$(BIN)/python -c 'import pymatting' # which compiles its solvers: a minute, once, that no test should wait for
	touch $@

# The official SAM 2 package, as rf-sam-2 publishes it. Without its dependencies: they name torchvision, which the video
# predictor does not import, and which brings gigabytes.
.venv-parity-sam2/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-parity-sam2
	.venv-parity-sam2/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-parity-sam2/bin/python -m pip install --quiet --constraint constraints.txt torch
	.venv-parity-sam2/bin/python -m pip install --quiet --constraint constraints.txt --group parity-sam2 --editable '.[server,models]'
	.venv-parity-sam2/bin/python -m pip install --quiet --no-deps rf-sam-2==1.0.3
	touch $@

parity: parity-sam2 parity-grounding-dino

PARITY_MODELS ?= sam2.1-tiny,sam2.1-base-plus

parity-sam2: .venv-parity-sam2/installed
	.venv-parity-sam2/bin/python tests/parity/sam2_parity.py --models $(PARITY_MODELS) --golden tests/golden/sam2
	.venv-parity-sam2/bin/python tests/parity/sam2_memory.py

demo: $(VENV)/installed
	$(BIN)/mattewire demo --out demo

test: $(VENV)/installed-dev node
	$(BIN)/python -m pytest

# The After Effects panel, built, and what its tests need. Without Node.js they are skipped, each saying so; with
# MATTEWIRE_NODE=required, as in CI, its absence is a failure.
MODULES := hosts/aftereffects_cep/node_modules/.package-lock.json

node:
ifneq ($(shell command -v npm),)
	@$(MAKE) --no-print-directory $(MODULES)
	@cd hosts/aftereffects_cep && npm run --silent build
else
	@test "$$MATTEWIRE_NODE" != required || { echo "Node.js 20 or later is not here." >&2; exit 1; }
	@echo "Node.js is not here: the tests of the After Effects panel will be skipped."
endif

$(MODULES): hosts/aftereffects_cep/package-lock.json
	cd hosts/aftereffects_cep && npm ci --silent --no-audit --no-fund
	touch $@

panel: export MATTEWIRE_NODE = required
panel: node

hosts:
	.ci/hosts

fuzz: $(VENV)/installed-dev
	MATTEWIRE_FUZZ=34000 $(BIN)/python -m pytest tests/fuzz --timeout 7200

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python protocol/generate.py --check

types: $(VENV)/installed-dev
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

protocol: $(VENV)/installed-dev
	$(BIN)/python protocol/generate.py

# The official GroundingDINO needs transformers 4. Without its dependencies: what it imports of torchvision (gigabytes),
# timm, matplotlib and pycocotools, tests/parity/standins.py stands in for.
.venv-parity-grounding-dino/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-parity-grounding-dino
	.venv-parity-grounding-dino/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-parity-grounding-dino/bin/python -m pip install --quiet --constraint constraints.txt torch
	.venv-parity-grounding-dino/bin/python -m pip install --quiet --group parity-grounding-dino
	.venv-parity-grounding-dino/bin/python -m pip install --quiet --no-deps groundingdino-py==0.4.0
	touch $@

# JPEG=photograph.jpg compares the preprocessing of a photograph too.
parity-grounding-dino: $(VENV)/installed-dev .venv-parity-grounding-dino/installed
	$(BIN)/python tests/parity/grounding_dino_parity.py --official .venv-parity-grounding-dino/bin/python \
		--golden tests/golden/grounding_dino $(if $(JPEG),--jpeg $(JPEG))

wheel: $(VENV)/installed-dev panel
	$(BIN)/python -m build --wheel

clean:
	rm -rf hosts/aftereffects_cep/node_modules $(VENV) .venv-ci .venv-hosts .venv-bpy-* .venv-parity-* demo dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

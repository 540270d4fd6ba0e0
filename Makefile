# Two commands on a fresh machine: `make site` and `make test`. Windows and machines without make: see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Another build of PyTorch, for example one that is installed from a local file: make separation TORCH=...
TORCH ?= -r requirements/torch.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export NO_MKDOCS_2_WARNING := 1
export PYTHONUNBUFFERED := 1

.PHONY: site test serve check separation lint slides notebooks lock clean help
.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(VENV)/.made: ## (the environment itself)
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name it: make site PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else "This needs Python 3.11 or newer; %s is %d.%d. Name another: make site PYTHON=python3.12" % (sys.executable, *v))'
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.site: requirements/site.txt pyproject.toml $(VENV)/.made
	@echo "Installing what the site needs (requirements/site.txt)"
	@$(PIP) --require-hashes -r requirements/site.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.separation: requirements/separation.txt requirements/torch.txt $(VENV)/.site
	@echo "Installing what the separation code needs (requirements/separation.txt, then PyTorch)"
	@$(PIP) --no-deps --require-hashes -r requirements/separation.txt
	@$(PIP) $(TORCH)
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.separation
	@echo "Installing what the tests need (requirements/test.txt)"
	@$(PIP) --no-deps --require-hashes -r requirements/test.txt
	@touch $@

site: $(VENV)/.site ## Check the content and build the site into site/
	@echo "Checking the content and building site/"
	@$(BIN)/course build

serve: $(VENV)/.site ## Preview the site and follow every save
	@$(BIN)/course serve

check: $(VENV)/.site ## Check the content
	@$(BIN)/course check

test: $(VENV)/.test ## Run all tests
	@echo "Running the tests"
	@$(BIN)/pytest -n auto

separation: $(VENV)/.separation ## Install the separation code with PyTorch
	@echo "Ready: $(BIN)/separation train smoke --out runs/smoke"

lint: $(VENV)/.test ## Check style and types of the code, and the spelling of everything
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/typos

slides: $(VENV)/.test ## Make every slides.pdf anew from its source
	@$(BIN)/course run slides $$(git ls-files '*.typ')

notebooks: $(VENV)/.test ## Run every notebook anew and store its outputs
	@$(BIN)/course run notebook $$(git ls-files 'presentations/*.ipynb' 'weeks/*.ipynb' | \
	  while read -r file; do twin="$${file%.ipynb}.py"; [ -f "$$twin" ] && echo "$$twin" || echo "$$file"; done)

LOCK := uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --no-emit-package torch pyproject.toml requirements/build.in
lock: ## Choose new versions of the dependencies (needs uv)
	@$(LOCK) -o requirements/site.txt
	@$(LOCK) --extra separation -c requirements/site.txt -c requirements/torch.txt -o requirements/separation.txt
	@$(LOCK) --extra test -c requirements/separation.txt -c requirements/torch.txt -o requirements/test.txt

clean: ## Delete what was made: the environment and the site
	@rm -rf $(VENV) site

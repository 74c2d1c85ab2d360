# Two commands for a newcomer: `make course` and `make test`.
# Everything else here is for working on dripline.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := when-a-partner-says-no
# Where programs of other ecosystems are, that the benchmark and some tests compare with.
TOOLS := $(or $(DRIPLINE_TOOLS),.tools)

.PHONY: course test bench torture styles golden clean

# An environment of our own, made again when what it should hold has changed.
$(VENV)/.course: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.test: $(VENV)/.course
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test
	touch $@

course: $(VENV)/.course
	@test -e content/$(EXAMPLE)/00-welcome.md || \
	  $(BIN)/dripline split content/$(EXAMPLE)/article.txt --name $(EXAMPLE) --lessons 6
	@$(BIN)/dripline build $(EXAMPLE)

test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

# Everything that can fail, failing: kills, full disks, authors at work. Half an hour.
torture: $(VENV)/.test
	DRIPLINE_TORTURE=1 $(BIN)/pytest tests/test_files.py tests/test_faults.py tests/test_kill.py \
	  tests/test_state.py

# The expected files in tests/golden, written anew: read the difference before you keep it.
golden: $(VENV)/.test
	$(BIN)/pytest --golden

# Each theme's stylesheet, compiled into the package.
styles: $(VENV)/.course
	$(BIN)/python tools/compile_styles.py

bench: $(VENV)/.test $(TOOLS)/node_modules/.bin/mjml
	$(BIN)/python benchmarks/mjml.py

$(TOOLS)/node_modules/.bin/mjml:
	npm install --silent --no-audit --no-fund --prefix $(TOOLS) mjml@5.4.1

clean:
	rm -rf $(VENV) dist .dripline

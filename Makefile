# Two commands for a newcomer: `make course` and `make test`.
# Everything else here is for working on dripline.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := when-a-partner-says-no

.PHONY: course test score bench torture shots golden clean

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

clean:
	rm -rf $(VENV) dist .dripline

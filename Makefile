# Every way to work on Firstline. `make` or `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help install run demo test check bench soak messages lock clean

# The tests start hundreds of interpreters: what one of them compiled the others are to find.
unexport PYTHONDONTWRITEBYTECODE

catalogues := $(wildcard templates/locale/*/LC_MESSAGES/*.po)

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/installed ## make .venv with the program and all its tools

.venv/installed: requirements.lock pyproject.toml hatch_build.py scripts/install $(catalogues)
	@scripts/install

run: install ## start the desk (FIRSTLINE_CONFIG, else config.toml, else the example)
	@exec .venv/bin/firstline serve

demo: install ## play one whole story through the real listeners
	@.venv/bin/firstline demo

test: install ## run the tests, on SQLite and on PostgreSQL (ARGS="-k name" for some of them)
	@scripts/test-packages
	.venv/bin/pytest -n 6 --dist worksteal $(ARGS)

check: install ## lint, formatting, types, and who may import whom
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: install ## measure against the floor
	.venv/bin/python -m bench $(ARGS)

soak: install ## run what takes long
	@scripts/test-packages
	.venv/bin/pytest -m soak --timeout 0 $(ARGS)

messages: install ## bring the translation catalogues up to date with the texts
	@scripts/messages

lock: ## write requirements.lock anew (ARGS=--upgrade takes the newest versions)
	@scripts/lock $(ARGS)

clean: ## remove everything that was made here, but not var/
	rm -rf .venv build dist htmlcov .coverage .coverage.* .hypothesis .*_cache
	find bot channels rules templates tests bench -name __pycache__ -prune -exec rm -rf {} +
	find templates -name '*.mo' -delete

.PHONY: lint quick check newest oldest demo

# Everything below runs in the environment at hand; `.ci/run` makes a fresh one.
lint:
	ruff check . && ruff format --check .
	mypy
	lint-imports

# The tests that need no server and no minutes: pure code and SQLite.
quick:
	python -m pytest -m "not heavy and not server and not slow"

# What must hold before anything is committed.
check: lint
	python -m pytest

# The quick tests with the newest, and with the lowest, versions that pyproject.toml allows.
newest oldest:
	.ci/versions $@

demo:
	langgraph-dba session "I need to design a database schema for a multi-tenant project management application with teams, projects, tasks, and time tracking"

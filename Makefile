.PHONY: check demo

# What must hold before anything is committed: the same that .ci/run does, in the environment at hand.
check:
	ruff check . && ruff format --check .
	mypy
	lint-imports
	python -m pytest

demo:
	langgraph-dba session "I need to design a database schema for a multi-tenant project management application with teams, projects, tasks, and time tracking"

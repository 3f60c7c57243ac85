"""Generate docs/rules.md from the docstrings of the rules: `python -m langgraph_dba.database.rules.documentation`."""

import inspect
import re
import sys
from typing import Any

from langgraph_dba.database.rules import LIVE_RULES, RULES, SchemaRule, fix_of
from langgraph_dba.findings import BANDS, FORMULA, Rule, rule_info, rule_name

_EXAMPLE = re.compile(r"^(Bad|Good|Repair):\s+```sql\n(.+?)```", re.DOTALL | re.MULTILINE)
_HEAD = """# Rules

Static checks of a schema: the problem, the reason, and the correct form. If a rule has a fix, the fix is applied to a
new design when the review returns it, but only if it clears its finding and leaves a consistent schema.

The score of a schema is `{formula}`.

{bands}

| rule | severity | fix | |
|---|---|---|---|
{rows}
"""
_LIVE_HEAD = """# Rules for live databases

Checks of the condition of a running database: `find_live(read_condition(connection, traits))`. They read the catalogue,
the highest values of keys through an index, and no other rows; SQLite's file is checked as a whole. What the login may
not read, or what would need a scan of a table, is listed in `LiveCondition.unreadable` and is not judged. A severity is
that of the most dangerous case.

| rule | severity | |
|---|---|---|
{rows}
"""
_BANDS = {
    "approved": "approved",
    "minor": "small fixes are needed",
    "moderate": "substantial fixes are needed",
    "rework": "the work starts again",
}


def examples(rule: Rule[Any]) -> dict[str, str]:
    """Return the SQL in a rule's docstring by its labels: `Bad` and `Good`, or `Repair` for a live database."""
    return dict(_EXAMPLE.findall(inspect.getdoc(rule) or ""))


def render_rules() -> str:
    """Return the Markdown page: the rules for schemas with their score, then those for live databases."""
    rows = "\n".join(_row(rule) for rule in RULES)
    bands = "\n".join(f"- from {least}: {_BANDS[name]}" for least, name in BANDS)
    head = _HEAD.format(formula=FORMULA, bands=bands, rows=rows)
    live = _LIVE_HEAD.format(rows="\n".join(_live_row(rule) for rule in LIVE_RULES))
    return "\n".join((head, *map(_section, RULES), live, *map(_section, LIVE_RULES)))


def _row(rule: SchemaRule) -> str:
    name, first = rule_name(rule), (inspect.getdoc(rule) or "").splitlines()[0]
    return f"| [{name}](#{name}) | {rule.SEVERITY} | {'yes' if fix_of(rule) else 'no'} | {first} |"


def _live_row(rule: Rule[Any]) -> str:
    info = rule_info(rule)
    return f"| [{info.name}](#{info.name}) | {info.severity} | {info.summary} |"


def _section(rule: Rule[Any]) -> str:
    return f"## {rule_name(rule)}\n\n*{rule.SEVERITY}.* {(inspect.getdoc(rule) or '').strip()}\n"


if __name__ == "__main__":
    sys.stdout.write(render_rules())

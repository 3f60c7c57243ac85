"""Generate docs/rules.md from the docstrings of the rules: `python -m langgraph_dba.database.rules.documentation`."""

import inspect
import re
import sys

from langgraph_dba.database.rules import RULES, SchemaRule, fix_of
from langgraph_dba.findings import BANDS, FORMULA, rule_name

_EXAMPLE = re.compile(r"^(Bad|Good):\s+```sql\n(.+?)```", re.DOTALL | re.MULTILINE)
_HEAD = """# Rules

Static checks of a schema: the problem, the reason, and the correct form. If a rule has a fix, the fix is applied to a
new design when the review returns it, but only if it clears its finding and leaves a consistent schema.

The score of a schema is `{formula}`.

{bands}

| rule | severity | fix | |
|---|---|---|---|
{rows}
"""
_BANDS = {
    "approved": "approved",
    "minor": "small fixes are needed",
    "moderate": "substantial fixes are needed",
    "rework": "the work starts again",
}


def examples(rule: SchemaRule) -> dict[str, str]:
    """Return the SQL examples in a rule's docstring by their labels, `Bad` and `Good`."""
    return dict(_EXAMPLE.findall(inspect.getdoc(rule) or ""))


def render_rules() -> str:
    """Return the Markdown page: the score of a schema, then each rule with its examples."""
    rows = "\n".join(_row(rule) for rule in RULES)
    bands = "\n".join(f"- from {least}: {_BANDS[name]}" for least, name in BANDS)
    head = _HEAD.format(formula=FORMULA, bands=bands, rows=rows)
    return "\n".join((head, *(_section(rule) for rule in RULES)))


def _row(rule: SchemaRule) -> str:
    name, first = rule_name(rule), (inspect.getdoc(rule) or "").splitlines()[0]
    return f"| [{name}](#{name}) | {rule.SEVERITY} | {'yes' if fix_of(rule) else 'no'} | {first} |"


def _section(rule: SchemaRule) -> str:
    return f"## {rule_name(rule)}\n\n*{rule.SEVERITY}.* {(inspect.getdoc(rule) or '').strip()}\n"


if __name__ == "__main__":
    sys.stdout.write(render_rules())

"""The page about the rules, made of their docstrings: `python -m langgraph_dba.database.rules.documentation`."""

import inspect
import re
import sys
from types import ModuleType

from langgraph_dba.database.rules import BANDS, FORMULA, RULES, rule_name

_EXAMPLE = re.compile(r"^(Bad|Good):\s+```sql\n(.+?)```", re.DOTALL | re.MULTILINE)
_HEAD = """# Rules

Static checks of a schema: what is wrong, why, and what to write instead. Those that can be mended safely in a new
design are, on request; each mending clears its finding and leaves a schema that holds together.

The score of a schema is `{formula}`.

{bands}

| rule | severity | mended | |
|---|---|---|---|
{rows}
"""
_BANDS = {
    "approved": "approved",
    "minor": "small repairs are needed",
    "moderate": "substantial repairs are needed",
    "rework": "the piece is begun anew",
}


def examples(rule: ModuleType) -> dict[str, str]:
    """Return the SQL of a rule's docstring under `Bad` and `Good`."""
    return dict(_EXAMPLE.findall(inspect.getdoc(rule) or ""))


def render_rules() -> str:
    """Return the page in Markdown: how schemas are scored, then each rule with its examples."""
    rows = "\n".join(_row(rule) for rule in RULES)
    bands = "\n".join(f"- from {least}: {_BANDS[name]}" for least, name in BANDS)
    head = _HEAD.format(formula=FORMULA, bands=bands, rows=rows)
    return "\n".join((head, *(_section(rule) for rule in RULES)))


def _row(rule: ModuleType) -> str:
    name, first = rule_name(rule.__name__), (inspect.getdoc(rule) or "").splitlines()[0]
    return f"| [{name}](#{name}) | {rule.SEVERITY} | {'yes' if hasattr(rule, 'mend') else 'no'} | {first} |"


def _section(rule: ModuleType) -> str:
    return f"## {rule_name(rule.__name__)}\n\n*{rule.SEVERITY}.* {(inspect.getdoc(rule) or '').strip()}\n"


if __name__ == "__main__":
    sys.stdout.write(render_rules())

"""Find columns whose names differ only in a number."""

import re

from langgraph_dba.database.model.schema import Table

_NUMBERED = re.compile(r"([a-z][a-z_]*?)_?(\d+)")
_LINES = ("line", "address", "street")  # the lines of one address are its parts, not several addresses


def numbered_groups(table: Table) -> dict[str, list[str]]:
    """Return columns that hold one list: equal types, numbered from 1, or from 2 beside a column without a number."""
    numbered: dict[str, dict[int, str]] = {}
    for column in table.columns:
        if match := _NUMBERED.fullmatch(column.name):
            numbered.setdefault(match[1], {})[int(match[2])] = column.name
    for stem, names in numbered.items():
        if stem in table.column_names:  # the first column of a group often has no number: `phone`, `phone2`
            names.setdefault(1, stem)
    # 1 and 2 are required: a lone `sha256`, `ipv4` beside `ipv6` or `utf8` is a name with a number in it
    return {
        stem: [names[number] for number in sorted(names)]
        for stem, names in numbered.items()
        if {1, 2} <= names.keys() and not stem.endswith(_LINES) and _have_one_type(table, list(names.values()))
    }


def _have_one_type(table: Table, names: list[str]) -> bool:
    return len({table.column(name).type.name for name in names}) == 1

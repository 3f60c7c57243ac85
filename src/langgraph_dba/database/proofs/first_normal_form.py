"""Every column holds one value: no list is packed in a text or spread over numbered columns.

In generated data, each text is split at the usual delimiters and joined again: a value that has several parts and is
equal after the join is a list. Numbered columns of one type (`phone1`, `phone2`) are converted to rows and counted: if
no value is lost, they are a list.

Only the values that a check or a type lists are those of the real database. A generated text has no delimiter, so it
cannot show that a column never holds a list: if the name of a column means several values (`tags`), the proof is not
run, unless the values are listed.
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.schema import Choice, Column, ColumnType, Table
from langgraph_dba.database.proofs.kit.defect import Defect, table_edit
from langgraph_dba.database.proofs.kit.index_probe import filled_database
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.rules.kit.base_types import with_base_types
from langgraph_dba.database.rules.kit.numbered_columns import numbered_groups
from langgraph_dba.database.rules.schema import delimiter_packed_column
from langgraph_dba.evidence import CheckResult
from langgraph_dba.findings import SchemaLocation

CLAIM = "every column holds one value: no list is packed in a text or spread over numbered columns"
CAPABILITY = "Normalization Strategy: 1NF, atomic values, no repeating groups"
NEEDS = ()
_TEXTS = ("string", "text", "char", "choice")
_DELIMITERS = (",", ";", "|", "/")
_PART = re.compile(r"[\w.@+-]+")  # a code, a word or an address; text in sentences has blanks after its commas
_SAMPLED = 500


def obstacle(_: Subject) -> str:
    """Return an empty text: the proof applies to every schema."""
    return ""


def run(subject: Subject) -> CheckResult:
    """Split and join the values of every text column; convert numbered columns to rows and count them."""
    failures: list[str] = []
    texts = values = 0
    with filled_database(subject) as (_, connection):
        for table in subject.schema.tables:
            for column in table.columns:
                if column.type.name in _TEXTS:
                    texts += 1
                    stored = _stored_values(subject.names, connection, table, column)
                    values += len(stored)
                    failures += _packed_lists(table, column, stored)
            failures += _spread_lists(subject.names, connection, table)
    numbers = {"text columns": texts, "values": values, "tables": len(subject.schema.tables)}
    summary = f"{values} values of {texts} text columns split and joined again, no list in {numbers['tables']} tables"
    untried = "" if values else "no text column has a value"
    if undecided := ", ".join(_undecided(subject)):
        untried = f"the names of these columns mean several values, and generated texts are no lists: {undecided}"
    return CheckResult(tuple(failures), summary, numbers, untried=untried)


def _undecided(subject: Subject) -> Iterator[str]:
    """Yield the columns that hold lists by their names, and of which only generated values are known."""
    # the declared types: a column that got values by trial has none of its own
    findings = delimiter_packed_column.check(with_base_types(subject.declared or subject.schema))
    for at in (finding.location for finding in findings):
        table = subject.schema.find_table(at.table) if isinstance(at, SchemaLocation) else None
        if table and not any(isinstance(check, Choice) and check.column == at.column for check in table.meanings):
            yield f"{table.name}.{at.column}"


def _stored_values(names: Names, connection: Connection, table: Table, column: Column) -> list[str]:
    name = names.column(table, column.name)
    sql = f"SELECT {name} FROM {names.table(table)} WHERE {name} IS NOT NULL GROUP BY {name} LIMIT {_SAMPLED}"
    return [str(row[0]) for row in connection.run(sql).rows]


def _packed_lists(table: Table, column: Column, values: list[str]) -> Iterator[str]:
    for delimiter in _DELIMITERS:
        packed = [value for value in values if _is_list(value, delimiter)]
        if packed:
            parts = len(packed[0].split(delimiter))
            where = f"{table.name}.{column.name}"
            yield f"{where} packs {parts} values in one text ({packed[0]!r}): store them as rows"


def _is_list(value: str, delimiter: str) -> bool:
    parts = value.split(delimiter)
    return len(parts) > 1 and all(_PART.fullmatch(part) for part in parts) and delimiter.join(parts) == value


def _spread_lists(names: Names, connection: Connection, table: Table) -> Iterator[str]:
    for stem, group in numbered_groups(table).items():
        columns = [table.column(name) for name in group]
        cells, source = [names.column(table, column.name) for column in columns], names.table(table)
        rows = " UNION ALL ".join(f"SELECT {cell} AS v FROM {source} WHERE {cell} IS NOT NULL" for cell in cells)
        as_rows = int(connection.run(f"SELECT count(*) FROM ({rows}) x").scalar)
        as_columns = int(
            connection.run(f"SELECT {' + '.join(f'count({cell})' for cell in cells)} FROM {source}").scalar
        )
        # UNION ALL keeps duplicates and NULLs are not counted: equal counts mean that the rows hold all values
        if as_rows and as_rows == as_columns:
            listed = ", ".join(column.name for column in columns)
            yield f"{table.name}: {listed} are one list of {stem}: store its {as_rows} values as rows"


def _with_tags(table: Table) -> Table:
    tags = (Column(name=f"tag{n}", type=ColumnType(name="string", length=40), nullable=True) for n in (1, 2, 3))
    return table.with_(columns=(*table.columns, *tags))


def _packed_states(table: Table) -> Table:
    # an edit of the declared schema too, because the rows are generated from the declared choices
    values = ("open,urgent", "open,calm", "done")
    checks = (c.model_copy(update={"values": values}) if isinstance(c, Choice) else c for c in table.checks)
    columns = (
        c.model_copy(update={"type": ColumnType(name="choice", choices=values), "default": None})
        if c.name == "status"
        else c
        for c in table.columns
    )
    return table.with_(checks=tuple(checks), columns=tuple(columns))


DEFECTS = (
    Defect("a text packs a list", "tasks.status packs 2 values", declared=table_edit("tasks", _packed_states)),
    Defect("a list is spread over columns", "tag1, tag2, tag3 are one list", declared=table_edit("tasks", _with_tags)),
)

"""Rows for isolation experiments: a sample, and rows for each literal that a policy, view, trigger or function has."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from langgraph_dba.database.data.sample import Sample, load_rows
from langgraph_dba.database.data.unchecked_keys import check_later_keys
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.schema import Column, Schema, Table

_LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.'])(\d+(?:\.\d+)?)(?![\w.'])")
_WHOLE = ("smallint", "integer", "bigint")
_TEXTS = ("string", "text", "choice", "char")
_SAMPLED = 2  # the tenants 1 and 2 are those of the sample
_NUMBERED = (*_WHOLE, "identity", "reference")
_MOST_TENANTS, _LARGEST_TENANT = 5, 1_000_000
_LAST = 700  # after the rows for literals, so that no key is used twice
_MOST = 40  # literals of one table: each becomes a row of each tenant
_POINTING = 850  # the first number of rows that hold keys of the other tenant, behind those that fire triggers
_POINTER = re.compile(r"(?:^|_)(?:id|ref|key|for|by|to|from|of|parent|target|source|owner)$")
_WINDOW = re.compile(r"\bover\s*\(", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def load_tenants(
    connection: Connection, sample: Sample, traits: Traits, conditions: Sequence[str], tenants: Sequence[int]
) -> int:
    """Load the rows of these tenants and the shared rows; return how many rows were made from literals.

    `conditions` are the texts whose literals a row must have: a policy `status = 'void' OR …` opens only such rows.
    A row that a constraint refuses is left out: no such row can exist.
    """
    made = 0
    for table in sample.schema.tables:
        shared = sample.schema.is_shared(table)
        for tenant in (1,) if shared else tenants:
            rows = (sample.row(table, tenant, number) for number in range(sample.count(table.name)))
            # a tenant whose number is a literal may be too large for a key: then no such tenant can exist
            with suppress(*((Rejected,) if tenant > sample.tenants else ())):
                load_rows(connection, sample.schema, table, rows, traits)
            if not shared and not sample.schema.is_tenant_table(table):
                last = () if tenant == 1 else (_last_row(table, sample, tenant),)
                pointing = _pointing_rows(table, sample, tenant, conditions)
                for row in (*last, *_literal_rows(table, sample, tenant, conditions), *pointing):
                    with suppress(Rejected):
                        load_rows(connection, sample.schema, table, [row], traits)
                        made += 1
    check_later_keys(connection, sample.schema, traits)
    return made


def _last_row(table: Table, sample: Sample, tenant: int) -> dict[str, Any]:
    """Return a row whose texts sort behind those of all other rows, which `max` shows."""
    row = sample.row(table, tenant, sample.count(table.name) + _LAST)
    free = (one.name for one in table.columns if one.type.name in ("string", "text") and one.name not in table.row_key)
    return row | {name: f"~{row[name]}" for name in free if isinstance(row[name], str)}


def _pointing_rows(table: Table, sample: Sample, tenant: int, conditions: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield rows of the first two tenants whose columns hold keys of each other's rows.

    A view or routine with its owner's rights may follow them. Only columns that its text names are used, if they have a
    foreign key or the name of a pointer; of the first tenant only those without a foreign key, because its rows must be
    the same where the other tenant does not exist.
    """
    if tenant > _SAMPLED or not table.tenant_column:  # without the column, the target says whose a row is
        return
    other = _SAMPLED + 1 - tenant
    text = "\n".join(conditions)
    # the first tenant's keys are after all others: a window may show the row before
    number = _POINTING + (sample.rows + 1000 if tenant == 1 else _MOST)
    if tenant == 1 and _WINDOW.search(text):
        yield sample.row(table, tenant, number - 1)
    words = set(_WORD.findall(text))
    bound = {*table.primary_key, *table.tenant_columns}
    bound |= {name for key in table.foreign_keys for name in key.columns if tenant == 1 or len(key.columns) > 1}
    keyed = table.referring_columns
    pointers = [
        one
        for one in table.columns
        if one.name not in bound and one.sql_name in words and (one.name in keyed or _POINTER.search(one.name))
    ]
    pairs = ((pointer, target) for pointer in pointers for target in sample.schema.tables)
    for pointer, target in pairs:
        key = target.without_tenant(target.primary_key) or target.primary_key
        is_alike = len(key) == 1 and _family(target.column(key[0])) == _family(pointer) != ""
        if is_alike and not sample.schema.is_shared(target):
            yield sample.row(table, tenant, number) | {pointer.name: sample.row(target, other, 0)[key[0]]}
            number += 1


def _family(column: Column) -> str:
    return "number" if column.type.name in _NUMBERED else "uuid" if column.type.name == "uuid" else ""


def literal_tenants(schema: Schema, conditions: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers in conditions about the tenant column: a policy `… OR tenant_id = 7` opens tenant 7 to all."""
    isolation = schema.isolation
    numbers = {
        int(number)
        for text in conditions
        if isolation and re.search(rf"\b{isolation.column}\b", text)
        for _, number in _LITERAL.findall(text)
        if number.isdecimal() and _SAMPLED < int(number) < _LARGEST_TENANT
    }
    whole = any(
        table.tenant_column and table.column(table.tenant_column).type.name in _NUMBERED for table in schema.tables
    )
    return tuple(sorted(numbers))[:_MOST_TENANTS] if whole else ()


def _literal_rows(table: Table, sample: Sample, tenant: int, conditions: Iterable[str]) -> Iterator[dict[str, Any]]:
    pairs = dict.fromkeys(pair for text in conditions for pair in compared(table, text))
    for number, (column, value) in enumerate(list(pairs)[:_MOST]):
        # beyond the rows of the sample and its new row, so that no key is used twice
        yield sample.row(table, tenant, sample.count(table.name) + 1 + number) | {column: value}


def compared(table: Table, text: str) -> Iterator[tuple[str, Any]]:
    """Yield each pair of a column that a text names and a literal in it that the column can hold."""
    words = set(re.findall(r"\w+", text))
    literals = [quoted.replace("''", "'") if quoted else number for quoted, number in _LITERAL.findall(text)]
    keys = {*table.primary_key, *table.tenant_columns, *(c for key in table.foreign_keys for c in key.columns)}
    for column in table.columns:
        if column.sql_name in words and column.name not in keys:
            for literal in literals:
                value = _value_of(column, literal)
                if value is not None:
                    yield column.name, value


def _value_of(column: Column, literal: str) -> Any:
    if column.type.name in _TEXTS:
        return literal
    if column.type.name == "boolean" and literal in ("true", "false", "t", "f"):
        return literal.startswith("t")
    with suppress(InvalidOperation, ValueError):
        if column.type.name in _WHOLE:
            return int(literal)
        if column.type.name == "decimal":
            return Decimal(literal)
    return None

"""The base types and constraints of domains, as if each column of a domain were declared without it.

Rules read the type and the checks of a column. In this form a column of `CREATE DOMAIN amount AS real` is a real, and
the conditions of a domain are checks of its columns.
"""

import re
from collections.abc import Iterator, Mapping

from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.engines import Traits, traits_of
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Check, Column, ColumnType, NamedType, Schema, Table
from langgraph_dba.database.reflection.checks import read_check
from langgraph_dba.database.reflection.types import read_default, read_type

_CHECK = re.compile(r' CONSTRAINT (?:"(?:[^"]|"")+"|\w+) CHECK ')
_HEAD = re.compile(
    r'(?P<type>.+?)(?: COLLATE (?P<collation>"(?:[^"]|"")+"|\w+))?'
    r"(?: DEFAULT (?P<default>.+?))?(?P<required> NOT NULL)?",
    re.DOTALL,
)
_VALUE = re.compile(r"'(?:[^']|'')*'|\bVALUE\b")  # in a condition; texts are matched so that they are skipped


def with_base_types(schema: Schema) -> Schema:
    """Return the schema with the base type, default, NOT NULL and checks of a domain in each column that has it.

    The result is for reading only: rendering it would create tables without the domains.
    """
    if not schema.engine or not any(one.kind == "domain" for one in schema.types):
        return schema
    types = {one.name: one for one in schema.types}
    tables = (_with_base_types(table, types, schema) for table in schema.tables)
    return schema.model_copy(update={"tables": tuple(tables)})


def domain_of(type_: ColumnType, schema: Schema) -> NamedType | None:
    """Return the domain that a column's type is; None for other types, also for an array of a domain."""
    domains = {one.name: one for one in schema.types if one.kind == "domain"} if type_.native else {}
    return domains.get(_plain(type_.native, schema))


def _plain(native: str, schema: Schema) -> str:
    name = native.removeprefix(f"{schema.namespace}.") if schema.namespace else native
    return name[1:-1].replace('""', '"') if name.startswith('"') and name.endswith('"') else name


def _with_base_types(table: Table, types: Mapping[str, NamedType], schema: Schema) -> Table:
    named = [(column, domain_of(column.type, schema)) for column in table.columns]
    if not any(domain for _, domain in named):
        return table
    traits = traits_of(schema.engine)
    columns = tuple(_base(column, domain, types, schema) if domain else column for column, domain in named)
    table = table.with_(columns=columns)
    checks = (
        check
        for column, domain in named
        if domain
        for number, condition in enumerate(_conditions(domain, types, schema))
        for check in [_check(column, condition, number, table, traits)]
    )
    return table.with_(checks=(*table.checks, *checks))


def _base(column: Column, domain: NamedType, types: Mapping[str, NamedType], schema: Schema) -> Column:
    """Return the column with what the domain, and the domains on which it is based, say of it."""
    head = _head(domain)
    native, traits = head["type"] or "", traits_of(schema.engine)
    base = types.get(_plain(native, schema))
    column = column.model_copy(
        update={
            "type": read_type(native, (), traits),
            "nullable": column.nullable and not head["required"],
            "collation": column.collation or _plain(head["collation"] or "", schema),
        }
    )
    if column.default is None and not column.default_sql and head["default"]:
        default, default_sql = read_default(head["default"], column, traits)
        column = column.model_copy(update={"default": default, "default_sql": default_sql})
    return _base(column, base, types, schema) if base and base.kind == "domain" else column


def _head(domain: NamedType) -> Mapping[str, str | None]:
    match = _HEAD.fullmatch(_CHECK.split(domain.definition)[0])
    assert match, "each part of the pattern but the type is optional"
    return match.groupdict()


def _conditions(domain: NamedType, types: Mapping[str, NamedType], schema: Schema) -> Iterator[str]:
    """Yield the conditions of a domain and of the domains on which it is based, about `VALUE`."""
    yield from _CHECK.split(domain.definition)[1:]
    base = types.get(_plain(_head(domain)["type"] or "", schema))
    if base and base.kind == "domain":
        yield from _conditions(base, types, schema)


def _check(column: Column, condition: str, number: int, table: Table, traits: Traits) -> Check:
    name = quote_name(column.sql_name, traits)
    text = _VALUE.sub(lambda match: name if match[0] == "VALUE" else match[0], condition.strip()[1:-1])
    names, own = {column.sql_name: column.name}, fit_name(f"{table.name}_{column.name}_domain_{number}_check")
    return read_check(own, text, (column.name,), names, table=table, traits=traits)

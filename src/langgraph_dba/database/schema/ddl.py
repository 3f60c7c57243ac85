"""A schema as the SQL of one engine: SQLAlchemy writes tables and indexes, `features.py` the rest."""

import re
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropConstraint, DropTable

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.schema.features import features
from langgraph_dba.database.schema.model import Schema, Table
from langgraph_dba.database.schema.names import quotable
from langgraph_dba.database.schema.tables import offline_dialect, to_metadata


@dataclass(frozen=True, slots=True)
class Ddl:
    """`up` makes everything in an empty database; `down` takes it away again, with its rows."""

    up: str
    down: str


def render(schema: Schema, traits: Traits, *, enforced: bool = True) -> Ddl:
    """Return the statements that make and unmake `schema` on one engine; `enforced=False` gives the bare shape."""
    metadata = to_metadata(schema, traits, enforced=enforced)
    dialect = offline_dialect(traits)
    late = _late_keys(schema, traits)
    keys = [key for table in metadata.tables.values() for key in table.foreign_key_constraints if key.name in late]
    up = [_table(table, metadata.tables[table.name], late, dialect) for table in schema.tables]
    up += [_statement(AddConstraint(key), dialect) for key in _sorted(keys)]
    beyond = groupby(features(schema, traits, enforced=enforced), key=lambda feature: feature.table)
    up += ["\n".join(f"{feature.up};" for feature in group) for _, group in beyond]
    down = [_statement(DropConstraint(key), dialect) for key in _sorted(keys)]
    down += [_statement(DropTable(metadata.tables[table.name]), dialect) for table in reversed(schema.tables)]
    return Ddl(_script(schema, traits, up, "make"), _script(schema, traits, down, "unmake"))


def _late_keys(schema: Schema, traits: Traits) -> frozenset[str]:
    """Name the foreign keys that point at a table made later: they are added afterwards, where an engine can."""
    if not traits.adds_constraints:
        return frozenset()
    place = {table.name: number for number, table in enumerate(schema.tables)}
    return frozenset(key.name for table, key in schema.foreign_keys() if place[key.target] > place[table.name])


def _table(table: Table, built: sa.Table, late: frozenset[str], dialect: Dialect) -> str:
    inline = [key for key in built.foreign_key_constraints if key.name not in late]
    create = _statement(CreateTable(built, include_foreign_key_constraints=_sorted(inline)), dialect)
    indexes = (_statement(CreateIndex(index), dialect) for index in sorted(built.indexes, key=lambda i: str(i.name)))
    return "\n".join((*([f"-- {quotable(table.comment)}"] if table.comment else []), create, *indexes))


def _sorted(keys: list[sa.ForeignKeyConstraint]) -> list[sa.ForeignKeyConstraint]:
    return sorted(keys, key=lambda key: str(key.name))


def _script(schema: Schema, traits: Traits, statements: list[str], verb: str) -> str:
    title = f"-- Statements that {verb} {quotable(schema.name)!r} on {traits.title}."
    return "\n\n".join((title, *statements)) + "\n"


def _statement(element: sa.schema.ExecutableDDLElement, dialect: Dialect) -> str:
    text = str(element.compile(dialect=dialect)).strip()
    return re.sub(r"[ \t]+\n", "\n", text).replace("\t", "  ").replace(")\n STRICT", ") STRICT") + ";"

"""Render a schema as SQL of one engine: SQLAlchemy renders tables and indexes, `features.py` all other objects."""

import re
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    DropConstraint,
    DropTable,
    SetColumnComment,
    SetTableComment,
)

from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.features import drops, features, partitions, preparations
from langgraph_dba.database.ddl.portable import portable
from langgraph_dba.database.ddl.quoting import offline_dialect, quote_name
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.ddl.sqlalchemy_tables import to_index, to_metadata
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.identifiers import to_one_line
from langgraph_dba.database.model.schema import Index, Schema, Table


def render(schema: Schema, traits: Traits, *, enforced: bool = True) -> Ddl:
    """Return the scripts that create and drop `schema` on one engine; `enforced=False` leaves all constraints out."""
    schema = with_mechanisms(portable(schema, traits), traits)
    metadata = to_metadata(schema, traits, enforced=enforced)
    dialect = offline_dialect(traits)
    keys = [key for table in metadata.tables.values() for key in table.foreign_key_constraints if key.use_alter]
    built = {table.name: metadata.tables[table.sql_name] for table in schema.tables}
    before, beyond = preparations(schema, traits), features(schema, traits, enforced=enforced)
    up = [f"{feature.up};" for feature in before]
    up += [_table(table, built[table.name], traits, enforced=enforced) for table in schema.tables]
    # after all tables: these keys refer to a table that is created later, or are NOT VALID (`late_foreign_keys`)
    up += [_statement(AddConstraint(key), dialect) for key in _sorted(keys)]
    up += ["\n".join(f"{feature.up};" for feature in group) for _, group in groupby(beyond, key=lambda f: f.table)]
    down = [f"SET search_path TO {quote_name(schema.namespace, traits)}, public;"] if schema.namespace else []
    # first, because they may rename or join what the other statements drop by its own name
    last = [one.drop for one in reversed(schema.others) if one.position == "last" and one.drop and enforced]
    down += [f"{statement};" for statement in last]
    over, under = drops((*before, *beyond))
    down += [f"{statement};" for statement in over]
    # before the tables: two tables that refer to each other cannot be dropped in any order
    down += [_statement(DropConstraint(key), dialect) for key in _sorted(keys)]
    down += [_statement(DropTable(built[table.name]), dialect) for table in reversed(schema.tables)]
    down += [f"{statement};" for statement in under]
    if schema.namespace:  # the session may go on after the script
        up, down = [*up, "RESET search_path;"], [*down, "RESET search_path;"]
    return Ddl(_script(schema, traits, up, "create"), _script(schema, traits, down, "drop"))


def _table(table: Table, built: sa.Table, traits: Traits, *, enforced: bool) -> str:
    dialect = offline_dialect(traits)
    inline = [key for key in built.foreign_key_constraints if not key.use_alter]
    statements = [_statement(CreateTable(built, include_foreign_key_constraints=_sorted(inline)), dialect)]
    statements += [f"{statement};" for statement in partitions(table, traits) if enforced]
    # PostgreSQL needs COMMENT ON; MariaDB has the comment within CREATE TABLE and SQLite has none: an SQL comment
    # shows it to the reader of the script
    separate_comment = built.comment is not None and not dialect.inline_comments
    statements += [_statement(SetTableComment(built), dialect)] if separate_comment else []
    columns = built.columns if not dialect.inline_comments else ()
    statements += [_statement(SetColumnComment(column), dialect) for column in columns if column.comment]
    statements += [
        _statement(CreateIndex(index), dialect) for index in sorted(built.indexes, key=lambda i: str(i.name))
    ]
    return "\n".join(
        (*([f"-- {to_one_line(table.comment)}"] if table.comment and not separate_comment else []), *statements)
    )


def index_statement(table: Table, index: Index, traits: Traits) -> str:
    """Return the statement that creates one index of a table."""
    return _statement(CreateIndex(to_index(table, index, traits)), offline_dialect(traits))


def _sorted(keys: list[sa.ForeignKeyConstraint]) -> list[sa.ForeignKeyConstraint]:
    return sorted(keys, key=lambda key: str(key.name))


def _script(schema: Schema, traits: Traits, statements: list[str], verb: str) -> str:
    title = f"-- Statements that {verb} {to_one_line(schema.name)!r} on {traits.title}."
    return "\n\n".join((title, *statements)) + "\n"


def _statement(element: sa.schema.ExecutableDDLElement, dialect: Dialect) -> str:
    text = str(element.compile(dialect=dialect)).strip()
    return re.sub(r"[ \t]+\n", "\n", text).replace("\t", "  ").replace(")\n STRICT", ") STRICT") + ";"

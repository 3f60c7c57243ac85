"""Find contradictions in a schema: duplicate or unknown names, and foreign keys that reference no key."""

from collections.abc import Iterable, Iterator

from langgraph_dba.database.model.schema import Schema, Table


def contradictions(schema: Schema) -> tuple[str, ...]:
    """Return one line for each contradiction in the schema; an engine would refuse its statement."""
    return tuple(_contradictions(schema))


def _contradictions(schema: Schema) -> Iterator[str]:
    yield from (f"two tables have the name {name}" for name in _repeated(table.name for table in schema.tables))
    # PostgreSQL has one namespace for tables and indexes, and creates an index for each unique constraint.
    uniques = [unique.name for table in schema.tables for unique in table.uniques]
    indexes = [index.name for table in schema.tables for index in table.indexes]
    names = [*uniques, *indexes, *(table.name for table in schema.tables)]
    yield from (f"two indexes or tables have the name {name}" for name in _repeated(names))
    for table in schema.tables:
        yield from _in_table(table)
        yield from _references(schema, table)


def _in_table(table: Table) -> Iterator[str]:
    yield from (f"{table.name} has two columns {name}" for name in _repeated(table.column_names))
    yield from (f"{table.name} has two constraints {name}" for name in _repeated(_constraints(table)))
    for label, columns in _mentions(table):
        for column in columns:
            if column not in table.column_names:
                yield f"{label} of {table.name} names {column}, which is not one of its columns"


def _constraints(table: Table) -> list[str]:
    # uniques, checks and foreign keys share one namespace per table; indexes are compared over the whole schema above
    others = [*(check.name for check in table.checks), *(key.name for key in table.foreign_keys)]
    return [*(unique.name for unique in table.uniques), *others]


def _mentions(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "the primary key", table.primary_key
    yield "the tenant column", table.tenant_columns
    yield from ((unique.name, unique.columns) for unique in table.uniques)
    yield from ((index.name, index.mentions) for index in table.indexes)
    yield from ((key.name, key.columns + key.null_columns) for key in table.foreign_keys)
    yield from (("a dependency", d.given + d.determines) for d in table.dependencies)
    yield from ((check.name, check.columns) for check in table.checks)


def _references(schema: Schema, table: Table) -> Iterator[str]:
    tables = {other.name: other for other in schema.tables}
    for key in table.foreign_keys:
        target = tables.get(key.target)
        if target is None:
            yield f"{key.name} references {key.target}, which does not exist"
        elif len(key.columns) != len(key.target_columns) or not _identifies(target, key.target_columns):
            yield f"{key.name} references ({', '.join(key.target_columns)}) of {key.target}, which are not a key"


def _identifies(table: Table, columns: tuple[str, ...]) -> bool:
    # a unique index with a predicate cannot be the target of a foreign key: other rows may repeat the values
    unique = (*(u.columns for u in table.uniques), *(i.columns for i in table.indexes if i.unique and not i.where))
    return any(set(key) == set(columns) for key in (table.primary_key, *unique))


def _repeated(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})

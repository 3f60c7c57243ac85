"""Find contradictions in a schema: duplicate or unknown names, and foreign keys that reference no key."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.differences import changed_tables

_TWO_TABLES = "two tables have the name {}"
# PostgreSQL has one namespace for tables and indexes, and creates an index for each unique constraint.
_TWO_RELATIONS = "two indexes or tables have the name {}"


def contradictions(schema: Schema) -> tuple[str, ...]:
    """Return one line for each contradiction in the schema; an engine would refuse its statement."""
    tables = _repeated(table.name for table in schema.tables)
    relations = _repeated(name for table in schema.tables for name in _relations(table))
    within = (line for table in schema.tables for line in _in_table(table, schema))
    return (*map(_TWO_TABLES.format, tables), *map(_TWO_RELATIONS.format, relations), *within)


def added_contradictions(before: Schema, after: Schema) -> frozenset[str]:
    """Return the contradictions of `after` that `before` has not; tables that are the same in both are not searched."""
    old, new = changed_tables(before, after)
    lines = {line for table in new for line in _in_table(table, after)}
    lines.difference_update(line for table in old for line in _in_table(table, before))
    lines.update(_TWO_TABLES.format(table.name) for table in new if after.find_table(table.name) is not table)
    lines.update(map(_TWO_RELATIONS.format, _newly_repeated(old, new, after)))
    # other tables can come to contradict only tables that lose their names or keys
    if sorted(map(_keys, old)) != sorted(map(_keys, new)):
        names = {table.name for table in old}
        for table in after.tables:
            if any(key.target in names for key in table.foreign_keys):
                lines.update({*_references(after, table)}.difference(_references(before, table)))
    return frozenset(lines)


def _newly_repeated(old: Sequence[Table], new: Sequence[Table], after: Schema) -> Iterator[str]:
    """Yield the names that two relations have because of the tables `new`, and had not with `old` instead."""
    were, are = (Counter(name for table in tables for name in _relations(table)) for tables in (old, new))
    for name in are - were:
        elsewhere = after.relation_count(name) - sum(name in table.relation_names for table in new)
        if elsewhere + were[name] <= 1 < elsewhere + are[name]:
            yield name


def _keys(table: Table) -> tuple[str, ...]:
    unique = (*(u.columns for u in table.uniques), *(i.columns for i in table.indexes if i.unique and not i.where))
    return table.name, str(table.primary_key), *sorted(map(str, unique))


def _relations(table: Table) -> Iterator[str]:
    yield table.name
    yield from (unique.name for unique in table.uniques)
    yield from (index.name for index in table.indexes)


def _in_table(table: Table, schema: Schema) -> Iterator[str]:
    yield from (f"{table.name} has two columns {name}" for name in _repeated(table.column_names))
    yield from (f"{table.name} has two constraints {name}" for name in _repeated(_constraints(table)))
    for label, columns in _mentions(table):
        for column in columns:
            if column not in table.column_names:
                yield f"{label} of {table.name} names {column}, which is not one of its columns"
    yield from _references(schema, table)


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
    for key in table.foreign_keys:
        target = schema.find_table(key.target)
        if target is None:
            yield f"{key.name} references {key.target}, which does not exist"
        elif len(key.columns) != len(key.target_columns) or not _identifies(target, key.target_columns):
            yield f"{key.name} references ({', '.join(key.target_columns)}) of {key.target}, which are not a key"


def _identifies(table: Table, columns: tuple[str, ...]) -> bool:
    # a unique index with a predicate cannot be the target of a foreign key: other rows may repeat the values
    unique = (*(u.columns for u in table.uniques), *(i.columns for i in table.indexes if i.unique and not i.where))
    return any(set(key) == set(columns) for key in (table.primary_key, *unique))


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)

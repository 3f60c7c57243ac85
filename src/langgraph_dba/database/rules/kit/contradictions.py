"""Find contradictions in a schema: duplicate or unknown names, and foreign keys that reference no key."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.differences import changed_tables


def contradictions(schema: Schema) -> tuple[str, ...]:
    """Return one line for each contradiction in the schema; an engine would refuse its statement."""
    return tuple(dict.fromkeys(_about(schema, {table.name for table in schema.tables}, ())))


def added_contradictions(before: Schema, after: Schema) -> frozenset[str]:
    """Return the contradictions of `after` that `before` has not; only tables that differ are compared."""
    changed = changed_tables(before, after)
    old, new = ([t for t in schema.tables if t.name in changed] for schema in (before, after))
    # no other table can come to contradict tables that keep their names and their keys
    same = [_seen_by_others(table) for table in old] == [_seen_by_others(table) for table in new]
    others = () if same else [table for table in after.tables if table.name not in changed]
    return frozenset(_about(after, changed, others)).difference(_about(before, changed, others))


def _seen_by_others(table: Table) -> tuple[object, ...]:
    indexes = tuple(index for index in table.indexes if index.unique)
    return table.name, table.relation_names, table.primary_key, table.uniques, indexes


def _about(schema: Schema, names: Collection[str], others: Sequence[Table]) -> Iterator[str]:
    """Yield the contradictions in the tables of these names, and between them and `others`."""
    tables = [table for table in schema.tables if table.name in names]
    yield from (f"two tables have the name {name}" for name in _repeated(table.name for table in tables))
    # PostgreSQL has one namespace for tables and indexes, and creates an index for each unique constraint.
    own = Counter(name for table in tables for name in _relations(table))
    used = {name for name, count in own.items() if count > 1}
    for table in tables:
        yield from _in_table(table)
        yield from _references(schema, table)
    for table in others:
        if not table.relation_names.isdisjoint(own):
            used.update(table.relation_names.intersection(own))
        if not table.targets.isdisjoint(names):
            yield from _references(schema, table)
    yield from (f"two indexes or tables have the name {name}" for name in sorted(used))


def _relations(table: Table) -> Iterator[str]:
    yield table.name
    yield from (unique.name for unique in table.uniques)
    yield from (index.name for index in table.indexes)


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

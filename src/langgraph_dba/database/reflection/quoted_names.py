"""Constraints and indexes whose names need quotes: created under an identifier, and renamed if the engine can do so."""

from collections.abc import Iterator

from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import Records
from langgraph_dba.database.model.schema import Loss, OtherObject
from langgraph_dba.database.reflection.names import plain_name

_KEEPS = "quoted-names"


def renames(records: Records, traits: Traits) -> Iterator[OtherObject]:
    """Yield the statements that give constraints and indexes their names in quotes; none if the engine has none."""
    for kind, table, name in _quoted(records) if _KEEPS in traits.keeps else ():
        plain, quoted, on = plain_name(name), quote_name(name, traits), quote_name(table, traits)
        change = (
            "ALTER INDEX {} RENAME TO {}" if kind == "index" else f"ALTER TABLE {on} RENAME CONSTRAINT {{}} TO {{}}"
        )
        yield OtherObject(
            kind=f"{kind} name",
            name=f"{quoted} on {on}",
            definition=change.format(plain, quoted),
            drop=change.format(quoted, plain),
        )


def lost_names(records: Records, traits: Traits) -> Iterator[Loss]:
    """Yield the constraints and indexes that get another name than the one they have."""
    for kind, table, name in _quoted(records) if _KEEPS not in traits.keeps else ():
        plain = plain_name(name)
        # SQLite and MariaDB ignore the case of these names: CONSTRAINT_1 and constraint_1 are the same
        if plain != name.lower():
            reason = f"its name needs quotes: it is created as {plain}"
            yield Loss(kind=kind, name=f"{name} on {table}", reason=reason)


def _quoted(records: Records) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, table, name) for every name that is no identifier, sorted."""
    tables = {one.name for one in records.table if not one.parent}
    names = [("constraint", one.table, one.name) for one in records.key]
    names += [("constraint", one.table, one.name) for one in records.check]
    names += [("constraint", one.table, one.name) for one in records.foreign_key if one.target in tables]
    names += [("index", one.table, one.name) for one in records.index]
    yield from sorted(one for one in names if one[1] in tables and one[2] and plain_name(one[2]) != one[2])

"""A planted defect: a flaw put into the statements of a sound schema, which its proof must find.

Most are edits of the schema as it is made, while the declared one stays: they are planted on every engine in that
engine's own words. Some (a missing FORCE) exist in the statements only, and are edits of their text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from langgraph_dba.database.ddl.rendering import Ddl, render
from langgraph_dba.database.engines import Engine, Traits
from langgraph_dba.database.model.schema import ColumnType, Schema, Table
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.errors import DbaError

SchemaEdit = Callable[[Schema], Schema]
TextEdit = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Defect:
    """One flaw: what is edited, and a word that the refutation must say.

    `made` edits the schema that the statements make, `declared` the schema in both places, `up` and `down` the text of
    the statements. `needs` names traits without which the flaw does not exist on an engine.
    """

    name: str
    says: str
    made: SchemaEdit | None = None
    declared: SchemaEdit | None = None
    up: TextEdit | None = None
    down: TextEdit | None = None
    needs: tuple[str, ...] = ()

    def exists(self, traits: Traits) -> bool:
        """Whether the flaw can be there on an engine at all."""
        return all(traits.has(name) for name in self.needs)

    def plant(self, sound: Schema, engine: Engine) -> Subject:
        """Return the sound schema with this flaw; DbaError if nothing changed, for then nothing would be shown."""
        declared = self.declared(sound) if self.declared else sound
        whole = render(declared, engine.traits)
        made = render(self.made(declared), engine.traits) if self.made else whole
        ddl = Ddl(self.up(made.up) if self.up else made.up, self.down(made.down) if self.down else made.down)
        if declared == sound and ddl == whole:
            raise DbaError(
                f"the defect {self.name!r} was not planted on {engine.traits.title}: its edit changes nothing"
            )
        return Subject(declared, ddl, engine)


# -- the edits that come often ----------------------------------------------------------------------------------------


def table_edit(name: str, change: Callable[[Table], Table]) -> SchemaEdit:
    """Return the edit of one table."""
    return lambda schema: schema.replace(change(schema.table(name)))


def without_index(table: str, index: str) -> SchemaEdit:
    """Return the edit that leaves an index out."""
    return table_edit(table, lambda t: t.with_(indexes=tuple(i for i in t.indexes if i.name != index)))


def index_edit(table: str, index: str, **changes: object) -> SchemaEdit:
    """Return the edit of one index."""

    def change(t: Table) -> Table:
        return t.with_(indexes=tuple(i.model_copy(update=changes) if i.name == index else i for i in t.indexes))

    return table_edit(table, change)


def without_check(table: str, check: str) -> SchemaEdit:
    """Return the edit that leaves a check out."""
    return table_edit(table, lambda t: t.with_(checks=tuple(c for c in t.checks if c.name != check)))


def column_edit(table: str, column: str, **changes: object) -> SchemaEdit:
    """Return the edit of one column."""

    def change(t: Table) -> Table:
        columns = (c.model_copy(update=changes) if c.name == column else c for c in t.columns)
        return t.with_(columns=tuple(columns))

    return table_edit(table, change)


def key_edit(table: str, key: str, **changes: object) -> SchemaEdit:
    """Return the edit of one foreign key."""

    def change(t: Table) -> Table:
        keys = (k.model_copy(update=changes) if k.name == key else k for k in t.foreign_keys)
        return t.with_(foreign_keys=tuple(keys))

    return table_edit(table, change)


def without_key(table: str, key: str) -> SchemaEdit:
    """Return the edit that leaves a foreign key out."""
    return table_edit(table, lambda t: t.with_(foreign_keys=tuple(k for k in t.foreign_keys if k.name != key)))


def unique_edit(table: str, unique: str, **changes: object) -> SchemaEdit:
    """Return the edit of one unique constraint."""

    def change(t: Table) -> Table:
        uniques = (u.model_copy(update=changes) if u.name == unique else u for u in t.uniques)
        return t.with_(uniques=tuple(uniques))

    return table_edit(table, change)


def column_type(table: str, column: str, name: str, **more: object) -> SchemaEdit:
    """Return the edit that gives a column another type."""
    return column_edit(table, column, type=ColumnType.model_validate({"name": name, **more}))

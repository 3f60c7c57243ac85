"""Planted defects: changes of a sound schema that a proof must find.

Most edit the schema from which the statements are rendered and leave the declared schema, so one edit works on every
engine. Some (a missing FORCE) exist in the statements only, and edit their text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Traits
from langgraph_dba.database.model.schema import ColumnType, Schema, Table
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.errors import DbaError

SchemaEdit = Callable[[Schema], Schema]
TextEdit = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect: its edits, and a text that the refutation must contain (`expected`).

    `actual` edits only the schema that the statements create, `declared` the declared schema and the statements, `up`
    and `down` the text of the statements. `needs` names the traits without which the defect cannot exist on an engine.
    """

    name: str
    expected: str
    actual: SchemaEdit | None = None
    declared: SchemaEdit | None = None
    up: TextEdit | None = None
    down: TextEdit | None = None
    # For example, MariaDB creates the index of a foreign key itself, so that it cannot be missing there.
    needs: tuple[str, ...] = ()

    def exists(self, traits: Traits) -> bool:
        """Return whether the defect can exist on an engine."""
        return all(traits.has(name) for name in self.needs)

    def plant(self, sound: Schema, engine: Engine) -> Subject:
        """Return the sound schema with this defect; DbaError if the edits change nothing."""
        declared = self.declared(sound) if self.declared else sound
        whole = render(declared, engine.traits)
        actual = render(self.actual(declared), engine.traits) if self.actual else whole
        ddl = Ddl(self.up(actual.up) if self.up else actual.up, self.down(actual.down) if self.down else actual.down)
        # An edit by text replacement stops matching when the rendering changes: the proof would then support a schema
        # without the defect, and the check of the proof would fail for a misleading reason.
        if declared == sound and ddl == whole:
            raise DbaError(
                f"the defect {self.name!r} was not planted on {engine.traits.title}: its edit changes nothing"
            )
        return Subject(declared, ddl, engine)


def table_edit(name: str, change: Callable[[Table], Table]) -> SchemaEdit:
    """Return an edit that changes one table."""
    return lambda schema: schema.replace(change(schema.table(name)))


def without_index(table: str, index: str) -> SchemaEdit:
    """Return an edit that removes an index."""
    return table_edit(table, lambda t: t.with_(indexes=tuple(i for i in t.indexes if i.name != index)))


def index_edit(table: str, index: str, **changes: object) -> SchemaEdit:
    """Return an edit that changes fields of one index."""

    def change(t: Table) -> Table:
        return t.with_(indexes=tuple(i.model_copy(update=changes) if i.name == index else i for i in t.indexes))

    return table_edit(table, change)


def without_check(table: str, check: str) -> SchemaEdit:
    """Return an edit that removes a check."""
    return table_edit(table, lambda t: t.with_(checks=tuple(c for c in t.checks if c.name != check)))


def column_edit(table: str, column: str, **changes: object) -> SchemaEdit:
    """Return an edit that changes fields of one column."""

    def change(t: Table) -> Table:
        columns = (c.model_copy(update=changes) if c.name == column else c for c in t.columns)
        return t.with_(columns=tuple(columns))

    return table_edit(table, change)


def key_edit(table: str, key: str, **changes: object) -> SchemaEdit:
    """Return an edit that changes fields of one foreign key."""

    def change(t: Table) -> Table:
        keys = (k.model_copy(update=changes) if k.name == key else k for k in t.foreign_keys)
        return t.with_(foreign_keys=tuple(keys))

    return table_edit(table, change)


def derived_edit(table: str, column: str, **changes: object) -> SchemaEdit:
    """Return an edit that changes fields of one derived column."""

    def change(t: Table) -> Table:
        derived = (d.model_copy(update=changes) if d.column == column else d for d in t.derived_columns)
        return t.with_(derived_columns=tuple(derived))

    return table_edit(table, change)


def without_key(table: str, key: str) -> SchemaEdit:
    """Return an edit that removes a foreign key."""
    return table_edit(table, lambda t: t.with_(foreign_keys=tuple(k for k in t.foreign_keys if k.name != key)))


def unique_edit(table: str, unique: str, **changes: object) -> SchemaEdit:
    """Return an edit that changes fields of one unique constraint."""

    def change(t: Table) -> Table:
        uniques = (u.model_copy(update=changes) if u.name == unique else u for u in t.uniques)
        return t.with_(uniques=tuple(uniques))

    return table_edit(table, change)


def column_type(table: str, column: str, name: str, **more: object) -> SchemaEdit:
    """Return an edit that changes the type of a column."""
    return column_edit(table, column, type=ColumnType.model_validate({"name": name, **more}))


def without_mechanism(rule: str) -> SchemaEdit:
    """Return an edit that removes a business rule, and so what enforces it."""
    return lambda schema: schema.model_copy(update={"rules": tuple(one for one in schema.rules if one.id != rule)})


def rule_edit(rule: str, **changes: object) -> SchemaEdit:
    """Return an edit that changes fields of one business rule."""

    def edit(schema: Schema) -> Schema:
        rules = tuple(one.model_copy(update=changes) if one.id == rule else one for one in schema.rules)
        return schema.model_copy(update={"rules": rules})

    return edit

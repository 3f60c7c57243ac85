"""Remove the SQL texts of one engine from a reflected schema, so that it can be rendered for another engine."""

from collections.abc import Iterator

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Check, Column, Condition, Schema, Table


def portable(schema: Schema, traits: Traits) -> Schema:
    """Return the schema without SQL texts of an engine other than `traits`; what was parsed from them remains."""
    if schema.engine in ("", traits.name):
        return schema
    return schema.model_copy(
        update={
            "engine": "", "extensions": (), "types": (), "sequences": (), "routines": (), "views": (), "triggers": (),
            "roles": (), "grants": (), "namespace": "", "others": (),
            "tables": tuple(_portable_table(table) for table in schema.tables),
        }
    )  # fmt: skip


def _portable_table(table: Table) -> Table:
    columns = tuple(_portable_column(column) for column in table.columns)
    # an index with an expression, a predicate or another method is SQL of its engine: there is no translation
    plain = [index for index in table.indexes if index.is_plain and not index.options]
    return table.with_(
        columns=columns,
        checks=tuple(_portable_checks(table)),
        constraints=(),
        key_on_conflict="",
        uniques=tuple(unique.model_copy(update={"on_conflict": ""}) for unique in table.uniques),
        indexes=tuple(plain),
        row_security="",
        policies=(),
        options=None,
        partitioned_by="",
        partitions=(),
    )


def _portable_checks(table: Table) -> Iterator[Check]:
    """Yield the parsed parts of every check, each under its own name."""
    for check in table.checks:
        parts = check.means if isinstance(check, Condition) else (check,)
        for number, part in enumerate(parts):
            yield part.model_copy(update={"name": fit_name(f"{check.name}_{number + 1}" if number else check.name)})


def _portable_column(column: Column) -> Column:
    type_ = column.type.model_copy(update={"native": ""})
    if type_.name == "native":
        # no other engine has this type, but all have text for the written form of its values
        type_ = type_.model_copy(update={"name": "text"})
    changes = {
        "type": type_,
        "default_sql": "",
        "collation": "",
        "generated": None,
        "identity": None,
        "on_conflict": "",
    }
    return column.model_copy(update=changes)

"""Columns of an existing database about which no trial of values says that their type is right, with the reason."""

from collections.abc import Collection, Iterator

from langgraph_dba.database.data.scenarios import has_code
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Column, Schema, Table
from langgraph_dba.database.rules.kit.date_names import date_in_text
from langgraph_dba.database.rules.kit.vocabulary import is_moment


def is_tried(table: Table, column: Column) -> bool:
    """Return whether values of a column can be tried: those of keys are restricted by other rows, not by the type."""
    keyed = table.referring_columns | set(table.row_key)
    return not (column.name in keyed or column.name == table.tenant_column or column.generated)


def unjudged_columns(schema: Schema, judged: Collection[tuple[str, str]], traits: Traits) -> Iterator[tuple[str, str]]:
    """Yield (column, reason); `judged` are the tables and columns of which a value was tried."""
    for table in schema.tables:
        for column in table.columns:
            if reason := _reason(schema, table, column, traits, is_judged=(table.name, column.name) in judged):
                yield f"{table.name}.{column.name}", reason


def _reason(schema: Schema, table: Table, column: Column, traits: Traits, *, is_judged: bool) -> str:
    if is_tried(table, column) and not is_judged:
        if has_code(table, schema):
            return "of tables with triggers, which may store other values"
        if not table.row_key:
            return "of tables without a key, whose new rows cannot be found"
        return "of native types" if column.type.native else "without a value that was accepted"
    # only the name says what such a column means: it can be right as it is
    if column.type.name == "local-datetime" and is_moment(column.name) and traits.zoned_instants:
        return "that are moments by their names, without a time zone"
    if date_in_text(column):
        return "that are dates by their names, stored as text"
    return ""

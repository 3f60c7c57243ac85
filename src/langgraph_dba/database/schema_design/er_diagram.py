"""Render a schema as a Mermaid entity-relationship diagram."""

from langgraph_dba.database.model.schema import ForeignKey, Schema, Table

# words of Mermaid's language, which are names only in quotes
_KEYWORDS = frozenset(
    {
        "class", "classdef", "click", "default", "direction", "end", "erdiagram", "graph", "many", "one", "only",
        "optionally", "style", "subgraph", "title", "to", "zero",
    }
)  # fmt: skip


def to_mermaid(schema: Schema) -> str:
    """Return the diagram: tables with columns and keys, and foreign keys except those of the tenant column alone."""
    lines = ["erDiagram"]
    for table in schema.tables:
        lines += [f"    {_name(table.name)} {{", *(f"        {line}" for line in _columns(table)), "    }"]
    for table in schema.tables:
        lines += [f"    {_reference(table, key)}" for key in table.row_references]
    return "\n".join(lines) + "\n"


def _columns(table: Table) -> list[str]:
    referring = {column for key in table.foreign_keys for column in key.columns}
    unique = {u.columns[-1] for u in table.uniques if u.columns[-1] != "id"}
    lines = []
    for column in table.columns:
        marks = [
            mark
            for mark, applies in (
                ("PK", column.name in table.primary_key),
                ("FK", column.name in referring),
                ("UK", column.name in unique and column.name not in referring),
            )
            if applies
        ]
        lines.append(f"{column.type.name.replace('-', '_')} {column.name} {', '.join(marks)}".rstrip())
    return lines


def _reference(table: Table, key: ForeignKey) -> str:
    own = table.own_key_columns(key)
    is_optional = any(table.column(column).nullable for column in own)
    is_single = table.is_one_to_one(key)
    link = f"{'|o' if is_optional else '||'}--{'o|' if is_single else 'o{'}"
    return f"{_name(key.target)} {link} {_name(table.name)} : {_name(own[-1].removesuffix('_id'))}"


def _name(name: str) -> str:
    return f'"{name}"' if name in _KEYWORDS else name

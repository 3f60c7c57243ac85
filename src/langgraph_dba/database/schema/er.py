"""A schema as a Mermaid entity-relationship diagram."""

from langgraph_dba.database.schema.model import ForeignKey, Schema, Table


def to_mermaid(schema: Schema) -> str:
    """Return the diagram: tables with columns and keys, and every reference but those that only name the tenant."""
    lines = ["erDiagram"]
    for table in schema.tables:
        lines += [f"    {table.name} {{", *(f"        {line}" for line in _columns(table)), "    }"]
    for table, key in schema.foreign_keys():
        if key.columns != (table.tenant_column,):
            lines.append(f"    {_reference(table, key)}")
    return "\n".join(lines) + "\n"


def _columns(table: Table) -> list[str]:
    referring = {column for key in table.foreign_keys for column in key.columns}
    unique = {u.columns[-1] for u in table.uniques if u.columns[-1] != "id"}
    lines = []
    for column in table.columns:
        marks = [
            mark
            for mark, holds in (
                ("PK", column.name in table.primary_key),
                ("FK", column.name in referring),
                ("UK", column.name in unique and column.name not in referring),
            )
            if holds
        ]
        lines.append(f"{column.type.name.replace('-', '_')} {column.name} {', '.join(marks)}".rstrip())
    return lines


def _reference(table: Table, key: ForeignKey) -> str:
    own = [column for column in key.columns if column != table.tenant_column] or list(key.columns)
    optional = any(table.column(column).nullable for column in own)
    single = any(set(u.columns) - {table.tenant_column} == set(own) for u in table.uniques)
    link = f"{'|o' if optional else '||'}--{'o|' if single else 'o{'}"
    return f"{key.target} {link} {table.name} : {own[-1].removesuffix('_id')}"

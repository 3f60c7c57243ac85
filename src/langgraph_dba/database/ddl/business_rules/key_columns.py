"""Generated columns of unique keys, for engines without partial indexes: NULL in rows that a rule does not compare."""

from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Column, Columns, ColumnType, Generated, Table


def column_to_scope(table: Table, columns: Columns) -> str:
    """Return the column of a key that a generated one replaces.

    Not one of a foreign key, if there is another: the foreign key could not change with its target.
    """
    free = (name for name in columns if name not in table.referring_columns)
    return next(free, columns[0])


def key_column(rule: str, name: str, expression: str, type_: ColumnType, collation: str = "") -> Column:
    """Return the generated column that stands for a column in the key of a rule."""
    return Column(
        name=fit_name(f"{rule}_{name}_key"),
        type=type_,
        nullable=True,
        generated=Generated(expression=expression),
        collation=collation,
        comment=f"for the rule {rule}",
    )

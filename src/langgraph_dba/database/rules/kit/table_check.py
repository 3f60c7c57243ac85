"""A check that looks at one table at a time, so that the check of a single table does not read the whole schema."""

from collections.abc import Callable, Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.findings import Finding


class TableCheck:
    """The check of a schema as the check of each of its tables; every finding is about the table that was checked."""

    def __init__(self, of_table: Callable[[Table, Schema], Iterator[Finding]]) -> None:
        """Use the check of one table; it may look up other tables in the schema."""
        self.of_table = of_table

    def __call__(self, schema: Schema, /) -> Iterator[Finding]:
        """Yield the findings about each table, in the order of the tables."""
        for table in schema.tables:
            yield from self.of_table(table, schema)


def each_table(of_table: Callable[[Table, Schema], Iterator[Finding]]) -> TableCheck:
    """Return the check of a schema that runs this check on each table."""
    return TableCheck(of_table)

"""Tables and columns in statements of our own: as their engine spells them, in quotes where it needs them."""

from collections.abc import Iterable
from dataclasses import dataclass

from langgraph_dba.database.ddl.quoting import quoted
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Table


@dataclass(frozen=True, slots=True)
class Names:
    """How one engine takes the names of a schema; parameters keep our plain ones."""

    traits: Traits

    def of(self, name: str) -> str:
        """Return a name of ours (an index's, a constraint's), in quotes if it is a word of the engine."""
        return quoted(name, self.traits.dialect)

    def table(self, table: Table) -> str:
        """Return a table's name."""
        return self.of(table.sql_name)

    def column(self, table: Table, name: str, alias: str = "") -> str:
        """Return a column's name, behind an alias of its table if there is one."""
        return f"{alias}.{self.of(table.column(name).sql_name)}" if alias else self.of(table.column(name).sql_name)

    def columns(self, table: Table, names: Iterable[str], alias: str = "") -> str:
        """Return columns' names as a list."""
        return ", ".join(self.column(table, name, alias) for name in names)

    def spelled(self, table: Table, names: Iterable[str]) -> set[str]:
        """Return columns as plans name them: without quotes."""
        return {table.column(name).sql_name for name in names}

    def drop_index(self, table: Table, index: str) -> str:
        """Return the statement that removes an index of a table."""
        return self.traits.sql_templates.drop_index.format(index=self.of(index), table=self.table(table))

    def equal(self, table: Table, names: Iterable[str], alias: str = "") -> str:
        """Return the condition that columns have the values of the parameters of their names."""
        return " AND ".join(f"{self.column(table, name, alias)} = :{name}" for name in names)

    def insertion(self, table: Table, names: Iterable[str]) -> str:
        """Return the statement that adds a row whose values are the parameters of these names."""
        listed = list(names)
        marks = ", ".join(f":{name}" for name in listed)
        return f"INSERT INTO {self.table(table)} ({self.columns(table, listed)}) VALUES ({marks})"

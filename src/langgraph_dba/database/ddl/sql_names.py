"""Names of tables and columns for generated statements, in quotes if the engine needs them."""

from collections.abc import Iterable
from dataclasses import dataclass

from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Table


@dataclass(frozen=True, slots=True)
class Names:
    """SQL fragments with the names of one engine; parameters are called by the schema's names, which need no quotes."""

    traits: Traits

    def of(self, name: str) -> str:
        """Return a name of the schema (of an index or a constraint), in quotes if the engine needs them."""
        return quote_name(name, self.traits)

    def table(self, table: Table) -> str:
        """Return the name of a table."""
        return self.of(table.sql_name)

    def column(self, table: Table, name: str, alias: str = "") -> str:
        """Return the name of a column, qualified by `alias` if it is not empty."""
        return f"{alias}.{self.of(table.column(name).sql_name)}" if alias else self.of(table.column(name).sql_name)

    def columns(self, table: Table, names: Iterable[str], alias: str = "") -> str:
        """Return the names of columns, separated by commas."""
        return ", ".join(self.column(table, name, alias) for name in names)

    def plan_names(self, table: Table, names: Iterable[str]) -> set[str]:
        """Return the names of columns as query plans show them: without quotes."""
        return {table.column(name).sql_name for name in names}

    def drop_index(self, table: Table, index: str) -> str:
        """Return the statement that removes an index of a table."""
        return self.traits.sql_templates.drop_index.format(index=self.of(index), table=self.table(table))

    def equal(self, table: Table, names: Iterable[str], alias: str = "") -> str:
        """Return the condition that each column equals the parameter of its name."""
        return " AND ".join(f"{self.column(table, name, alias)} = :{name}" for name in names)

    def insertion(self, table: Table, names: Iterable[str]) -> str:
        """Return an INSERT of one row whose values are the parameters of these names; without generated columns."""
        listed = [name for name in names if not table.column(name).generated]
        marks = ", ".join(f":{name}" for name in listed)
        return f"{self.insert_into(table, listed)} VALUES ({marks})"

    def insert_into(self, table: Table, names: Iterable[str]) -> str:
        """Return the beginning of an INSERT, up to VALUES or SELECT."""
        overriding = " OVERRIDING SYSTEM VALUE" if table.numbers_always and self.traits.identity_columns else ""
        return f"INSERT INTO {self.table(table)} ({self.columns(table, names)}){overriding}"

"""Columns whose defaults make other values in each database, such as the time of an insertion or a random id."""

from collections import Counter
from collections.abc import Mapping, Sequence

from langgraph_dba.database.engines import Connection
from langgraph_dba.database.proofs.kit.reachable import Relation, tables_under

# what the server itself calculates for each row or transaction; a function of the database may read other rows
_DEFAULTS = """
SELECT a.attname::text FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = CAST(:relation AS regclass) AND a.attgenerated = ''
  AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = a.attrelid AND t.attname = :tenant) AND (
  a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) ~* (
    '^\\(*(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|gen_random_uuid|uuidv4|uuidv7'
    '|uuid_generate_v1|uuid_generate_v4)\\(\\)|^\\(*(current|local)_?(date|time|timestamp)|^nextval\\('))
"""


class FreshValues:
    """The columns of a relation that differ between two databases only because of their defaults."""

    def __init__(self, both: Connection, alone: Connection, tenants: Mapping[str, str], own: str) -> None:
        """Store connections of superusers, each table's column of the tenant, and the literal of the tenant in both.

        The name "" of `tenants` has the column of all other tables.
        """
        self._links, self._tenants, self._own = (both, alone), tenants, own
        self._found: dict[str, frozenset[str]] = {}

    def columns(self, relation: Relation) -> frozenset[str]:
        """Return the names of the columns; those of a view have the names of the tables under it."""
        if relation.sql not in self._found:
            tables: Sequence[tuple[str, str]] = [(relation.namespace, relation.name)]
            if relation.is_view:
                tables = tables_under(self._links[0], relation.sql)
            self._found[relation.sql] = frozenset[str]().union(*(self._columns_of(*table) for table in tables))
        return self._found[relation.sql]

    def without(self, relation: Relation, rows: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
        """Return rows of the relation's readable columns without the values of these columns."""
        kept = [n for n, column in enumerate(relation.readable) if column not in self.columns(relation)]
        stable: Counter[tuple[str, ...]] = Counter()
        for row, count in rows.items():
            stable[tuple(row[n] for n in kept)] += count
        return stable

    def differ(self, relation: Relation, one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> bool:
        """Return whether rows differ in other columns too."""
        return one != other and self.without(relation, one) != self.without(relation, other)

    def _columns_of(self, namespace: str, name: str) -> frozenset[str]:
        table, tenant = f"{_quoted(namespace)}.{_quoted(name)}", self._tenants.get(name, self._tenants[""])
        found = set()
        for (column,) in self._links[0].run(_DEFAULTS, {"relation": table, "tenant": tenant}).rows:
            sql = f"SELECT {_quoted(str(column))}::text FROM {table} WHERE {_quoted(tenant)} = {self._own}"
            both, alone = (Counter(link.run(sql).rows) for link in self._links)
            if both != alone:
                found.add(str(column))
        return frozenset(found)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""Columns whose defaults make other values in each database, such as the time of an insertion or a random id."""

from collections import Counter
from collections.abc import Mapping, Sequence

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection
from langgraph_dba.database.proofs.kit.reachable import Relation, tables_under

# what the server itself calculates for each row or transaction; a function of the database may read other rows
# with one call at most: `now() + span()` is not among them
_DEFAULTS = """
SELECT a.attname::text FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
CROSS JOIN LATERAL (
  SELECT regexp_replace(pg_get_expr(d.adbin, d.adrelid), 'timezone\\(''[^'']*''::text, now\\(\\)\\)', 'now()') AS text
) AS one
WHERE a.attrelid = CAST(:relation AS regclass) AND a.attgenerated = ''
  AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = a.attrelid AND t.attname = :tenant)
  AND (a.attidentity <> '' OR one.text !~ '\\w\\(.*\\w\\(' AND one.text ~* (
    '^\\(*(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|gen_random_uuid|uuidv4|uuidv7'
    '|uuid_generate_v1|uuid_generate_v4)\\(\\)|^\\(*(current|local)_?(date|time|timestamp)|^nextval\\('))
"""


class FreshValues:
    """The columns of a relation that differ between two databases only because of their defaults."""

    def __init__(self, both: Connection, alone: Connection, tenants: Mapping[str, str], own: str, names: Names) -> None:
        """Store connections of superusers, each table's column of the tenant, and the literal of the tenant in both.

        The name "" of `tenants` has the column of all other tables.
        """
        self._links, self._tenants, self._own, self._names = (both, alone), tenants, own, names
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
        of, tenant = self._names.of, self._tenants.get(name, self._tenants[""])
        table, found = f"{of(namespace)}.{of(name)}", set()
        for (column,) in self._links[0].run(_DEFAULTS, {"relation": table, "tenant": tenant}).rows:
            sql = f"SELECT {of(str(column))}::text FROM {table} WHERE {of(tenant)} = {self._own}"
            both, alone = (Counter(link.run(sql).rows) for link in self._links)
            if both != alone:
                found.add(str(column))
        return frozenset(found)

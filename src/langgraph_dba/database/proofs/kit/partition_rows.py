"""Rows of the other tenant in partitions that the sample left empty: a role may reach a partition without its table."""

from itertools import islice, product

from langgraph_dba.database.data.partition_values import LITERAL
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.engines.postgresql.own_queries import qualified

_MOST_TRIES = 64
_ANYWHERE = ("1900-01-01", "2200-01-01", "-1", "999999", "zzz")  # for DEFAULT, and beyond MINVALUE and MAXVALUE
# each partition that holds rows: the table at the top, and on each level the columns of the key and the bound
_EMPTY = """
WITH RECURSIVE level (leaf, parent, depth) AS (
  SELECT i.inhrelid, i.inhparent, 0 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE c.relispartition AND c.relkind = 'r'
  UNION ALL
  SELECT level.leaf, i.inhparent, level.depth + 1 FROM level JOIN pg_inherits i ON i.inhrelid = level.parent
), chain AS (
  SELECT leaf, parent, depth, lag(parent, 1, leaf) OVER (PARTITION BY leaf ORDER BY depth) AS child FROM level
)
SELECT leaf::regclass::text, (array_agg(parent::regclass::text ORDER BY depth DESC))[1],
  array_agg(ARRAY(SELECT a.attname::text FROM unnest(p.partattrs::int2[]) AS n
    JOIN pg_attribute a ON a.attrelid = parent AND a.attnum = n)::text ORDER BY depth),
  array_agg(pg_get_expr(c.relpartbound, c.oid) ORDER BY depth)
FROM chain JOIN pg_partitioned_table p ON p.partrelid = parent JOIN pg_class c ON c.oid = child
GROUP BY leaf
ORDER BY 1
"""
_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


def fill_partitions(connection: Connection, tenant: str, theirs: str) -> None:
    """Copy a row of a tenant into each empty partition with a column `tenant`, with key values from its bounds.

    `theirs` is the literal of the tenant. A partition that accepts none of the values stays empty.
    """
    for leaf, top, keys, bounds in connection.run(qualified(_EMPTY)).rows:
        if not connection.run(f"SELECT EXISTS (SELECT FROM {leaf})").scalar:
            columns = [column for key in keys for column in _names(str(key))]
            choices = [_values(str(bound)) for key, bound in zip(keys, bounds, strict=True) for _ in _names(str(key))]
            listed = connection.run(qualified(_COLUMNS), {"table": leaf}).scalar
            for values in islice(product(*choices), _MOST_TRIES):
                row = dict(zip(columns, values, strict=True))
                source = f"{top} AS one WHERE {tenant} = {theirs} LIMIT 1"
                if _copied(connection, f"{leaf} ({listed})", str(listed), source, row):
                    break


def _names(array: str) -> list[str]:
    return [name.strip('"') for name in array.strip("{}").split(",") if name]


def _values(bound: str) -> list[str]:
    found = [quoted.replace("''", "'") if quoted else number for quoted, number in LITERAL.findall(bound)]
    return list(dict.fromkeys((*found, *_ANYWHERE)))


def _copied(connection: Connection, target: str, columns: str, source: str, row: dict[str, str]) -> bool:
    """Return whether a row of `source`, called `one`, was accepted with other values of the key."""
    built = ", ".join(f"CAST(:name{n} AS text), CAST(:value{n} AS text)" for n in range(len(row)))
    changed = f"pg_catalog.jsonb_populate_record(one, pg_catalog.jsonb_build_object({built}))"
    names = {f"name{n}": name for n, name in enumerate(row)} | {
        f"value{n}": value for n, value in enumerate(row.values())
    }
    insert = (
        f"INSERT INTO {target} OVERRIDING SYSTEM VALUE "
        f"SELECT {columns} FROM (SELECT ({changed}).* FROM {source}) AS changed"
    )
    try:
        with connection.transaction():
            connection.run("SET LOCAL session_replication_role = replica")
            return bool(connection.run(insert, names).affected_rows)
    except Rejected:
        return False

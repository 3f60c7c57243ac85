"""What writes without a condition change: rows of another tenant, or any rows of tenants while no tenant is set.

A statement that reads no column is not restricted by the policies for SELECT, so it shows what the policies of its own
command allow. A superuser compares which rows the tables under the relation have before and after it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from langgraph_dba.database.ddl.type_mapping import literal
from langgraph_dba.database.engines import Connection, QueryResult, Rejected
from langgraph_dba.database.engines.postgresql.own_queries import qualified
from langgraph_dba.database.proofs.kit.reachable import Relation, tables_under
from langgraph_dba.database.proofs.kit.tenant_database import ENFORCE_KEYS, IGNORE_KEYS, MINE, SUPERUSER, THEIRS, Step
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe

_MOST_COLUMNS = 4
_RULES = ("foreign-key", "unique", "check")
# not primary keys: views can depend on them
_WITHOUT_RULES: Step = (
    qualified("""
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint
             WHERE contype IN ('f', 'c', 'u', 'x') AND conrelid >= 16384 AND conparentid = 0 AND coninhcount = 0
             ORDER BY contype <> 'f' LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', one.relation, one.conname);
  END LOOP;
END $$
"""),
    {},
)
_HAS_COLUMN = "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attname = :column)"
_GENERATED = """
SELECT attname::text FROM pg_attribute
WHERE attrelid = CAST(:table AS regclass) AND (attidentity = 'a' OR attgenerated <> '')
"""


@dataclass(frozen=True, slots=True)
class _Write:
    """A statement that `changes`, `gives` away, `deletes` or `adds` rows, and what a superuser runs before it."""

    verb: str
    sql: str
    before: tuple[Step, ...] = ()


class WriteEffects:
    """Tries each write that a role has the privilege for, as a tenant and with no tenant set."""

    def __init__(self, prober: TenantProbe, role: str) -> None:
        """Try nothing yet."""
        self._prober, self._role = prober, role

    def failures(self, relation: Relation) -> Iterator[str]:
        """Yield the writes through a relation that change what they must not."""
        prober, tables = self._prober, self._tables(relation)
        foreign = {table: f"{column} <> {prober.mine}" for table, column in tables.items() if column}
        every = dict.fromkeys(tables, "true")
        fresh, used = (prober.both.link(SUPERUSER, is_fresh=one) for one in (True, False))
        unowned = self._rows_without_tenant(tables)
        for verb in ("changes", "gives", "deletes", "adds") if tables else ():
            writes = list(self._writes(relation, verb, tables))
            is_tried = verb == "adds" and self._takes_whole_rows(relation)  # by `TenantProbe`
            outcome = self._outcome(used, writes, foreign, prober.setting) if foreign and not is_tried else None
            failure = self._as_tenant(*outcome) if outcome else ""
            for link in (fresh, used):
                if not failure and (outcome := self._outcome(link, writes, every, *unowned)):
                    failure = self._with_no_tenant(relation, link, *outcome)
            if failure:
                yield failure

    def _as_tenant(self, write: _Write, answer: int | Rejected) -> str:
        """Return the failure of a write as a tenant, or ""."""
        if isinstance(answer, Rejected) and answer.kind in ("permission", "not-null"):
            return ""
        if isinstance(answer, Rejected) and (write.verb == "adds" or self._is_refused_alone(write)):
            self._prober.untried.append(f"{write.sql}: {answer}")
            return ""
        who = f"{self._role}, as tenant {MINE},"
        if write.verb == "adds":
            return f"{who} adds a row of tenant {THEIRS} by {write.sql}" if answer else ""
        does = "gives rows to" if write.verb == "gives" else "changes rows of"
        return f"{who} {does} another tenant by {write.sql}" if answer else ""

    def _with_no_tenant(self, relation: Relation, link: Connection, write: _Write, answer: int | Rejected) -> str:
        """Return the failure of a write while no tenant is set, or ""."""
        if not isinstance(answer, Rejected):
            counted = f"{answer} row{'s' if answer > 1 else ''} of {relation.name}"
            return f"{self._role}, with no tenant set, {write.verb} {counted}" if answer else ""
        if answer.kind == "other":  # by a trigger, perhaps for this statement only: a policy refuses to read, too
            read: Step = (f"SELECT 1 FROM {relation.sql}", {})
            if not isinstance(link.attempt(self._prober.both.as_role(self._role), read), Rejected):
                self._prober.untried.append(f"{write.sql} with no tenant set: {answer}")
        return ""

    def _takes_whole_rows(self, relation: Relation) -> bool:
        table = self._prober.table(relation)
        return table is not None and {one.sql_name for one in table.writable_columns} <= {*relation.insertable}

    def _tables(self, relation: Relation) -> dict[str, str]:
        """Return the tables with rows of tenants that a relation writes to, with the column of the tenant or ""."""
        prober = self._prober
        named = [(relation.namespace, relation.name)]
        if relation.is_view:
            named = list(tables_under(prober.both.superuser, relation.sql))
        found = {}
        for namespace, name in named:
            sql, own = f"{prober.names.of(namespace)}.{prober.names.of(name)}", prober.common_column
            table = prober.table_named(namespace, name)
            if table is not None and table.tenant_column:
                found[sql] = prober.names.column(table, table.tenant_column)
            elif prober.both.superuser.run(qualified(_HAS_COLUMN), {"table": sql, "column": own}).scalar:
                found[sql] = prober.names.of(own)
            elif table is not None and not prober.subject.schema.is_shared(table):
                found[sql] = ""
        return found

    def _rows_without_tenant(self, tables: Mapping[str, str]) -> tuple[Step, ...]:
        """Return the insertions of rows that have no tenant, which a connection without a tenant might match."""
        prober = self._prober
        found = (one for one in prober.subject.schema.tables if prober.qualified_name(one) in tables)
        rows = [prober.row_without_tenant(t) for t in found if t.tenant_column and t.column(t.tenant_column).nullable]
        return tuple(row for row in rows if not isinstance(prober.both.superuser.attempt(row), Rejected))

    def _outcome(
        self, link: Connection, writes: list[_Write], watched: Mapping[str, str], *before: Step
    ) -> tuple[_Write, int | Rejected] | None:
        """Return the first write that is accepted, with the number of watched rows it affects, or the first refusal.

        A write that keys or checks refuse is tried without them, too: another row might not violate them.
        """
        refusal: tuple[_Write, Rejected] | None = None
        for write in writes:
            self._prober.note(write.sql)
            answer = self._answer_of(link, write, watched, *before)
            if isinstance(answer, Rejected) and answer.kind in _RULES:
                answer = self._answer_of(link, write, watched, _WITHOUT_RULES, *before)
            if not isinstance(answer, Rejected):
                return write, max(answer.rows[0])
            refusal = refusal or (write, answer)
        return refusal

    def _answer_of(
        self, link: Connection, write: _Write, watched: Mapping[str, str], *before: Step
    ) -> QueryResult | Rejected:
        self._prober.attempts += 1
        return link.attempt(*before, *write.before, *self._prober.both.observed(self._role, write.sql, watched))

    def _is_refused_alone(self, write: _Write) -> bool:
        """Return whether a tenant's write is also refused where no other tenant has rows."""
        alone = self._prober.alone
        steps: tuple[Step, ...] = (self._prober.setting, alone.as_role(self._role), (write.sql, {}))
        return isinstance(alone.superuser.attempt(*steps), Rejected)

    def _writes(self, relation: Relation, verb: str, tables: Mapping[str, str]) -> Iterator[_Write]:
        prober, names = self._prober, self._prober.names
        if verb == "deletes" and "delete" in relation.privileges:
            yield _Write(verb, f"DELETE FROM {relation.sql}")
        if verb == "changes" and "update" in relation.privileges:
            columns = sorted(relation.changeable, key=lambda one: one != prober.common_column)
            for column in columns[:_MOST_COLUMNS]:
                (value,) = self._values(relation, [column]) or ("NULL",)
                value = prober.mine if column == prober.common_column else value
                yield _Write(verb, f"UPDATE {relation.sql} SET {names.of(column)} = {value}")
        own = prober.common_column
        # `TenantProbe` tries it with tables
        if verb == "gives" and "update" in relation.privileges and own in relation.changeable and relation.is_view:
            yield _Write(verb, f"UPDATE {relation.sql} SET {names.of(own)} = {prober.theirs}")
        if verb == "adds" and "insert" in relation.privileges and relation.insertable:
            generated = {str(name) for table in tables for name in self._columns_without_value(table)}
            columns = [one for one in relation.insertable if one not in generated]
            # a row that exists satisfies the checks; deleted, its keys are free
            if values := self._values(relation, columns):
                deletions: tuple[Step, ...] = tuple((f"DELETE FROM {table}", {}) for table in tables)
                listed = ", ".join(map(names.of, columns))
                insert = f"INSERT INTO {relation.sql} ({listed}) VALUES ({', '.join(values)})"
                yield _Write(verb, insert, (IGNORE_KEYS, *deletions, ENFORCE_KEYS))

    def _columns_without_value(self, table: str) -> list[object]:
        """Return the columns that take no value; through a view the engine does not say so."""
        return [name for (name,) in self._prober.both.superuser.run(qualified(_GENERATED), {"table": table}).rows]

    def _values(self, relation: Relation, columns: list[str]) -> list[str]:
        """Return literals of a row of the other tenant: an expression would read columns."""
        prober = self._prober
        listed = ", ".join(f"{prober.names.of(one)}::text" for one in columns)
        own = prober.common_column
        has_tenant = own in (*relation.readable, *relation.changeable, *relation.insertable)
        where = f" ORDER BY {prober.names.of(own)} <> {prober.theirs}" if has_tenant else ""
        answer = prober.both.superuser.attempt(
            prober.their_setting, (f"SELECT {listed} FROM {relation.sql}{where} LIMIT 1", {})
        )
        if isinstance(answer, Rejected) or not answer.rows:
            return []
        traits = prober.subject.traits
        return ["NULL" if one is None else literal(str(one), traits) for one in answer.rows[0]]

"""Experiments on rows whose tenant column is NULL: a policy `… OR tenant_id IS NULL` shows them to every tenant."""

from collections.abc import Iterator

from langgraph_dba.database.engines import Rejected
from langgraph_dba.database.proofs.kit.reachable import Relation
from langgraph_dba.database.proofs.kit.tenant_database import MINE, Step
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe


class RowsWithoutTenant:
    """Tries what roles can do with rows of no tenant; `shown` are the tables of which a role sees such rows."""

    def __init__(self, prober: TenantProbe) -> None:
        """Try nothing yet."""
        self.shown: dict[str, None] = {}
        self._prober = prober

    def failures(self, role: str, relation: Relation) -> Iterator[str]:
        """Yield how a tenant can write rows that every tenant sees; that it sees them is what the policy states."""
        prober, table = self._prober, self._prober.table(relation)
        if table is None or not table.tenant_column or not table.column(table.tenant_column).nullable:
            return
        key = prober.names.columns(table, table.tenant_columns)
        select = f"SELECT 1 FROM {relation.sql} WHERE {key} IS NULL"
        insert = prober.row_without_tenant(table)
        stored = prober.both.superuser.attempt(insert, (select, {}))
        if isinstance(stored, Rejected):
            if stored.kind not in ("check", "not-null"):  # those say that no such row can exist
                prober.untried.append(f"{relation.name}: no row without a tenant was accepted ({stored})")
            return
        if not stored.rows:  # a trigger gave it a tenant
            return
        own: tuple[Step, ...] = (prober.setting, prober.both.as_role(role))
        if self._rows(insert, *own, (select, {})):
            self.shown[relation.name] = None
        # without a condition: the policies for SELECT restrict only a statement that reads columns
        write, remove = f"UPDATE {relation.sql} SET {key} = {prober.mine}", f"DELETE FROM {relation.sql}"
        for verb, sql in (("changes", write), ("deletes", remove)):
            done = prober.both.superuser.attempt(insert, *own, (sql, {}), ("SET LOCAL ROLE NONE", {}), (select, {}))
            if not isinstance(done, Rejected) and not done.rows:
                yield f"{role}, as tenant {MINE}, {verb} rows without a tenant in {relation.name}"
        if relation.name in self.shown and self._rows(*own, insert):
            yield f"{role}, as tenant {MINE}, adds a row to {relation.name} that every tenant sees (without a tenant)"

    def of_view(self, role: str, view: Relation) -> Iterator[str]:
        """Yield a failure if a view shows rows of no tenant that the policies of its tables hide from the role."""
        prober = self._prober
        tables = [one for one in prober.subject.schema.tables if one.tenant_column and one.name not in self.shown]
        own: tuple[Step, ...] = (prober.setting, prober.both.as_role(role), (f"SELECT count(*) FROM {view.sql}", {}))
        before = prober.both.superuser.attempt(*own)
        for table in tables:
            if isinstance(before, Rejected) or not table.column(table.tenant_column or "").nullable:
                continue
            after = prober.both.superuser.attempt(self._prober.row_without_tenant(table), *own)
            prober.attempts += 1
            if not isinstance(after, Rejected) and after.scalar > before.scalar:
                yield f"{role}, as tenant {MINE}, sees rows without a tenant of {table.name} through {view.name}"

    def _rows(self, *steps: Step) -> int:
        """Return how many rows the last step returns or changes; 0 if one of the steps is refused."""
        self._prober.attempts += 1
        answer = self._prober.both.superuser.attempt(*steps)
        return 0 if isinstance(answer, Rejected) else answer.affected_rows or len(answer.rows)

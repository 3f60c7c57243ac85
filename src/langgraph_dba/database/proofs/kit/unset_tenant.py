"""Writes on a connection that has no tenant: a policy per command may hide all rows and still let them be deleted."""

from collections.abc import Iterator

from langgraph_dba.database.engines import Rejected
from langgraph_dba.database.proofs.kit.reachable import Relation
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe


def writes_without_tenant(prober: TenantProbe, role: str, relation: Relation) -> Iterator[str]:
    """Yield the changes of rows of tenants that a role can make while no tenant is set, or after one was set."""
    tenant = prober.tenant_column(relation)
    if not tenant or relation.is_view:
        return
    changeable = [prober.names.of(name) for name in relation.changeable]
    statements = {"deletes": f"DELETE FROM {relation.sql}"} if "delete" in relation.privileges else {}
    if "update" in relation.privileges and changeable:
        # a statement that reads no column is not restricted by the policies for SELECT
        column, value = (tenant, prober.mine) if tenant in changeable else (changeable[0], changeable[0])
        statements["changes"] = f"UPDATE {relation.sql} SET {column} = {value}"
    for verb, sql in statements.items():
        for is_fresh in (True, False):
            prober.attempts += 1
            answer = prober.both.link(role, is_fresh=is_fresh).attempt((sql, {}))
            if not isinstance(answer, Rejected) and answer.affected_rows:
                yield f"{role}, with no tenant set, {verb} {answer.affected_rows} rows of {relation.name}"
                break

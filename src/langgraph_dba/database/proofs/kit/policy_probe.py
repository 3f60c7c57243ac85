"""Rows and experiments for each way in which a policy opens rows beside the comparison with the tenant setting."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from langgraph_dba.database.engines import Rejected
from langgraph_dba.database.model.isolation import VISITORS
from langgraph_dba.database.model.schema import Table
from langgraph_dba.database.proofs.kit.policy_branches import Branch, branches, joined
from langgraph_dba.database.proofs.kit.reachable import BindingPolicy, Relation, policies_of
from langgraph_dba.database.proofs.kit.tenant_database import ENFORCE_KEYS, IGNORE_KEYS, MINE, SUPERUSER, THEIRS, Step
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe


class PolicyProbe:
    """The open branches of the policies that bind a role, and whether a row of another tenant satisfies each."""

    def __init__(self, prober: TenantProbe, role: str) -> None:
        """Read the policies; `untried` lists the branches that no row of another tenant satisfies."""
        self.prober, self.role = prober, role
        self.superuser = prober.both.superuser
        self.policies = policies_of(self.superuser, role)
        self.untried: list[str] = []

    def states_access(self, relation: Relation) -> bool:
        """Return whether the owner states that a role serves all tenants: by policies for this role by name.

        These are one without a condition, or only such that have a comment. Visitors always need the comment.
        """
        bound = self._of(relation)
        named = [p for p in bound if p.is_named and p.is_permissive]
        is_open = any(p.using == "true" and (p.is_stated or self.role not in VISITORS) for p in named)
        is_stated = bool(named) and all(p.is_stated for p in named)
        return (is_open or is_stated) and all(p.is_permissive for p in bound)

    def stated_commands(self, relation: Relation) -> list[str]:
        """Return the commands that the policies for this role by name open, and that it has the privilege for."""
        named = {p.command for p in self._of(relation) if p.is_named and p.is_permissive}
        commands = ("select", "insert", "update", "delete")
        return [one for one in commands if one in relation.privileges and {"all", one} & named]

    def denies(self, relation: Relation, table: Table | None) -> bool:
        """Return whether row-level security shows the role no row of a table, because no policy is for it."""
        reading = (p for p in self._of(relation) if p.is_permissive and p.command in ("all", "select"))
        is_on = table is not None and bool(table.row_security or self.prober.subject.is_designed)
        return is_on and not any(reading)

    def has_conditions(self, relation: Relation) -> bool:
        """Return whether a policy of a relation compares something."""
        return any(text not in (None, "true", "false") for p in self._of(relation) for text in (p.using, p.check))

    def _of(self, relation: Relation) -> list[BindingPolicy]:
        return [policy for policy in self.policies if policy.sql == relation.sql]

    def prepare(self, relation: Relation) -> None:
        """Make a row of another tenant for each open branch where literals allow it; list the others."""
        for condition in self._conditions(relation, "using", ("select", "update", "delete")):
            for branch in self._open(relation, condition):
                self._satisfy(relation, branch)

    def writes(self, relation: Relation) -> Iterator[str]:
        """Yield a failure for each open branch by which a role can write a row of another tenant."""
        tenant = self.prober.tenant_column(relation)
        if relation.is_view or not tenant:
            return
        for command, attempt in (("insert", self._insertion), ("update", self._transfer)):
            for condition in self._conditions(relation, "check", (command,)):
                for branch in self._open(relation, condition, by_others=False):
                    # without terms every row satisfies it: `TenantProbe` writes such rows
                    if branch.terms and self._satisfy(relation, branch):
                        yield from self._judged(relation, branch, *attempt(relation, tenant, branch))

    def _conditions(self, relation: Relation, part: str, commands: Sequence[str]) -> list[str]:
        found: dict[str, None] = {}
        for command in commands:
            if command in relation.privileges:
                bound = [p for p in self._of(relation) if p.command in ("all", command)]
                texts = {kind: _texts(bound, part, permissive=kind) for kind in (True, False)}
                found[joined(texts[True], texts[False])] = None
        return list(found)

    def _open(self, relation: Relation, condition: str, *, by_others: bool = True) -> Iterator[Branch]:
        """Yield the branches that do not select the rows of one tenant; `by_others`: by the tenant's own column."""
        tenant, table = self.prober.tenant_column(relation), self.prober.table(relation)
        # a row without a tenant belongs to nobody, and where NULL is forbidden no row has it
        never_null = (
            {self._name(column.sql_name) for column in table.columns if not column.nullable} if table else set()
        )
        for branch in branches(condition):
            nulls = {self._name(column) for column, value in branch.assigned.items() if value == "NULL"}
            followed = [one for one in branch.selectors if self.prober.follows(one)]
            compared = [column for column, value in branch.compared if value in followed]
            if nulls & {tenant, *never_null}:
                continue
            if not followed:
                yield branch
            # only another column than the tenant's selects: rows of another tenant may name the own one there
            elif by_others and tenant and len(compared) == len(followed) and tenant not in map(self._name, compared):
                yield replace(branch, assigned={**branch.assigned, **dict.fromkeys(compared, self.prober.mine)})

    def _satisfy(self, relation: Relation, branch: Branch) -> bool:
        """Return whether a row of another tenant satisfies a branch; one is changed so that it does, if possible."""
        tenant = self.prober.tenant_column(relation)
        values = {column: value for column, value in branch.assigned.items() if self._name(column) != tenant}
        if not self._is_satisfied(relation, branch) and tenant and values:
            with suppress(Rejected):
                self.superuser.run(self._assignment(relation, f"{tenant} = {self.prober.theirs}", values))
        is_satisfied = self._is_satisfied(relation, branch)
        if not is_satisfied:
            what = "no row of another tenant that was tried" if branch.has_columns else "nothing that was tried"
            self.untried.append(f"{what} satisfies {branch.sql} in a policy of {relation.name}")
        return is_satisfied

    def _is_satisfied(self, relation: Relation, branch: Branch) -> bool:
        """Return whether a foreign row satisfies a branch with the setting of a tenant, or with none."""
        counts = f"SELECT count(*) FROM {relation.sql} WHERE "
        tenant = self.prober.tenant_column(relation)
        databases = (self.prober.both,) if tenant else (self.prober.both, self.prober.alone)
        sql = counts + (f"{tenant} <> {self.prober.mine} AND " if tenant else "") + branch.sql
        for is_fresh, settings in ((True, ()), (False, (self.prober.setting,)), (False, ())):
            links = [one.link(SUPERUSER, is_fresh=is_fresh) for one in databases]
            answers = [link.attempt(*settings, (sql, {})) for link in links]
            numbers = [0 if isinstance(one, Rejected) else int(one.scalar) for one in answers]
            if numbers[0] > sum(numbers[1:]):
                return True
        return False

    def _insertion(self, relation: Relation, tenant: str, branch: Branch) -> tuple[Step, ...]:
        """Insert, in the role, a row of another tenant that satisfies a branch; it is deleted before."""
        columns = ", ".join(map(self.prober.names.of, relation.insertable))
        first = f"FROM {relation.sql} WHERE {tenant} <> {self.prober.mine} AND {branch.sql}"
        place = f"(SELECT tableoid, ctid {first} ORDER BY tableoid, ctid LIMIT 1)"
        return (
            self.prober.setting,
            IGNORE_KEYS,
            (f"CREATE TEMP TABLE probe_row AS SELECT * {first} ORDER BY tableoid, ctid LIMIT 1", {}),
            ("GRANT SELECT ON probe_row TO PUBLIC", {}),
            (f"DELETE FROM {relation.sql} WHERE (tableoid, ctid) = {place}", {}),
            ENFORCE_KEYS,
            (f"INSERT INTO {relation.sql} ({columns}) SELECT {columns} FROM probe_row", {}),
        )

    def _transfer(self, relation: Relation, tenant: str, branch: Branch) -> tuple[Step, ...]:
        """Give to another tenant, in the role, the own rows that satisfy a branch; the other own rows are deleted."""
        mine = f"{tenant} = {self.prober.mine}"
        values = {column: value for column, value in branch.assigned.items() if self._name(column) != tenant}
        change: tuple[Step, ...] = ((self._assignment(relation, mine, values), {}),) if values else ()
        return (
            self.prober.setting,
            IGNORE_KEYS,
            *change,
            (f"DELETE FROM {relation.sql} WHERE {mine} AND ({branch.sql}) IS NOT TRUE", {}),
            ENFORCE_KEYS,
            (f"UPDATE {relation.sql} SET {tenant} = {self.prober.theirs}", {}),
        )

    def _judged(self, relation: Relation, branch: Branch, *steps: Step) -> Iterator[str]:
        """Yield a failure if the last step, which the role runs, leaves a row of another tenant."""
        self.prober.attempts += 1
        *before, (sql, _) = steps
        answer = self.superuser.attempt(*before, self.prober.both.as_role(self.role), steps[-1])
        by = f"a row of tenant {THEIRS} in {relation.name} that satisfies {branch.sql}"
        if isinstance(answer, Rejected):
            if answer.kind in ("unique", "foreign-key", "check", "not-null"):
                yield f"{self.role}, as tenant {MINE}, writes {by} unless another constraint refuses it ({answer})"
            elif answer.kind != "permission":
                self.untried.append(f"writing {by}: {answer}")
        elif not answer.affected_rows:
            self.untried.append(f"writing {by}: no own row satisfies it")
        else:  # a trigger may have given the row to the own tenant
            foreign = {relation.sql: f"{self.prober.tenant_column(relation)} <> {self.prober.mine}"}
            seen = self.superuser.attempt(*before, *self.prober.both.observed(self.role, sql, foreign))
            if isinstance(seen, Rejected) or any(seen.rows[0]):
                yield f"{self.role}, as tenant {MINE}, writes {by}"

    def _assignment(self, relation: Relation, where: str, values: dict[str, str]) -> str:
        changes = ", ".join(f"{self._name(column)} = {value}" for column, value in values.items())
        place = f"SELECT tableoid, ctid FROM {relation.sql} WHERE {where} ORDER BY tableoid, ctid LIMIT 1"
        return f"UPDATE {relation.sql} SET {changes} WHERE (tableoid, ctid) = ({place})"

    def _name(self, column: str) -> str:
        return self.prober.names.of(column)


def _texts(policies: Sequence[BindingPolicy], part: str, *, permissive: bool) -> list[str]:
    texts = (getattr(policy, part) for policy in policies if policy.is_permissive == permissive)
    return [text for text in texts if text is not None]

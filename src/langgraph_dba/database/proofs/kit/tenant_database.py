"""A scratch database with the rows of some tenants, and connections of the roles that read it."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from langgraph_dba.database.data.reserved_keys import reserve_keys
from langgraph_dba.database.data.sample import Sample, tenant_value
from langgraph_dba.database.ddl.type_mapping import literal
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.engines.base import Role
from langgraph_dba.database.proofs.kit.fired_triggers import TriggerRun
from langgraph_dba.database.proofs.kit.reachable import conditions, relations_of, values_of_rows
from langgraph_dba.database.proofs.kit.routine_branches import BranchCounts
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.kit.tenant_rows import literal_tenants, load_tenants

MINE, THEIRS = 1, 2
Step = tuple[str, dict[str, Any]]
IGNORE_KEYS: Step = ("SET LOCAL session_replication_role = replica", {})
ENFORCE_KEYS: Step = ("SET LOCAL session_replication_role = origin", {})
# with a blank, so that no role has such a name
OWNER, SUPERUSER = "the owner", "the superuser"
_COUNTS = """
SELECT (SELECT count(*) FROM (SELECT place FROM probe_before EXCEPT SELECT place FROM ({rows}) r) AS gone),
       (SELECT count(*) FROM (SELECT place FROM ({rows}) r EXCEPT SELECT place FROM probe_before) AS new)
"""
_QUOTED = "SELECT pg_catalog.quote_ident(:name)"


class TenantDatabase:
    """A database with the rows of some tenants, and a connection in each role."""

    def __init__(self, stack: ExitStack, subject: Subject, sample: Sample, tenants: Sequence[int]) -> None:
        """Create the database, load the rows of these tenants and refresh the materialised views."""
        self._stack, self._scratch = stack, stack.enter_context(subject.scratch())
        logins: dict[str, Role] = {subject.schema.app_role: "app", OWNER: "owner", SUPERUSER: "superuser"}
        self._links: dict[str, Connection] = {name: self._connect(login) for name, login in logins.items()}
        # a setting that was set once is empty afterwards: only on these it never was
        self._fresh: dict[str, Connection] = {name: self._connect(login) for name, login in logins.items()}
        self.superuser = self._links[SUPERUSER]
        self.owner = str(self._links[OWNER].run("SELECT current_user").scalar)
        # policies restrict the owner of a table with FORCE, but not the superuser who deploys with the same statements
        self.superuser.run(subject.traits.sql_templates.own_definers)
        texts = conditions(self.superuser)
        if THEIRS in tenants:
            tenants = (*tenants, *literal_tenants(subject.schema, texts))
        application = str(
            self._links[subject.schema.app_role].run("SELECT pg_catalog.quote_ident(current_user)").scalar
        )
        reserve_keys(self.superuser, sample.schema, subject.traits)  # sets the counters of BranchCounts too, if later
        self._branches = BranchCounts(self.superuser) if THEIRS in tenants else None
        triggers = TriggerRun(self.superuser, sample, subject.traits, application)
        self.literal_rows = load_tenants(self.superuser, sample, subject.traits, texts, tenants)
        self.triggers_not_fired = triggers.fire(tenants, (*texts, *values_of_rows(self.superuser)))
        if THEIRS not in tenants:
            self._delete_parents(subject)
        for relation in relations_of(self.superuser, str(self.superuser.run("SELECT current_user").scalar)):
            if relation.is_stored:
                self.superuser.run(f"REFRESH MATERIALIZED VIEW {relation.sql}")

    def branches_not_taken(self) -> list[str]:
        """Return the conditions in routines whose branches no experiment has taken up to now."""
        return [] if self._branches is None else list(self._branches.not_taken())

    def _delete_parents(self, subject: Subject) -> None:
        """Delete the other tenant from the tables of other schemas that hold the tenants."""
        for table in subject.schema.tables:
            for key in table.outer_keys:
                if key.columns == (table.tenant_column,):
                    theirs = tenant_value(table.column(key.columns[0]).type, THEIRS)
                    (column,) = map(subject.names.of, key.target_columns)
                    value = literal(str(theirs), subject.traits)
                    self.superuser.run(f"DELETE FROM {key.target} WHERE {column} = {value}")

    def link(self, role: str, *, is_fresh: bool = False) -> Connection:
        """Return the connection of a role, of OWNER or of SUPERUSER; `is_fresh`: it never had a setting."""
        links = self._fresh if is_fresh else self._links
        if role not in links:
            links[role] = self._connect("superuser")
            links[role].run(f"SET SESSION AUTHORIZATION {self.superuser.run(_QUOTED, {'name': role}).scalar}")
        return links[role]

    def _connect(self, role: Role) -> Connection:
        return self._stack.enter_context(self._scratch.connect(role))

    def adds_rows(self, role: str, steps: Sequence[Step], table: str, condition: str) -> bool:
        """Return whether a table has more rows that satisfy a condition after a role ran some statements."""
        count: Step = (f"SELECT count(*) FROM {table} WHERE {condition}", {})
        before = int(self.superuser.run(*count).scalar)
        answer = self.superuser.attempt(self.as_role(role), *steps, ("SET LOCAL ROLE NONE", {}), count)
        return isinstance(answer, Rejected) or int(answer.scalar) > before

    def observed(self, role: str, sql: str, watched: Mapping[str, str]) -> tuple[Step, ...]:
        """Return the steps by which a superuser runs a statement in a role and counts rows that are gone, and new ones.

        `watched` has the condition on the rows of each table; a row that is changed is gone and new.
        """
        places = (
            f"SELECT tableoid::text || ctid::text AS place FROM {name} WHERE {of}" for name, of in watched.items()
        )
        rows = " UNION ALL ".join(places)
        before = f"CREATE TEMP TABLE probe_before AS {rows}"
        return (before, {}), self.as_role(role), (sql, {}), ("SET LOCAL ROLE NONE", {}), (_COUNTS.format(rows=rows), {})

    def without_keys(self, role: str, sql: str) -> tuple[Step, ...]:
        """Return the steps by which a superuser runs a statement in a role while foreign keys are not enforced."""
        return IGNORE_KEYS, self.as_role(role), (sql, {})

    def as_role(self, role: str) -> Step:
        """Return the step by which a superuser takes a role up to the end of the transaction."""
        name = self.link(role).run("SELECT pg_catalog.quote_ident(current_user)").scalar
        return f"SET LOCAL ROLE {name}", {}

"""No tenant reads or changes rows of another tenant, through anything that the application's role can reach.

Two databases are compared: one with the rows of two tenants, one with those of the first tenant alone. As the first
tenant, every table, partition, view and definer function must return the same rows in both; what differs comes from
the other tenant. The rows include one for each literal in a policy, a view or a function. Writes, TRUNCATE and foreign
keys are tried with each privilege that the role has, also by PUBLIC. The owner is isolated because of FORCE ROW LEVEL
SECURITY; the superuser and a plain view of the superuser are not: the evidence states the number of rows that they see.
Without a tenant setting no rows are visible, and the setting ends with its transaction, so that a pooled connection
does not pass it to the next user. Tables without a tenant column that the role can reach are named.

Rows whose tenant column is NULL may be read by every tenant if a policy says so, which the evidence states; a tenant
that can change or delete such rows, or add one that every tenant sees, refutes the claim. Another role may serve all
tenants if policies for it by name state that: without a condition, or with a comment (`COMMENT ON POLICY`), which roles
of visitors always need.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.model.catalogue_objects import LEFT_OUT
from langgraph_dba.database.proofs.kit.defect import Defect, TextEdit
from langgraph_dba.database.proofs.kit.definer_routines import (
    SETTING,
    DefinerProbe,
    definer_aggregates_of,
    definer_functions_of,
    rules_of,
    writers_of,
)
from langgraph_dba.database.proofs.kit.new_rows import NewRows
from langgraph_dba.database.proofs.kit.policy_probe import PolicyProbe
from langgraph_dba.database.proofs.kit.query_branches import QueryBranches
from langgraph_dba.database.proofs.kit.reachable import (
    Relation,
    grantees_of,
    notifiers_of,
    owners_views,
    relations_of,
)
from langgraph_dba.database.proofs.kit.role_rights import rights_of
from langgraph_dba.database.proofs.kit.rows_without_tenant import RowsWithoutTenant
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.kit.tenant_database import MINE, OWNER, THEIRS, TenantDatabase
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe
from langgraph_dba.database.proofs.kit.write_effects import WriteEffects
from langgraph_dba.database.reflection.tenants import TENANT_COLUMNS
from langgraph_dba.evidence import CheckResult

CLAIM = "the application and the owner read and change only rows of the current tenant, through every reachable object"
CAPABILITY = "Multi-Tenant Architecture: shared schema with row-level security"
NEEDS = ("row_level_security",)


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no tenants share tables."""
    has_policies = any(table.policies for table in subject.schema.tables)
    return "" if subject.schema.isolation or has_policies else "the schema has no tenants that share tables"


def run(subject: Subject) -> CheckResult:
    """Try every operation as the application and as the owner, on everything that each can reach."""
    isolation = subject.schema.isolation
    if isolation is None:
        names = ", ".join(policy.name for table in subject.schema.tables for policy in table.policies)
        reason = f"no policy compares a column by `=` with a setting of the session, so none can be exercised: {names}"
        return CheckResult((), "", untried=reason)
    if not any(table.tenant_column for table in subject.schema.tables):
        return CheckResult((), "", untried="no table of tenants could be filled")
    rights = rights_of(subject, isolation.role)
    sample = Sample(subject.schema)
    with ExitStack() as stack:
        both, alone = (TenantDatabase(stack, subject, sample, tenants) for tenants in ((MINE, THEIRS), (MINE,)))
        prober = TenantProbe(subject, isolation, sample, both, alone)
        application = _Role(isolation.role, prober, is_application=True)
        exempt = [role for role in subject.schema.roles if role.unrestricted_by and role.name != isolation.role]
        # its owner states by BYPASSRLS that a role serves all tenants
        skipped = {isolation.role, *(role.name for role in exempt)}
        others = [_Role(name, prober) for name in grantees_of(both.superuser) if name not in skipped]
        for role in (application, *others):
            role.prepare()
        failures = [*rights.failures(), *(one for role in (application, *others) for one in role.failures())]
        relations, functions = application.relations, application.functions
        owned = [r for r in relations if not r.is_view and (table := prober.table(r)) and table.is_tenant_owned]
        relations_of_owner = relations_of(both.superuser, both.owner)
        tables = [r for r in relations_of_owner if _binds_owner(subject, prober, r)]
        failures += _owner_failures(prober, tables)
        failures += [failure for relation in owned[-1:] for failure in prober.setting_ends(relation)]
        not_tried = [*both.triggers_not_fired, *prober.untried, *both.branches_not_taken()]
        not_tried += [line for role in (application, *others) for line in role.untried()]
        visible = prober.visible_to_superuser(owned)
    free = [r.name for r in relations_of_owner if prober.tenant_column(r) and r not in tables and not r.is_view]
    shared = [_described(r) for r in relations if not r.is_view and prober.is_shared(r)]
    stated = ", ".join(f"{role} sees {count} foreign rows" for role, count in visible.items())
    stated += f", the owner of {', '.join(free)} sees all rows (no FORCE)" if free else ""
    unbound = [f"{role.name} sees all rows ({', '.join(role.unrestricted_by)})" for role in exempt]
    stated += "".join(f", {line}" for line in (*(one for r in (application, *others) for one in r.stated()), *unbound))
    reach = f"{len(relations)} relations and {len(functions)} definer functions"
    summary = (
        f"{prober.attempts} attempts on {reach}, no foreign row; "
        f"without tenant column: {', '.join(shared) or 'none'}; not isolated, as stated: {stated}"
    )
    numbers = {
        "attempts": prober.attempts,
        "tables of tenants": len(owned),
        "rows for literals of policies, views and functions": both.literal_rows,
        "without tenant column": shared,
        "foreign rows seen where no isolation is claimed": visible,
    }
    untried = rights.open() or ("" if relations else f"the role {isolation.role} has no privilege on anything")
    untried = untried or _left_open(subject, prober, not_tried)
    return CheckResult(tuple(dict.fromkeys(failures)), summary, numbers, tuple(prober.sql), untried=untried)


def _owner_failures(prober: TenantProbe, tables: Sequence[Relation]) -> list[str]:
    """Return what the owner of the tables, whom FORCE restricts, reads and changes of another tenant."""
    policies = PolicyProbe(prober, prober.both.owner)  # they may be for the application alone
    prober.denied |= {(OWNER, one.sql) for one in tables if policies.denies(one, prober.table(one))}
    new_rows, effects = NewRows(prober), WriteEffects(prober, OWNER)
    failures = [
        failure
        for relation in tables
        for failure in (*prober.relation(OWNER, relation), *new_rows.failures(OWNER, relation))
    ]
    return failures + [failure for relation in tables for failure in effects.failures(relation)]


def _left_open(subject: Subject, prober: TenantProbe, not_tried: Sequence[str]) -> str:
    """Return what was not tried, or ""."""
    if left_out := [one.name for one in subject.schema.lost if one.kind == LEFT_OUT]:
        return f"what this opens was not tried, because it was left out: {'; '.join(left_out)}"
    if not_tried:
        return f"not tried: {'; '.join(dict.fromkeys(not_tried))}"
    # each once: the role can reach a table that was left out, too
    empty = dict.fromkeys((*prober.without_foreign_rows, *_left_out(subject)))
    return f"no row of another tenant could be generated in {', '.join(empty)}" if empty else ""


_VERBS = {"select": "sees", "insert": "adds", "update": "changes", "delete": "deletes"}


class _Role:
    """What one role can reach, and the experiments on it."""

    def __init__(self, name: str, prober: TenantProbe, *, is_application: bool = False) -> None:
        self.name, self.prober, self.is_application = name, prober, is_application
        superuser = prober.both.superuser
        self.policies = PolicyProbe(prober, name)
        self.unowned, self.effects = RowsWithoutTenant(prober), WriteEffects(prober, name)
        reachable = relations_of(superuser, name)
        # policies for a role by name can state that this role serves all tenants
        self.free = [r for r in reachable if not is_application and self.policies.states_access(r)]
        self.relations = [r for r in reachable if r not in self.free]
        self.of_tenants = [r for r in self.relations if not r.is_view and not prober.is_shared(r)]
        if not is_application:  # of the application it is not expected that it sees no rows
            prober.denied |= {(name, r.sql) for r in self.of_tenants if self.policies.denies(r, prober.table(r))}
        self.functions = definer_functions_of(superuser, name)
        self.writers, self.notifiers = writers_of(superuser, name), notifiers_of(superuser)
        self.rules, self.aggregates = rules_of(superuser, name), definer_aggregates_of(superuser, name)
        self.views, self.queries = owners_views(superuser, name), QueryBranches(prober)

    def prepare(self) -> None:
        """Make the rows that the policies need, before anything is compared."""
        for relation in self.of_tenants:
            self.policies.prepare(relation)

    def failures(self) -> list[str]:
        """Try everything that the role can reach."""
        new_rows = NewRows(self.prober)
        found = [
            failure
            for relation in self.relations
            for failure in (*self.prober.relation(self.name, relation), *new_rows.failures(self.name, relation))
        ]
        found += [failure for relation in self.of_tenants for failure in self.policies.writes(relation)]
        found += [failure for relation in self.relations for failure in self.effects.failures(relation)]
        found += [failure for relation in self.of_tenants for failure in self.unowned.failures(self.name, relation)]
        views = (relation for relation in self.relations if relation.is_view)
        found += [failure for view in views for failure in self.unowned.of_view(self.name, view)]
        routines = DefinerProbe(self.prober, self.name)
        return found + [failure for one in self.functions for failure in routines.failures(one)]

    def untried(self) -> list[str]:
        """Return what may open rows and is not among the experiments."""
        shared = (r for r in self.relations if not r.is_view and self.prober.is_shared(r))
        unknown = (line for relation in shared for line in self._unknown(relation))
        own = self.prober.mine_setting
        settings = ((view, one) for view, text in self.views for one in dict.fromkeys(SETTING.findall(text)))
        return [
            *self.policies.untried,
            *unknown,
            *(line for relation in self.of_tenants for line in self._other_owner(relation)),
            *(f"{view}: its rows may depend on the setting {one}" for view, one in settings if one not in own),
            *(line for view, text in self.views for line in self.queries.not_shown(view, text)),
            *(f"what {one} changes with its owner's rights" for one in (*self.writers, *self.rules)),
            *self.aggregates,
        ]

    def stated(self) -> list[str]:
        """Return what policies open on purpose: all rows to this role by name, and rows without a tenant."""
        opened = ((relation.name, self.policies.stated_commands(relation)) for relation in self.free)
        verbs = ((name, " and ".join(_VERBS[one] for one in commands)) for name, commands in opened)
        lines = [
            f"{self.name} {does} rows of all tenants in {name} (as the policies for it state)" for name, does in verbs
        ]
        if self.is_application:
            lines += [f"every login of the database receives what {one} sends by NOTIFY" for one in self.notifiers]
        return lines + [f"{self.name} sees rows without a tenant in {name}" for name in self.unowned.shown]

    def _unknown(self, relation: Relation) -> Iterator[str]:
        """Yield why the rows of a table without the tenant column may still belong to tenants."""
        table = self.prober.table(relation)
        if table is None:
            return
        schema = self.prober.subject.schema
        named = [c for c in table.column_names if c in TENANT_COLUMNS]
        optional = [key for key in table.foreign_keys if not schema.is_shared(schema.table(key.target))]
        if self.policies.has_conditions(relation):
            yield f"{relation.name}: its policies compare no column of its own with {self.prober.isolation.setting}"
        elif named:
            yield f"{relation.name}: no policy compares its column {named[0]} with {self.prober.isolation.setting}"
        elif optional:
            columns = ", ".join(optional[0].columns)
            yield f"{relation.name}: its rows may belong to tenants: {columns} may refer to {optional[0].target}"

    def _other_owner(self, relation: Relation) -> Iterator[str]:
        """Yield the column by which rows may belong to another tenant than the one that their policies compare."""
        table = self.prober.table(relation)
        if table is None or table.tenant_column is None or table.name == self.prober.isolation.table:
            return
        compared, main = table.tenant_column, self.prober.isolation.column
        targets = {key.columns[0]: key.target for key in table.foreign_keys if len(key.columns) == 1}
        for column in table.column_names:
            is_main = column == main and column not in table.primary_key
            is_named = column in TENANT_COLUMNS and (
                table.primary_key == (compared,) or targets.get(column, "") == targets.get(compared)
            )
            if column != compared and compared not in TENANT_COLUMNS and (is_main or is_named):
                yield f"{relation.name}: its policies compare {compared}, and whose its rows are may say {column}"


def _left_out(subject: Subject) -> list[str]:
    """Return the tables of tenants, or with policies, that could not be filled: nothing was tried on them."""
    declared = (subject.declared or subject.schema).tables
    return [
        table.name for table in declared if table.name in subject.left_out and (table.tenant_column or table.policies)
    ]


def _binds_owner(subject: Subject, prober: TenantProbe, relation: Relation) -> bool:
    """Return whether the owner of a table must be isolated too: by design, or because an existing table has FORCE."""
    # a view of its own shows the owner what it selects, and an existing table without FORCE promises it nothing
    table = prober.table(relation)
    is_forced = table is not None and table.row_security == "forced"
    return not relation.is_view and bool(prober.tenant_column(relation)) and (subject.is_designed or is_forced)


def _described(relation: Relation) -> str:
    return f"{relation.name} ({', '.join(sorted(relation.privileges))})"


def _without(pattern: str) -> TextEdit:
    return lambda text: re.sub(pattern, "", text, flags=re.DOTALL)


def _writes_unchecked(text: str) -> str:
    policy = r"(CREATE POLICY tasks_tenant.*?)WITH CHECK \(tenant_id.*?bigint\);"
    return re.sub(policy, r"\1WITH CHECK (true);", text, flags=re.DOTALL)


def _first_tenant(text: str) -> str:
    setting = "NULLIF(current_setting('app.tenant_id', true), '')"
    return text.replace(setting, f"COALESCE({setting}, '1')")


def _with(statements: str) -> TextEdit:
    return lambda text: text + statements


def _opening_policy(text: str) -> str:
    """Show the tasks with one title to every tenant; no row of the sample has it."""
    return re.sub(r"(CREATE POLICY tasks_tenant.*?USING \()", r"\1title = 'void' OR ", text, flags=re.DOTALL)


_NOTES = """
CREATE TABLE notes (
  id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenants (id), body TEXT NOT NULL DEFAULT 'x'
);
"""
_EVERY_TASK = """
CREATE FUNCTION every_task() RETURNS SETOF tasks LANGUAGE sql SECURITY DEFINER SET search_path = public
AS 'SELECT * FROM tasks';
"""
DEFECTS = (
    Defect("the tenant policy is missing", "reads a row of another", up=_without(r"CREATE POLICY tasks_tenant.*?;")),
    Defect("the permissive policy is missing", "sees 0 of its own", up=_without(r"CREATE POLICY tasks_access.*?;")),
    Defect("FORCE is missing", "owner, as tenant 1, reads", up=_without(r"ALTER TABLE tasks FORCE[^;]*;")),
    Defect("row-level security is off", "reads a row", up=_without(r"ALTER TABLE users ENABLE[^;]*;")),
    Defect("writes are not checked", "adds a row for", up=_writes_unchecked),
    Defect("without a setting the first tenant applies", "with no tenant set, sees", up=_first_tenant),
    Defect(
        "an undeclared table of tenants has no policy",
        "reads a row of another tenant from notes",
        up=_with(_NOTES + "GRANT SELECT ON notes TO app_user;"),
    ),
    Defect(
        "columns of a table without policy are granted to PUBLIC",
        "another tenant from notes",
        up=_with(_NOTES + "GRANT SELECT (body, tenant_id) ON notes TO PUBLIC;"),
    ),
    Defect(
        "a policy opens rows with one value to every tenant",
        "reads a row of another tenant from tasks",
        up=_opening_policy,
    ),
    Defect(
        "a view reads with its owner's rights",
        "another tenant from busy",
        up=_with("CREATE VIEW busy AS SELECT title FROM tasks; GRANT SELECT ON busy TO app_user;"),
    ),
    Defect(
        "a view counts the rows of all tenants",
        "sees other rows of totals",
        up=_with("CREATE VIEW totals AS SELECT count(*) AS n FROM tasks; GRANT SELECT ON totals TO app_user;"),
    ),
    Defect(
        "a materialised view holds the rows of all tenants",
        "another tenant from m",
        up=_with("CREATE MATERIALIZED VIEW m AS SELECT * FROM tasks; GRANT SELECT ON m TO app_user;"),
    ),
    Defect(
        "a function returns rows with its owner's rights", "another tenant from every_task()", up=_with(_EVERY_TASK)
    ),
    Defect(
        "a view can be written with its owner's rights",
        "editable",
        up=_with("CREATE VIEW editable AS SELECT title FROM tasks; GRANT SELECT, UPDATE ON editable TO app_user;"),
    ),
    Defect("the application may TRUNCATE", "may TRUNCATE tasks", up=_with("GRANT TRUNCATE ON tasks TO app_user;")),
    Defect("everything is granted to PUBLIC", "may TRUNCATE tasks", up=_with("GRANT ALL ON tasks TO PUBLIC;")),
)

"""Experiments of a tenant on everything that a role can reach, with and without the rows of another tenant."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langgraph_dba.database.data.sample import Sample, tenant_value, to_engine_row
from langgraph_dba.database.ddl.type_mapping import literal
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Isolation, Table
from langgraph_dba.database.proofs.kit.fresh_values import FreshValues
from langgraph_dba.database.proofs.kit.partition_rows import fill_partitions
from langgraph_dba.database.proofs.kit.reachable import Relation, tables_under
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.kit.tenant_database import (
    ENFORCE_KEYS,
    IGNORE_KEYS,
    MINE,
    OWNER,
    THEIRS,
    Step,
    TenantDatabase,
)

_Rows = Counter[tuple[str, ...]]
_BEYOND = 900  # after the rows of the sample and those for literals, so that no key is used twice


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _step(settings: Mapping[str, str]) -> Step:
    """Return the statement that makes settings for a transaction."""
    calls = ", ".join(f"set_config(:name{n}, :value{n}, true)" for n in range(len(settings)))
    names = {f"name{n}": name for n, name in enumerate(settings)}
    return f"SELECT {calls}", names | {f"value{n}": value for n, value in enumerate(settings.values())}


class TenantProbe:
    """Experiments on two databases: `both` has the rows of two tenants, `alone` those of the first."""

    def __init__(
        self, subject: Subject, isolation: Isolation, sample: Sample, both: TenantDatabase, alone: TenantDatabase
    ) -> None:
        """Store the databases; `attempts` counts the statements, `untried` lists what could not be tried."""
        self.subject, self.isolation, self.sample, self.both, self.alone = subject, isolation, sample, both, alone
        self.names = subject.names
        self.tables = {table.sql_name: table for table in subject.schema.tables}
        # the name by which objects that are no tables of the schema have the tenant: `id` alone would say nothing there
        own = isolation.column
        is_common = any(one.tenant_column == own and not one.is_keyed_by_tenant for one in self.tables.values())
        self.common_column = own if is_common else ""
        self.attempts = 0
        self.without_foreign_rows: list[str] = []
        self.sql: dict[str, None] = {}
        self.untried: list[str] = []
        self._follows: dict[tuple[str, ...], bool] = {}
        self.denied: set[tuple[str, str]] = set()  # role and relation: no policy lets the role read it
        owned = next(table for table in subject.schema.tables if table.tenant_column)
        type_ = owned.column(owned.tenant_column or "").type
        mine, theirs = (str(tenant_value(type_, tenant)) for tenant in (MINE, THEIRS))
        # in quotes for every type: the engine reads the literal as a value of the column's type
        self.mine, self.theirs = (literal(tenant, subject.traits) for tenant in (mine, theirs))
        tenants = {one.sql_name: one.tenant_column for one in subject.schema.tables if one.tenant_column}
        tenants[""] = self.common_column
        if self.common_column:
            fill_partitions(both.superuser, self.names.of(self.common_column), self.theirs)
        self.fresh = FreshValues(both.superuser, alone.superuser, tenants, self.mine, self.names)
        self.mine_setting = subject.schema.tenant_setting(mine)
        self.setting, self.their_setting = map(_step, (self.mine_setting, subject.schema.tenant_setting(theirs)))

    def follows(self, expression: str, *before: Step) -> bool:
        """Return whether an expression has another value for another tenant, as `current_tenant()` has."""
        key = (expression, *(sql for sql, _ in before))
        if key not in self._follows:
            settings = (self.setting, self.their_setting, self.setting)
            steps = [(*before, one, (f"SELECT {expression}", {})) for one in settings]
            mine, theirs, again = (self.both.superuser.attempt(*one) for one in steps)
            answers = [None if isinstance(one, Rejected) else one.rows for one in (mine, theirs, again)]
            self._follows[key] = answers[0] == answers[2] != answers[1] and None not in answers
        return self._follows[key]

    def table(self, relation: Relation) -> Table | None:
        """Return the table of the schema behind a relation; None for views, partitions and other namespaces."""
        return None if relation.is_view else self.table_named(relation.namespace, relation.name)

    def table_named(self, namespace: str, name: str) -> Table | None:
        """Return the table of the schema with that name in the catalogue, or None."""
        return self.tables.get(name) if namespace == (self.subject.schema.namespace or "public") else None

    def qualified_name(self, table: Table) -> str:
        """Return the quoted name of a table with its schema."""
        return f"{self.names.of(self.subject.schema.namespace or 'public')}.{self.names.table(table)}"

    def is_shared(self, relation: Relation) -> bool:
        """Return whether all tenants share the rows of a table; False for views."""
        if table := self.table(relation):
            return self.subject.schema.is_shared(table)
        return not relation.is_view and self.tenant_column(relation) is None

    def tenant_column(self, relation: Relation) -> str | None:
        """Return the quoted column with the tenant of a row, or None."""
        if table := self.table(relation):
            return self.names.column(table, table.tenant_column) if table.tenant_column else None
        # a partition, a view, or a table that the schema lacks
        return self.names.of(self.common_column) if self.common_column in relation.readable else None

    def row_without_tenant(self, table: Table) -> Step:
        """Return the insertion of a row whose tenant column is NULL."""
        row = self.sample.row(table, MINE, self.sample.count(table.name) + _BEYOND)
        row |= dict.fromkeys(table.tenant_columns)
        values = dict(zip(table.column_names, to_engine_row(row, table, self.subject.traits), strict=True))
        return self.names.insertion(table, table.column_names), values

    def relation(self, role: str, relation: Relation) -> Iterator[str]:
        """Yield the failures of reading and changing one relation with each privilege of a role."""
        tenant = self.tenant_column(relation)
        if "select" in relation.privileges:
            yield from self._reads(role, relation, tenant)
        # as the owner only what FORCE promises: it may always TRUNCATE or drop its tables
        if role != OWNER and "truncate" in relation.privileges and tenant:
            yield from self._truncates(role, relation)
        if role != OWNER and "references" in relation.privileges and tenant:
            yield from self._refers(role, relation)
        if tenant:
            yield from self._changes(role, relation, tenant)
            yield from self._returned(role, relation, tenant)
        elif not self.is_shared(relation):
            yield from self._changes_unfiltered(role, relation)

    def _reads(self, role: str, relation: Relation, tenant: str | None) -> Iterator[str]:
        sql = f"SELECT {', '.join(map(self.names.of, relation.readable)) or 'count(*)'} FROM {relation.sql}"
        self.note(sql)
        mine, without = (self.rows(database.link(role), sql) for database in (self.both, self.alone))
        if isinstance(mine, Rejected) or isinstance(without, Rejected):
            yield from self.refused(f"{role}, as tenant {MINE},", relation.name, mine, without)
            if isinstance(mine, Rejected) and not relation.is_view:
                # the role has the privilege: what the policies call refuses it, so that nothing was read
                self.untried.append(f"{relation.name}: {role} cannot read it ({mine})")
            return
        if tenant and not relation.is_view:
            foreign = f"SELECT count(*) FROM {relation.sql} WHERE {tenant} <> {self.mine}"
            if not self._count(self.both.superuser, foreign):
                self.without_foreign_rows.append(relation.name)
        if relation.is_view and not self._has_foreign_rows(relation, sql):
            self.without_foreign_rows.append(relation.name)
        if mine != without:
            columns = [column for column in relation.readable if column not in self.fresh.columns(relation)]
            stable = (self.fresh.without(relation, rows) for rows in (mine, without))
            yield from self.foreign(role, columns, relation.name, *stable)
        if tenant and not relation.is_view:
            yield from self._hides(role, relation, tenant, mine.total())
            if not self.fresh.differ(relation, mine, without):  # else it sees both tenants in any case
                yield from self._keeps(role, relation, sql, mine)
        yield from self._reads_without_setting(role, relation, sql, is_of_tenants=bool(tenant) and not relation.is_view)

    def _reads_without_setting(self, role: str, relation: Relation, sql: str, *, is_of_tenants: bool) -> Iterator[str]:
        """Yield a failure if rows of tenants are seen while no tenant is set: never, and not any more."""
        for is_fresh in (False, True):
            links = (one.link(role, is_fresh=is_fresh) for one in (self.both, self.alone))
            unset, alone = (self.rows(link, sql, with_tenant=False) for link in links)
            if isinstance(unset, Rejected):
                continue
            if is_of_tenants:
                if unset.total():
                    yield f"{role}, with no tenant set, sees {unset.total()} rows of {relation.name}"
            elif isinstance(alone, Rejected) or self.fresh.without(relation, unset) != self.fresh.without(
                relation, alone
            ):
                yield f"{role}, with no tenant set, sees rows of tenants in {relation.name}"

    def _hides(self, role: str, relation: Relation, tenant: str, seen: int) -> Iterator[str]:
        """Yield a failure if a design hides own rows; an existing policy may, but then all hidden rows show nothing."""
        own = self._count(self.both.superuser, f"SELECT count(*) FROM {relation.sql} WHERE {tenant} = {self.mine}")
        is_denied = (role, relation.sql) in self.denied
        if seen < own and self.subject.is_designed and not is_denied:  # a policy that hides all rows would isolate too
            yield f"{role}, as tenant {MINE}, sees {seen} of its own {own} rows of {relation.name}"
        elif own and not seen and not is_denied:
            self.untried.append(f"{relation.name}: {role} sees none of its own {own} rows")

    def _keeps(self, role: str, relation: Relation, sql: str, mine: _Rows) -> Iterator[str]:
        """Yield a failure if a prepared statement shows the next tenant the same rows, as by an IMMUTABLE function."""
        if not mine or not relation.readable:
            return
        self.attempts += 1
        run: Step = ("EXECUTE prepared_probe", {})
        # in one transaction: the driver forgets prepared statements when one is rolled back
        steps: tuple[Step, ...] = ((f"PREPARE prepared_probe AS {sql}", {}), self.setting, run, self.their_setting, run)
        theirs = self.both.link(role).attempt(*steps)
        if not isinstance(theirs, Rejected) and Counter(tuple(map(_text, row)) for row in theirs.rows) == mine:
            which = f"the rows of tenant {MINE} in {relation.name}"
            yield f"{role}, as tenant {THEIRS}, reads {which} by a statement that was prepared before"

    def _has_foreign_rows(self, view: Relation, sql: str) -> bool:
        """Return whether a view shows a superuser rows of another tenant, or reads no table of tenants."""
        tables = tables_under(self.both.superuser, view.sql)
        if not any(self._is_of_tenants(*table) for table in tables):
            return True
        for settings in ((), (self.setting,), (self.their_setting,)):
            answers = (one.superuser.attempt(*settings, (sql, {})) for one in (self.both, self.alone))
            both, alone = (None if isinstance(one, Rejected) else Counter(map(str, one.rows)) for one in answers)
            if both != alone:
                return True
        return False

    def _is_of_tenants(self, namespace: str, name: str) -> bool:
        schema = self.subject.schema
        table = self.table_named(namespace, name)
        return table is not None and not schema.is_shared(table)

    def refused(self, who: str, name: str, *answers: "_Rows | Rejected") -> Iterator[str]:
        """Yield a failure if only the rows of the other tenant decide whether a statement is refused."""
        refusals = [answer for answer in answers if isinstance(answer, Rejected)]
        if len(refusals) < len(answers):
            yield f"{who} learns of rows of another tenant by {name}: {refusals[0]}"
        elif refusals[0].kind != "permission":
            self.untried.append(f"{name}: {refusals[0]}")

    def foreign(self, role: str, columns: Sequence[str], name: str, mine: _Rows, without: _Rows) -> Iterator[str]:
        """Yield a failure if rows are seen only because another tenant has rows."""
        added, lost = mine - without, without - mine
        if added and not lost:
            values = next(iter(added))
            named = ", ".join(f"{n}={v}" for n, v in zip(columns, values, strict=False))
            row = named or f"({', '.join(map(repr, values))})"  # the columns of a function have no names here
            yield f"{role}, as tenant {MINE}, reads a row of another tenant from {name}: {row}"
        elif added or lost:
            yield f"{role}, as tenant {MINE}, sees other rows of {name} if another tenant has rows"

    def _changes(self, role: str, relation: Relation, tenant: str) -> Iterator[str]:
        theirs = f"{tenant} = {self.theirs}"
        statements = {}
        if "update" in relation.privileges and relation.changeable:
            column = self.names.of(relation.changeable[0])
            statements["changes"] = f"UPDATE {relation.sql} SET {column} = {column} WHERE {theirs}"
        if "delete" in relation.privileges:
            statements["deletes"] = f"DELETE FROM {relation.sql} WHERE {theirs}"
        for verb, sql in statements.items():
            answer = self.attempt(role, sql, {})
            if not isinstance(answer, Rejected) and answer > 0:
                yield f"{role}, as tenant {MINE}, {verb} {answer} rows of tenant {THEIRS} in {relation.name}"
            elif isinstance(answer, Rejected) and answer.kind in ("foreign-key", "check", "unique"):
                where = f"rows of tenant {THEIRS} in {relation.name}"
                yield f"{role}, as tenant {MINE}, {verb} {where} unless another constraint refuses it"

    def _returned(self, role: str, relation: Relation, tenant: str) -> Iterator[str]:
        """Yield a failure if a change of own rows returns what depends on another tenant, as by a trigger."""
        if "update" not in relation.privileges or not relation.changeable or not relation.readable:
            return
        column, listed = self.names.of(relation.changeable[0]), ", ".join(map(self.names.of, relation.readable))
        sql = f"UPDATE {relation.sql} SET {column} = {column} WHERE {tenant} = {self.mine} RETURNING {listed}"
        self.note(sql)
        mine, without = (self.rows(database.link(role), sql) for database in (self.both, self.alone))
        if isinstance(mine, Rejected) or isinstance(without, Rejected):
            return  # a rule of the table refuses the change: `_reads` has compared the rows
        if self.fresh.differ(relation, mine, without) and not self.is_volatile(role, sql):
            change = f"a change of {relation.name}"
            yield f"{role}, as tenant {MINE}, gets other rows back from {change} if another tenant has rows"

    def is_volatile(self, role: str, sql: str) -> bool:
        """Return whether a statement returns other rows each time, such as the time of the change."""
        return self.rows(self.both.link(role), sql) != self.rows(self.both.link(role), sql)

    def _changes_unfiltered(self, role: str, relation: Relation) -> Iterator[str]:
        """Yield a failure if a write without a condition affects more rows because of another tenant."""
        statements = []
        if "update" in relation.privileges and relation.changeable:
            column = self.names.of(relation.changeable[0])
            statements.append(f"UPDATE {relation.sql} SET {column} = {column}")
        if "delete" in relation.privileges:
            statements.append(f"DELETE FROM {relation.sql}")
        for sql in statements:
            self.note(sql)
            answers = [self._changed(database.link(role), (sql, {})) for database in (self.both, self.alone)]
            if all(isinstance(one, Rejected) and one.kind == "foreign-key" for one in answers):
                # the keys refuse it in any case: what the policies would allow shows without them
                answers = [
                    self._changed(one.superuser, *one.without_keys(role, sql)) for one in (self.both, self.alone)
                ]
            if isinstance(answers[0], int) or isinstance(answers[1], int):
                if answers[0] != answers[1]:
                    yield f"{role}, as tenant {MINE}, changes rows of another tenant by {sql}"
            elif answers[0].kind != "permission":
                self.untried.append(f"{sql}: {answers[0]}")

    def _changed(self, connection: Connection, *steps: Step) -> int | Rejected:
        self.attempts += 1
        answer = connection.attempt(self.setting, *steps)
        return answer if isinstance(answer, Rejected) else answer.affected_rows

    def _truncates(self, role: str, relation: Relation) -> Iterator[str]:
        answer = self.attempt(role, f"TRUNCATE {relation.sql}", {})
        # refused because a foreign key refers to the table: with CASCADE, or without that key, it would run
        if not isinstance(answer, Rejected) or answer.kind != "permission":
            name = relation.name
            yield f"{role} may TRUNCATE {name}: that deletes the rows of all tenants, and no policy restricts it"

    def _refers(self, role: str, relation: Relation) -> Iterator[str]:
        table = self.table(relation)
        if table is None or not table.primary_key:
            return
        keys = self.names.columns(table, table.primary_key)
        probe = "public.reference_probe"
        steps: tuple[tuple[str, dict[str, Any]], ...] = (
            (f"CREATE TABLE {probe} AS SELECT {keys} FROM {relation.sql} WHERE false", {}),
            (f"ALTER TABLE {probe} ADD FOREIGN KEY ({keys}) REFERENCES {relation.sql} ({keys})", {}),
        )
        self.attempts += 1
        if not isinstance(self.both.link(role).attempt(self.setting, *steps), Rejected):
            yield f"{role} may create a foreign key to {relation.name}: by it, the keys of all tenants can be tested"

    def setting_ends(self, relation: Relation) -> Iterator[str]:
        """Yield a failure if the tenant setting is still active on the connection after its transaction."""
        with self.both.link(self.isolation.role).transaction(self.mine_setting):
            pass
        answer = self.rows(self.both.link(self.isolation.role), f"SELECT 1 FROM {relation.sql}", with_tenant=False)
        if not isinstance(answer, Rejected) and answer.total():
            yield f"a pooled connection still sees {answer.total()} rows of {relation.name} after its transaction"

    def visible_to_superuser(self, relations: Sequence[Relation]) -> Mapping[str, int]:
        """Return how many foreign rows those see of whom no isolation is claimed."""
        superuser = self.both.superuser
        seen = {"superuser": 0, "superuser's plain view": 0}
        for relation in relations:
            foreign = f"SELECT count(*) FROM {{}} WHERE {self.tenant_column(relation)} <> {self.mine}"
            seen["superuser"] += self._count(superuser, foreign.format(relation.sql))
            # without security_invoker a view reads with the rights of its owner, who is exempt from policies here
            view = self.names.of(f"{relation.name[:40]}_superuser_view")
            superuser.run(f"CREATE VIEW {view} AS SELECT * FROM {relation.sql}")
            superuser.run(f"GRANT SELECT ON {view} TO {self.names.of(self.isolation.role)}")
            with self.both.link(self.isolation.role).transaction(self.mine_setting):
                seen["superuser's plain view"] += self._count(self.both.link(self.isolation.role), foreign.format(view))
        return seen

    def rows(self, connection: Connection, sql: str, *, with_tenant: bool = True) -> "_Rows | Rejected":
        self.attempts += 1
        answer = connection.attempt(*((self.setting,) if with_tenant else ()), (sql, {}))
        return answer if isinstance(answer, Rejected) else Counter(tuple(map(_text, row)) for row in answer.rows)

    def rows_of_other(self, role: str, sql: str, *, alone: bool = False) -> "_Rows | Rejected":
        """Return what the other tenant gets in a role; `alone`: as if the own tenant had no rows."""
        tables = [table for table in self.tables.values() if table.tenant_column] if alone else []
        deletions = (
            f"DELETE FROM {self.names.table(one)} WHERE {self.names.column(one, one.tenant_column or '')} = {self.mine}"
            for one in tables
        )
        before: list[Step] = [IGNORE_KEYS, *((deletion, {}) for deletion in deletions), ENFORCE_KEYS]
        self.attempts += 1
        answer = self.both.superuser.attempt(*before, self.their_setting, self.both.as_role(role), (sql, {}))
        return answer if isinstance(answer, Rejected) else Counter(tuple(map(_text, row)) for row in answer.rows)

    def _count(self, connection: Connection, sql: str) -> int:
        return int(connection.run(sql).scalar)

    def attempt(self, role: str, sql: str, params: dict[str, Any]) -> int | Rejected:
        """Run a statement as a role and as the own tenant, undo it, and return how many rows it changed."""
        self.note(sql)
        # transaction-local, as an application with pooled connections must set it
        return self._changed(self.both.link(role), (sql, params))

    def note(self, sql: str) -> None:
        """Remember a statement for the evidence."""
        self.sql[sql] = None

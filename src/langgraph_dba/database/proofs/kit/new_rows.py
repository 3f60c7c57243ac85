"""Experiments with new rows: what a tenant adds, gives away, or refers to that belongs to another tenant."""

from collections.abc import Iterator

from langgraph_dba.database.data.sample import Row, tenant_value, to_engine_row
from langgraph_dba.database.engines import Rejected
from langgraph_dba.database.model.schema import Table
from langgraph_dba.database.proofs.kit.reachable import Relation
from langgraph_dba.database.proofs.kit.tenant_database import MINE, THEIRS
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe


class NewRows:
    """New rows of a role in the tables of tenants."""

    def __init__(self, probe: TenantProbe) -> None:
        """Use the databases of the probe, and list with it what could not be tried."""
        self._probe = probe

    def failures(self, role: str, relation: Relation) -> Iterator[str]:
        """Yield the rows of other tenants that a role adds to a table, and its own that refer to such rows."""
        table = self._probe.table(relation)
        if table is not None and table.tenant_column and "insert" in relation.privileges:
            yield from self._of_another_tenant(role, table)
            yield from self._crossing(role, table)

    def _of_another_tenant(self, role: str, table: Table) -> Iterator[str]:
        name, column = self._probe.names.table(table), self._probe.names.columns(table, table.tenant_columns)
        new = self._probe.sample.row(table, THEIRS, self._probe.sample.count(table.name))
        if table.tenant_column and self._probe.subject.schema.is_tenant_table(table):
            type_ = table.column(table.tenant_column).type
            # an unused number: the row must not violate the primary key
            new[table.tenant_column] = tenant_value(type_, THEIRS + 1000)
        row = dict(zip(table.column_names, to_engine_row(new, table, self._probe.subject.traits), strict=True))
        insert = self._probe.names.insertion(table, table.column_names)
        self._by_another_column(role, table, new, insert)
        # USING allows this update of an own row: only WITH CHECK refuses the new tenant
        transfer = f"UPDATE {name} SET {column} = {self._probe.theirs} WHERE {column} = {self._probe.mine}"
        # without a condition the policies for SELECT do not apply to the new row
        blind = f"UPDATE {name} SET {column} = {self._probe.theirs}"
        for verb, sql, params in (
            ("adds a row for", insert, row), ("gives a row to", transfer, {}), ("gives all rows to", blind, {}),
        ):  # fmt: skip
            answer = self._probe.attempt(role, sql, params)
            if not isinstance(answer, Rejected):
                # no policy for UPDATE may show the role a row, and a trigger may have given it the own tenant
                if answer and self._probe.both.adds_rows(
                    role, (self._probe.setting, (sql, params)), name, f"{column} <> {self._probe.mine}"
                ):
                    yield f"{role}, as tenant {MINE}, {verb} tenant {THEIRS} in {table.name}"
            elif sql == insert and answer.kind == "foreign-key" and self._is_given_back(role, table, insert):
                pass
            # refused by a key or a check: without that constraint the row would have been accepted
            elif answer.kind in ("unique", "foreign-key", "check", "not-null"):
                yield f"{role}, {verb} tenant {THEIRS} in {table.name} unless another constraint refuses it ({answer})"
            elif answer.kind == "type":  # such as a cast in a policy: another row may pass
                self._probe.untried.append(
                    f"{table.name}: whether {role} {verb} tenant {THEIRS} is not known ({answer})"
                )

    def _is_given_back(self, role: str, table: Table, insert: str) -> bool:
        """Return whether a new row of another tenant that refers to own rows becomes an own row: by a trigger."""
        new = self._probe.sample.row(table, MINE, self._probe.sample.count(table.name))
        theirs = self._probe.sample.row(table, THEIRS, 0)
        new |= {column: theirs[column] for column in table.tenant_columns}
        row = dict(zip(table.column_names, to_engine_row(new, table, self._probe.subject.traits), strict=True))
        foreign = f"{self._probe.names.columns(table, table.tenant_columns)} <> {self._probe.mine}"
        if self._probe.attempt(role, insert, row) != 1:
            return False
        name, steps = self._probe.names.table(table), (self._probe.setting, (insert, row))
        return not self._probe.both.adds_rows(role, steps, name, foreign)

    def _by_another_column(self, role: str, table: Table, new: Row, insert: str) -> None:
        """Note which rows of another tenant a role adds because another column has its own tenant, as the author."""
        schema = self._probe.subject.schema
        keys = (key for key in table.foreign_keys if schema.is_tenant_table(schema.table(key.target)))
        for column in (
            key.columns[0] for key in keys if len(key.columns) == 1 and key.columns[0] != table.tenant_column
        ):
            changed = new | {column: tenant_value(table.column(column).type, MINE)}
            values = to_engine_row(changed, table, self._probe.subject.traits)
            answer = self._probe.attempt(role, insert, dict(zip(table.column_names, values, strict=True)))
            if not isinstance(answer, Rejected) or answer.kind in ("unique", "foreign-key", "check", "not-null"):
                whose = f"rows of tenant {THEIRS} to {table.name} whose {column} is the own tenant"
                self._probe.untried.append(f"{role} adds {whose}: whether it may is not known")

    def _crossing(self, role: str, table: Table) -> Iterator[str]:
        """Yield a failure for each foreign key by which an own row refers to a row of another tenant.

        In a design, `relationships` tries this.
        """
        schema = self._probe.subject.schema
        for key in () if self._probe.subject.is_designed else table.foreign_keys:
            target = schema.table(key.target)
            if schema.is_shared(target) or schema.is_tenant_table(target) or set(key.columns) & {*table.tenant_columns}:
                continue
            row = self._probe.sample.row(table, MINE, self._probe.sample.count(table.name))
            theirs = self._probe.sample.row(target, THEIRS, 0)
            row |= {own: theirs[column] for own, column in zip(key.columns, key.target_columns, strict=True)}
            values = to_engine_row(row, table, self._probe.subject.traits)
            insert = self._probe.names.insertion(table, table.column_names)
            answer = self._probe.attempt(role, insert, dict(zip(table.column_names, values, strict=True)))
            if not isinstance(answer, Rejected):
                own = f"{role}, as tenant {MINE}, adds a row of {table.name}"
                yield f"{own} that refers to a row of tenant {THEIRS} in {target.name} ({key.name})"

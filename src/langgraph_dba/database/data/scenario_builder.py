"""One test scenario for each constraint of a schema.

The proofs run them, and the generated test suite contains them as code. Each needs a loaded `Sample`, violates (or
uses) exactly one constraint, and is rolled back.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from langgraph_dba.database.data.counterexamples import describe_check, violation_name, wrong_values
from langgraph_dba.database.data.keys_of_rows import Key, KeysOfRows
from langgraph_dba.database.data.rule_rows import breaks_check, is_frozen, overlap
from langgraph_dba.database.data.sample import Row, Sample
from langgraph_dba.database.data.scenarios import ExpectedCount, ExpectedRejection, Scenario, Step, room_for
from langgraph_dba.database.data.tenant_deletions import always_prevents, is_never_refused, moved
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.sqlalchemy_tables import delete_action
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import BusinessRule, FrozenRule, NoOverlapRule
from langgraph_dba.database.model.schema import Columns, Condition, ForeignKey, OuterKey, Schema, Table

REFUSES_SECOND = "_refuses_a_second_row"
_MISSING_ID = 987_654_321  # a surrogate key that no sample contains


def scenarios(schema: Schema, sample: Sample, traits: Traits) -> Iterator[Scenario]:
    """Yield the scenarios of every table, in a stable order; `sample` must be loaded in the database."""
    builder = ScenarioBuilder(schema, sample, traits)
    for table in schema.tables:
        # a unique combination of foreign keys can leave a table without rows
        if not sample.count(table.name):
            continue
        of_table = (builder.keys(table), builder.references(table), builder.required(table), builder.checks(table))
        room = room_for(table, schema, builder.names)
        for scenario in chain.from_iterable(of_table):
            # a key is tried with the row that is there, and deletes with it or with the row of another tenant
            is_new = scenario.topic != "delete" and not scenario.name.endswith(REFUSES_SECOND)
            steps = (*room, *scenario.steps) if is_new else scenario.steps
            yield replace(scenario, steps=steps, is_partitioned=bool(table.partitioned_by))


class ScenarioBuilder:
    """Statements about rows of one sample, and the scenarios of one table made of them."""

    def __init__(self, schema: Schema, sample: Sample, traits: Traits) -> None:
        self.schema, self.sample, self.traits = schema, sample, traits
        self.names = Names(traits)

    def insert(self, table: Table, row: Row) -> Step:
        return self.names.insertion(table, row), self._engine_values(table, row)

    def delete(self, table: Table, row: Row) -> Step:
        where, values = self._where_key(table, row)
        return f"DELETE FROM {self.names.table(table)} WHERE {where}", values

    def count(self, table: Table, row: Row, condition: str = "") -> Step:
        where, values = self._where_key(table, row)
        more = f" AND {condition}" if condition else ""
        return f"SELECT count(*) FROM {self.names.table(table)} WHERE {where}{more}", values

    def fresh(self, table: Table, *, tenant: int = 1, further: int = 0) -> Row:
        return self.sample.row(table, tenant, self.sample.count(table.name) + further)

    def _fresh_with(self, table: Table, changes: Row) -> Row:
        return self.sample.with_changes(table, 1, self.fresh(table), changes)

    def tenant(self, table: Table, row: Row) -> int:
        """Return the tenant that owns a row; a row of the table of tenants owns itself, if its key is a number."""
        own = row[table.tenant_column] if table.tenant_column and self.schema.is_tenant_table(table) else 1
        return own if isinstance(own, int) else 1

    def _where_key(self, table: Table, row: Row) -> tuple[str, dict[str, Any]]:
        key = {name: row[name] for name in table.row_key}
        return self.names.equal(table, key), self._engine_values(table, key)

    def _engine_values(self, table: Table, row: Row) -> dict[str, Any]:
        return {name: to_engine_value(value, table.column(name).type, self.traits) for name, value in row.items()}

    def _key_names(self, table: Table, columns: tuple[str, ...], name: str) -> tuple[str, ...]:
        if columns == table.primary_key and self.traits.primary_key_name:
            return (self.traits.primary_key_name,)
        return (name,) if self.traits.names_keys else (", ".join(_reported_name(table, column) for column in columns),)

    def keys(self, table: Table) -> Iterator[Scenario]:
        fresh = self.fresh(table)
        if table.row_key:
            yield Scenario(
                name=f"{table.name}_accepts_a_new_row",
                rule=table.name,
                table=table.name,
                topic="key",
                claim=f"{table.name} accepts another row that satisfies every constraint",
                steps=(self.insert(table, fresh), self.count(table, fresh)),
                expects=ExpectedCount(1),
            )
        loaded = self.sample.row(table, 1, 0)
        for name, columns in self._unique_sets(table):
            if name in self._replacing(table):
                continue
            row = self._second_row(table, columns)
            # NULLs do not violate a unique constraint
            if any(value is None for value in (row[column] for column in columns)):
                continue
            shared = KeysOfRows(table, (), self._loaded(table)).clashes(row)
            clash = tuple(
                alias
                for rule, others in self._unique_sets(table)
                # the row also violates a wider or narrower key over the same columns, and where rules demand it
                if set(others) >= set(columns) or set(others) <= set(columns) or Key(others) in shared
                for alias in self._key_names(table, others, rule)
            )
            yield Scenario(
                name=f"{name}{REFUSES_SECOND}",
                rule=name,
                table=table.name,
                topic="key",
                claim=f"no two rows of {table.name} share {_join_names(columns)}",
                steps=(self.insert(table, row),),
                expects=(
                    ExpectedRejection("trigger", ())
                    if self._is_kept(table, loaded) or self._overlaps(table, row)
                    else ExpectedRejection("unique", clash)
                ),
                tenant=self.tenant(table, row),
            )
        yield from self._same_value_in_two_tenants(table)

    def _loaded(self, table: Table) -> list[Row]:
        return [self.sample.row(table, 1, number) for number in range(self.sample.count(table.name))]

    def _second_row(self, table: Table, columns: Columns) -> Row:
        """Return a row with the values of the first one in some columns, and no other key of a loaded row if it can."""
        loaded, rules = self._loaded(table), self._rules(table)
        same = {column: loaded[0][column] for column in columns}

        def others(row: Row, key: Key) -> Iterator[Row]:
            for name in key.columns:
                for value in self.sample.values(table, 1, name) if name not in same else ():
                    other = self.sample.with_changes(table, 1, row, same | {name: value})
                    if other == other | same and not breaks_check(other, rules, table):
                        yield other

        return KeysOfRows(table, rules, loaded).apart(self._fresh_with(table, same), others)

    def _overlaps(self, table: Table, row: Row) -> bool:
        """Return whether a trigger refuses a row because its period overlaps that of a loaded one."""
        rules = [one for one in self._rules(table) if isinstance(one, NoOverlapRule)]
        pairs = ((rule, one) for rule in rules for one in self._loaded(table))
        return self.traits.one_writer and any(overlap(rule, one, row, table) for rule, one in pairs)

    def _is_kept(self, table: Table, row: Row) -> bool:
        """Return whether a trigger refuses every row with a key of this one, which REPLACE could delete unseen."""
        return self.traits.replaces_unseen and self._is_frozen(table, row)

    def _is_frozen(self, table: Table, row: Row) -> bool:
        """Return whether a rule forbids to delete a row: then no foreign key decides what its deletion does."""
        rules = (rule for rule in self.schema.rules if isinstance(rule, FrozenRule) and rule.table == table.name)
        return any(rule.forbids_delete and is_frozen(rule, row, table) for rule in rules)

    def _unique_sets(self, table: Table) -> list[tuple[str, tuple[str, ...]]]:
        primary = [(table.primary_key_name, table.primary_key)] if table.primary_key else []
        # the value of a generated column cannot be given: whether it is unique is tried by what it is computed from
        generated = {column.name for column in table.columns if column.generated}
        return [(name, columns) for name, columns in (*primary, *table.unique_sets) if generated.isdisjoint(columns)]

    def _replacing(self, table: Table) -> set[str]:
        """Return the keys that refuse no second row: by ON CONFLICT they replace the first or ignore the second."""
        modes = {table.primary_key_name: table.key_on_conflict, **{u.name: u.on_conflict for u in table.uniques}}
        return {name for name, mode in modes.items() if mode in ("ignore", "replace")}

    def _same_value_in_two_tenants(self, table: Table) -> Iterator[Scenario]:
        """Yield inserts of a unique value that another tenant uses: a rejection would disclose that it exists."""
        own = table.tenant_column
        if own is None or self.schema.is_tenant_table(table) or self.sample.tenants < 2:  # noqa: PLR2004
            return
        if not table.row_key:
            return
        # the tenant itself differs, also if no foreign key, or one to another schema, says whose row it is
        taken = table.referring_columns | {"id", own}
        for name, columns in table.unique_sets:
            free = [column for column in columns if column not in taken]
            # a foreign key in the constraint has different values in two tenants: then the row shows nothing
            if own not in columns or not free or len(free) + 1 < len(columns):
                continue
            row = self._fresh_with(table, {c: self.sample.row(table, 2, 0)[c] for c in free})
            yield Scenario(
                name=f"{name}_discloses_no_other_tenant",
                rule=name,
                table=table.name,
                topic="tenant",
                claim=f"two tenants may use the same {_join_names(free)} in {table.name}",
                steps=(self.insert(table, row), self.count(table, row)),
                expects=ExpectedCount(1),
            )

    def references(self, table: Table) -> Iterator[Scenario]:
        for key in table.foreign_keys:
            yield self._orphan(table, key)
            if table.tenant_column in key.columns and len(key.columns) > 1 and self.sample.tenants > 1:
                yield self._foreign_tenant(table, key)
            yield from self._deletion(table, key)

    def _foreign_key_names(self, table: Table, columns: Columns) -> tuple[str, ...]:
        """Return the foreign keys over any of the columns: the engine reports one of those that the row violates."""
        return (
            tuple(k.name for k in table.foreign_keys if set(columns) & set(k.columns)) if self.traits.names_keys else ()
        )

    def _orphan(self, table: Table, key: ForeignKey) -> Scenario:
        own = table.own_key_columns(key)
        target = self.schema.table(key.target)
        missing = dict(zip(key.columns, (self._missing_value(target, c) for c in key.target_columns), strict=True))
        row = self._fresh_with(table, {column: missing[column] for column in own})
        # a rule that compares the reference refuses the row first
        is_compared = breaks_check(row, self._rules(table), table)
        names = self._foreign_key_names(table, own)
        return Scenario(
            name=f"{key.name}_refuses_an_orphan",
            rule=key.name,
            table=table.name,
            topic="reference",
            claim=f"{table.name}.{_join_names(own)} refers to an existing row of {key.target}",
            steps=(self.insert(table, row),),
            expects=ExpectedRejection("check", ()) if is_compared else ExpectedRejection("foreign-key", names),
            # with row-level security the missing tenant must be the current one: otherwise the policy rejects the row
            # first
            tenant=_MISSING_ID if self._is_tenant_reference(table, key) else self.tenant(table, row),
        )

    def _rules(self, table: Table) -> list[BusinessRule]:
        return [rule for rule in self.schema.rules if getattr(rule, "table", "") == table.name]

    def _is_tenant_reference(self, table: Table, key: ForeignKey) -> bool:
        return table.is_tenant_key(key) and not self.schema.is_tenant_table(table)

    def _missing_value(self, target: Table, column: str) -> Any:
        if target.column(column).type.name in ("identity", "reference"):
            return _MISSING_ID
        return self.fresh(target, further=500)[column]

    def _foreign_tenant(self, table: Table, key: ForeignKey) -> Scenario:
        own = table.own_key_columns(key)
        other_row = self.sample.row(self.schema.table(key.target), 2, 0)
        foreign_values = {c: other_row[t] for c, t in zip(key.columns, key.target_columns, strict=True) if c in own}
        return Scenario(
            name=f"{key.name}_refuses_another_tenants_row",
            rule=key.name,
            table=table.name,
            topic="tenant",
            claim=f"{table.name}.{_join_names(own)} cannot refer to a {key.target} row that belongs to another tenant",
            steps=(self.insert(table, self._fresh_with(table, foreign_values)),),
            expects=ExpectedRejection("foreign-key", self._foreign_key_names(table, own)),
        )

    def _deletion(self, table: Table, key: ForeignKey) -> Iterator[Scenario]:
        target, own = self.schema.table(key.target), table.own_key_columns(key)
        action = delete_action(key, self.traits)
        # the statements need a condition that selects one row
        if not target.row_key or (action in ("cascade", "set-null") and not table.row_key):
            return
        if self.schema.is_tenant_table(target):
            yield from self._tenant_deletion(table, key)
            return
        parent = self.fresh(target)
        # with a self-reference, the parent is the first new row and the child the second
        child = self.fresh(table, further=int(target.name == table.name))
        values = {c: parent[t] for c, t in zip(key.columns, key.target_columns, strict=True) if c in own}
        child = self.sample.with_changes(table, 1, child, values)
        if breaks_check(child, self._rules(table), table):  # it would have to refer to more new rows
            return
        yield from self._deletion_of(table, key, own, parent, child)

    def _tenant_deletion(self, table: Table, key: ForeignKey) -> Iterator[Scenario]:
        """Yield the delete of a tenant; none if other foreign keys can decide what happens to the rows of `table`."""
        target = self.schema.table(key.target)
        step = self.delete(target, self.sample.row(target, 1, 0))
        # the loaded tenant is not its own parent
        if target.name != table.name and always_prevents(self.schema, table, key, self.traits):
            # many foreign keys refer to the tenant: which of them rejects the deletion depends on the engine
            yield self._delete_scenario(
                table, key, (step,), ExpectedRejection("foreign-key", ()), "prevents the deletion"
            )
            return
        parent = self.sample.row(target, self.sample.tenants + 1, 0)
        new = self.sample.row(table, self.sample.tenants + 2, 0) if target.name == table.name else self.fresh(table)
        values = {c: parent[t] for c, t in zip(key.columns, key.target_columns, strict=True)}
        if child := moved(table, new, key, values):
            yield from self._deletion_of(table, key, key.columns, parent, child)
        elif delete_action(key, self.traits) == "cascade" and is_never_refused(self.schema, key, self.traits):
            steps = (step, self.count(table, self.sample.row(table, 1, 0)))
            yield self._delete_scenario(table, key, steps, ExpectedCount(0), "is deleted too")

    def _deletion_of(self, table: Table, key: ForeignKey, own: Columns, parent: Row, child: Row) -> Iterator[Scenario]:
        """Yield the delete of a new row to which another new row refers."""
        target = self.schema.table(key.target)
        if self._is_frozen(target, parent):
            return
        inserts = (self.insert(target, parent), self.insert(table, child))
        yield from self.delete_effect(table, key, own, (*inserts, self.delete(target, parent)), child)

    def delete_effect(
        self, table: Table, key: ForeignKey | OuterKey, own: Columns, deletion: tuple[Step, ...], child: Row
    ) -> Iterator[Scenario]:
        """Yield what the delete action of a key does to `child` in the steps; nothing for SET DEFAULT."""
        owner = self.tenant(table, child)
        match delete_action(key, self.traits):
            case "restrict" | "no-action":
                names = (key.name,) if self.traits.names_keys else ()
                yield self._delete_scenario(
                    table, key, deletion, ExpectedRejection("foreign-key", names), "prevents the deletion", tenant=owner
                )
            case "cascade":
                steps = (*deletion, self.count(table, child))
                yield self._delete_scenario(table, key, steps, ExpectedCount(0), "is deleted too", tenant=owner)
            case "set-null":
                is_null = " AND ".join(f"{self.names.column(table, column)} IS NULL" for column in own)
                steps = (*deletion, self.count(table, child, is_null))
                yield self._delete_scenario(
                    table, key, steps, ExpectedCount(1), f"remains, with {_join_names(own)} set to NULL", tenant=owner
                )

    def _delete_scenario(
        self,
        table: Table,
        key: ForeignKey | OuterKey,
        steps: tuple[Step, ...],
        expects: ExpectedRejection | ExpectedCount,
        fate: str,
        *,
        tenant: int = 1,
    ) -> Scenario:
        return Scenario(
            name=f"{key.name}_on_delete",
            rule=key.name,
            table=table.name,
            topic="delete",
            claim=f"when a row of {key.target} is deleted, a row of {table.name} that refers to it {fate}",
            steps=steps,
            expects=expects,
            tenant=tenant,
        )

    def required(self, table: Table) -> Iterator[Scenario]:
        for column in table.columns:
            # a trigger fills a copy, whatever is written
            if column.nullable or column.generated or column.type.name == "identity" or column.name in table.copies:
                continue
            yield Scenario(
                name=f"{table.name}_{column.name}_is_required",
                rule=f"{table.name}.{column.name}",
                table=table.name,
                topic="required",
                claim=f"{table.name}.{column.name} is never NULL",
                steps=(self.insert(table, self.fresh(table) | {column.name: None}),),
                violations=self._nulls(table, column.name),
                expects=ExpectedRejection("not-null", (_reported_name(table, column.name),)),
                tenant=self.tenant(table, self.fresh(table)),
            )

    def _nulls(self, table: Table, column: str) -> Step:
        return f"SELECT count(*) FROM {self.names.table(table)} WHERE {self.names.column(table, column)} IS NULL", {}

    def checks(self, table: Table) -> Iterator[Scenario]:
        for check in table.meanings:
            for number, wrong in enumerate(wrong_values(check, self.fresh(table), table)):
                if not table.copies.keys().isdisjoint(wrong):
                    continue  # a trigger fills a copy, whatever is written
                yield Scenario(
                    name=f"{check.name}_refuses_{'' if number == 0 else 'also_'}{violation_name(check, number)}",
                    rule=check.name,
                    table=table.name,
                    topic="check",
                    claim=describe_check(check, table),
                    steps=(self.insert(table, self.fresh(table) | wrong),),
                    expects=ExpectedRejection(
                        "check", (check.name,), _other_checks(table, check.name, wrong), is_list=check.kind == "choice"
                    ),
                    tenant=self.tenant(table, self.fresh(table)),
                )


def _reported_name(table: Table, column: str) -> str:
    """Return the name of a column as SQLite reports it when it rejects a row."""
    return f"{table.sql_name}.{table.column(column).sql_name}"


def _other_checks(table: Table, name: str, wrong: Row) -> tuple[str, ...]:
    """Return the checks that do not refuse the wrong values: a condition over these columns may do so first."""
    return tuple(
        check.name
        for check in table.checks
        if check.name != name and not (isinstance(check, Condition) and wrong.keys() & set(check.columns))
    )


def _join_names(columns: tuple[str, ...] | list[str]) -> str:
    return " and ".join(columns)

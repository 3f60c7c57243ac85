"""One small experiment for each rule of a schema: statements, and what the engine must answer.

The proofs run them, and the generated test suite spells them out. Each stands on a loaded `Sample`, breaks (or uses)
exactly one rule, and leaves nothing behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from langgraph_dba.database.data.counterexamples import offence, sense, wrong_values
from langgraph_dba.database.data.sample import Row, Sample
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.sqlalchemy_tables import delete_action
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.schema import Columns, ForeignKey, Schema, Table

Topic = Literal["key", "reference", "tenant", "delete", "required", "check"]
Step = tuple[str, dict[str, Any]]
_NOBODY = 987_654_321  # a surrogate key no sample reaches


@dataclass(frozen=True, slots=True)
class Refused:
    """The last statement must be refused, for this kind of rule; `named` is what the engine may call it."""

    kind: Literal["unique", "foreign-key", "not-null", "check", "permission"]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """The last statement must give this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """`rule` is the constraint in question, `claim` what holds in one sentence, `tenant` whose rows are written."""

    name: str
    rule: str
    table: str
    topic: Topic
    claim: str
    steps: tuple[Step, ...]
    expects: Refused | Answers
    tenant: int = 1


def outcome(connection: Connection, scenario: Scenario) -> str:
    """Run a scenario, undo it, and return what was wrong; nothing if all was as claimed."""
    answer = connection.attempt(*scenario.steps)
    if isinstance(scenario.expects, Answers):
        if isinstance(answer, Rejected):
            return f"{scenario.claim}: refused ({answer})"
        return "" if answer.scalar == scenario.expects.number else f"{scenario.claim}: got {answer.scalar}"
    if not isinstance(answer, Rejected):
        return f"{scenario.claim}: the engine took it"
    right = answer.kind == scenario.expects.kind
    named = not scenario.expects.named or _among(answer.constraint, scenario.expects.named)
    return "" if right and named else f"{scenario.claim}: refused for another reason ({answer})"


def _among(said: str, names: tuple[str, ...]) -> bool:
    """An engine that names columns may name fewer: that a narrower key refuses more is for other experiments to see."""
    return any(said == name or ("." in said and set(said.split(", ")) <= set(name.split(", "))) for name in names)


def scenarios(schema: Schema, sample: Sample, traits: Traits) -> Iterator[Scenario]:
    """Yield the experiments of every table, in a stable order; `sample` must be what is loaded."""
    maker = _Maker(schema, sample, traits)
    for table in schema.tables:
        if not sample.count(table.name):
            continue
        yield from maker.keys(table)
        yield from maker.references(table)
        yield from maker.required(table)
        yield from maker.checks(table)


class _Maker:
    def __init__(self, schema: Schema, sample: Sample, traits: Traits) -> None:
        self.schema, self.sample, self.traits = schema, sample, traits
        self.names = Names(traits)

    # -- statements -------------------------------------------------------------------------------------------

    def insert(self, table: Table, row: Row) -> Step:
        return self.names.insertion(table, row), self._stored(table, row)

    def delete(self, table: Table, row: Row) -> Step:
        where, values = self._which(table, row)
        return f"DELETE FROM {self.names.table(table)} WHERE {where}", values

    def count(self, table: Table, row: Row, condition: str = "") -> Step:
        where, values = self._which(table, row)
        more = f" AND {condition}" if condition else ""
        return f"SELECT count(*) FROM {self.names.table(table)} WHERE {where}{more}", values

    def fresh(self, table: Table, *, tenant: int = 1, further: int = 0) -> Row:
        return self.sample.row(table, tenant, self.sample.count(table.name) + further)

    def tenant(self, table: Table, row: Row) -> int:
        """Whose row it is: a row of the table of tenants is its own."""
        own = table.tenant_column
        return int(row[own]) if own and self.schema.is_tenant_table(table) else 1

    def _which(self, table: Table, row: Row) -> tuple[str, dict[str, Any]]:
        key = {name: row[name] for name in table.primary_key}
        return self.names.equal(table, key), self._stored(table, key)

    def _stored(self, table: Table, row: Row) -> dict[str, Any]:
        return {name: to_engine_value(value, table.column(name).type, self.traits) for name, value in row.items()}

    def _key_names(self, table: Table, columns: tuple[str, ...], name: str) -> tuple[str, ...]:
        if columns == table.primary_key and self.traits.primary_key_name:
            return (self.traits.primary_key_name,)
        return (name,) if self.traits.names_keys else (", ".join(_told(table, column) for column in columns),)

    # -- keys -------------------------------------------------------------------------------------------------

    def keys(self, table: Table) -> Iterator[Scenario]:
        fresh = self.fresh(table)
        yield Scenario(
            name=f"{table.name}_takes_a_further_row",
            rule=table.name,
            table=table.name,
            topic="key",
            claim=f"{table.name} takes a further row that obeys every rule",
            steps=(self.insert(table, fresh), self.count(table, fresh)),
            expects=Answers(1),
        )
        known = self.sample.row(table, 1, 0)
        for name, columns in self._unique_sets(table):
            row = self.fresh(table) | {column: known[column] for column in columns}
            if any(value is None for value in (row[column] for column in columns)):
                continue
            clash = tuple(
                alias
                for rule, others in self._unique_sets(table)
                # a wider or narrower key over the same columns is broken by the same row
                if set(others) >= set(columns) or set(others) <= set(columns)
                for alias in self._key_names(table, others, rule)
            )
            yield Scenario(
                name=f"{name}_refuses_a_second_row",
                rule=name,
                table=table.name,
                topic="key",
                claim=f"no two rows of {table.name} share {_and(columns)}",
                steps=(self.insert(table, row),),
                expects=Refused("unique", clash),
                tenant=self.tenant(table, row),
            )
        yield from self._other_tenant_may(table)

    def _unique_sets(self, table: Table) -> list[tuple[str, tuple[str, ...]]]:
        return [(table.primary_key_name, table.primary_key), *((u.name, u.columns) for u in table.uniques)]

    def _other_tenant_may(self, table: Table) -> Iterator[Scenario]:
        """A unique name that another tenant has taken must not be refused: the refusal would tell that it exists."""
        own = table.tenant_column
        if own is None or self.schema.is_tenant_table(table) or self.sample.tenants < 2:  # noqa: PLR2004
            return
        referring = {column for key in table.foreign_keys for column in key.columns} | {"id"}
        for unique in table.uniques:
            free = [column for column in unique.columns if column not in referring]
            if own not in unique.columns or not free or len(free) + 1 < len(unique.columns):
                continue
            row = self.fresh(table) | {c: self.sample.row(table, 2, 0)[c] for c in free}
            yield Scenario(
                name=f"{unique.name}_says_nothing_of_another_tenant",
                rule=unique.name,
                table=table.name,
                topic="tenant",
                claim=f"two tenants may use the same {_and(free)} in {table.name}",
                steps=(self.insert(table, row), self.count(table, row)),
                expects=Answers(1),
            )

    # -- references -------------------------------------------------------------------------------------------

    def references(self, table: Table) -> Iterator[Scenario]:
        for key in table.foreign_keys:
            yield self._orphan(table, key)
            if table.tenant_column in key.columns and len(key.columns) > 1 and self.sample.tenants > 1:
                yield self._foreign(table, key)
            yield from self._deletion(table, key)

    def _foreign_names(self, table: Table, columns: Columns) -> tuple[str, ...]:
        """The engine reports one of the references that a wrong column breaks, and not always the same one."""
        return (
            tuple(k.name for k in table.foreign_keys if set(columns) & set(k.columns)) if self.traits.names_keys else ()
        )

    def _orphan(self, table: Table, key: ForeignKey) -> Scenario:
        own = table.own_key_columns(key)
        target = self.schema.table(key.target)
        missing = dict(zip(key.columns, (self._missing(target, c) for c in key.target_columns), strict=True))
        row = self.fresh(table) | {column: missing[column] for column in own}
        return Scenario(
            name=f"{key.name}_refuses_an_orphan",
            rule=key.name,
            table=table.name,
            topic="reference",
            claim=f"{table.name}.{_and(own)} names a row of {key.target} that exists",
            steps=(self.insert(table, row),),
            expects=Refused("foreign-key", self._foreign_names(table, own)),
            tenant=_NOBODY if self._names_tenant(table, key) else self.tenant(table, row),
        )

    def _names_tenant(self, table: Table, key: ForeignKey) -> bool:
        return table.is_tenant_key(key) and not self.schema.is_tenant_table(table)

    def _missing(self, target: Table, column: str) -> Any:
        if target.column(column).type.name in ("identity", "reference"):
            return _NOBODY
        return self.fresh(target, further=500)[column]

    def _foreign(self, table: Table, key: ForeignKey) -> Scenario:
        own = table.own_key_columns(key)
        theirs = self.sample.row(self.schema.table(key.target), 2, 0)
        taken = {c: theirs[t] for c, t in zip(key.columns, key.target_columns, strict=True) if c in own}
        return Scenario(
            name=f"{key.name}_refuses_another_tenants_row",
            rule=key.name,
            table=table.name,
            topic="tenant",
            claim=f"{table.name}.{_and(own)} cannot name a row of {key.target} that belongs to another tenant",
            steps=(self.insert(table, self.fresh(table) | taken),),
            expects=Refused("foreign-key", self._foreign_names(table, own)),
        )

    def _deletion(self, table: Table, key: ForeignKey) -> Iterator[Scenario]:
        target, own = self.schema.table(key.target), table.own_key_columns(key)
        if self.schema.is_tenant_table(target):
            # a tenant's rows hang together: whichever reference speaks first keeps the tenant
            step = self.delete(target, self.sample.row(target, 1, 0))
            yield self._delete_scenario(table, key, (step,), Refused("foreign-key", ()), "keeps its tenant")
            return
        parent = self.fresh(target)
        child = self.fresh(table, further=int(target.name == table.name))
        child |= {c: parent[t] for c, t in zip(key.columns, key.target_columns, strict=True) if c in own}
        made = (self.insert(target, parent), self.insert(table, child))
        gone = (*made, self.delete(target, parent))
        whose = self.tenant(table, child)
        match delete_action(key, self.traits):
            case "restrict":
                named = (key.name,) if self.traits.names_keys else ()
                yield self._delete_scenario(
                    table, key, gone, Refused("foreign-key", named), "is not left alone", tenant=whose
                )
            case "cascade":
                steps = (*gone, self.count(table, child))
                yield self._delete_scenario(table, key, steps, Answers(0), "goes with it", tenant=whose)
            case "set-null":
                emptied = " AND ".join(f"{self.names.column(table, column)} IS NULL" for column in own)
                steps = (*gone, self.count(table, child, emptied))
                yield self._delete_scenario(table, key, steps, Answers(1), f"stays, without {_and(own)}", tenant=whose)

    def _delete_scenario(
        self,
        table: Table,
        key: ForeignKey,
        steps: tuple[Step, ...],
        expects: Refused | Answers,
        fate: str,
        *,
        tenant: int = 1,
    ) -> Scenario:
        return Scenario(
            name=f"{key.name}_on_delete",
            rule=key.name,
            table=table.name,
            topic="delete",
            claim=f"when a row of {key.target} is deleted, the row of {table.name} that names it {fate}",
            steps=steps,
            expects=expects,
            tenant=tenant,
        )

    # -- values -----------------------------------------------------------------------------------------------

    def required(self, table: Table) -> Iterator[Scenario]:
        for column in table.columns:
            if column.nullable or column.type.name == "identity":
                continue
            yield Scenario(
                name=f"{table.name}_{column.name}_is_required",
                rule=f"{table.name}.{column.name}",
                table=table.name,
                topic="required",
                claim=f"{table.name}.{column.name} is never empty",
                steps=(self.insert(table, self.fresh(table) | {column.name: None}),),
                expects=Refused("not-null", (_told(table, column.name),)),
                tenant=self.tenant(table, self.fresh(table)),
            )

    def checks(self, table: Table) -> Iterator[Scenario]:
        for check in table.meanings:
            for number, wrong in enumerate(wrong_values(check, self.fresh(table), table)):
                yield Scenario(
                    name=f"{check.name}_refuses_{'' if number == 0 else 'also_'}{offence(check, number)}",
                    rule=check.name,
                    table=table.name,
                    topic="check",
                    claim=sense(check, table),
                    steps=(self.insert(table, self.fresh(table) | wrong),),
                    expects=Refused("check", (check.name,)),
                    tenant=self.tenant(table, self.fresh(table)),
                )


def _told(table: Table, column: str) -> str:
    """A column as engines tell it when they refuse a row."""
    return f"{table.sql_name}.{table.column(column).sql_name}"


def _and(columns: tuple[str, ...] | list[str]) -> str:
    return " and ".join(columns)

"""Every table is in third normal form, so no fact is stored twice.

By theory: the closure shows that each table is at least in third normal form for the declared dependencies, and the
chase shows that a join along a foreign key is lossless. By data: the engine joins the tables, projects the result to
both sides, joins again and compares. An Armstrong relation is loaded into the engine, where exactly the declared
dependencies and their consequences must hold, which tests the reasoning itself.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.schema import Column, ColumnType, ForeignKey, FunctionalDependency, Table
from langgraph_dba.database.proofs.kit.defect import Defect, SchemaEdit, table_edit
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.schema_design.functional_dependencies import (
    armstrong_relation,
    closure,
    dependencies_of,
    joins_without_loss,
    violations,
)
from langgraph_dba.evidence import CheckResult

CLAIM = "every table is in third normal form, and every join along a foreign key is lossless"
CAPABILITY = "Normalization Strategy"
NEEDS = ()


def obstacle(_: Subject) -> str:
    """Return an empty text: the proof applies to every schema."""
    return ""


def run(subject: Subject) -> CheckResult:
    """Prove by closure and chase, then test on loaded rows."""
    schema = subject.schema
    failures = [wrong for table in schema.tables for wrong in _form(table)]
    joins = list(schema.foreign_keys())
    failures += [wrong for table, key in joins for wrong in _chase(table, key, schema.table(key.target))]
    with subject.loaded(Sample(schema)) as (_, connection):
        prober = _Prober(connection, subject.names)
        failures += [w for table, key in joins for w in prober.rejoined(table, key, schema.table(key.target))]
        checked = [prober.armstrong(table) for table in schema.tables]
    failures += [wrong for wrongs, _ in checked for wrong in wrongs]
    numbers = {"tables": len(schema.tables), "joins": len(joins), "dependencies": sum(count for _, count in checked)}
    summary = (
        f"{numbers['tables']} tables by closure, {numbers['joins']} joins by chase and by data, "
        f"{numbers['dependencies']} dependencies held or falsified"
    )
    # every table is in third normal form for its keys alone: nothing that could be wrong was declared
    declared = any(table.dependencies for table in schema.tables)
    untried = "" if declared else "no table declares which columns determine others (`dependencies`)"
    return CheckResult(tuple(failures), summary, numbers, strength="proved", untried=untried)


def _form(table: Table) -> Iterator[str]:
    if not table.row_key:
        yield f"{table.name} has no key: its rows cannot be distinguished"
    for violation in violations(table):
        # BCNF is not claimed: not every schema can reach it without losing a dependency
        if violation.form != "BCNF":
            determinant, determined = ", ".join(violation.dependency.given), ", ".join(violation.dependency.determines)
            yield f"{table.name} violates {violation.form}: {determinant} determines {determined} and is no key"


def _joined(table: Table, key: ForeignKey, target: Table) -> tuple[dict[str, str], list[FunctionalDependency]]:
    """Return the names of the target's columns in the join, and the dependencies that hold in the join."""
    renamed = {c: f"{key.target}.{c}" for c in target.column_names}
    renamed.update(zip(key.target_columns, key.columns, strict=True))
    # a NULL joins nothing: for the rows of the join, a unique constraint over nullable columns is a key
    joining = (columns for _, columns in target.unique_sets if set(columns) <= set(key.target_columns))
    unique = [
        FunctionalDependency(given=one, determines=rest)
        for one in joining
        if (rest := tuple(c for c in target.column_names if c not in one))
    ]
    theirs = [
        # model_construct skips validation: names with a dot, which no column has, distinguish the two sides of the join
        FunctionalDependency.model_construct(
            given=tuple(renamed[c] for c in d.given), determines=tuple(renamed[c] for c in d.determines)
        )
        for d in (*dependencies_of(target), *unique)
    ]
    return renamed, [*dependencies_of(table), *theirs]


def _chase(table: Table, key: ForeignKey, target: Table) -> Iterator[str]:
    renamed, dependencies = _joined(table, key, target)
    if not joins_without_loss([table.column_names, list(renamed.values())], dependencies):
        columns = ", ".join(key.target_columns)
        yield f"joining {table.name} to {key.target} can add rows: {columns} is no key of {key.target}"


@dataclass(frozen=True, slots=True)
class _Prober:
    connection: Connection
    names: Names

    def rejoined(self, table: Table, key: ForeignKey, target: Table) -> Iterator[str]:
        """Join on the engine, project the join to both sides, join again, and yield a failure if the rows differ."""
        # keys too, of whatever type: the second join needs one, and without the other two rows could become one
        own = list(dict.fromkeys([*_comparable(table), *key.columns, *table.row_key]))
        theirs = [n for n in _comparable(target) if n not in key.target_columns]
        child, parent = [f"c_{name}" for name in own], [f"p_{name}" for name in theirs]
        shared = [f"c_{name}" for name in key.columns]
        left = f"SELECT DISTINCT {', '.join(child)} FROM whole"
        right = f"SELECT DISTINCT {', '.join(dict.fromkeys([*shared, *parent]))} FROM whole"
        on = " AND ".join(f"l.{name} = r.{name}" for name in shared)
        columns = ", ".join([*(f"l.{name}" for name in child), *(f"r.{name}" for name in parent)])
        again = f"SELECT {columns} FROM ({left}) l JOIN ({right}) r ON {on}"
        sql = (
            f"WITH whole AS ({self._joined(table, key, target, own, theirs)}), again AS ({again}) "
            "SELECT (SELECT count(*) FROM whole), (SELECT count(*) FROM again), "
            "(SELECT count(*) FROM (SELECT * FROM whole EXCEPT SELECT * FROM again) x), "
            "(SELECT count(*) FROM (SELECT * FROM again EXCEPT SELECT * FROM whole) y)"
        )
        # both counts and both differences: EXCEPT ignores duplicates
        before, after, lost, added = self.connection.run(sql).rows[0]
        if before != after or lost or added:
            counts = f"{before} rows before, {after} after the second join, {lost} lost, {added} added"
            yield f"{table.name} joined to {target.name}: {counts}"

    def _joined(self, table: Table, key: ForeignKey, target: Table, own: list[str], theirs: list[str]) -> str:
        names = self.names
        # prefixes, because both tables can have columns of the same name
        cells = [f"{names.column(table, name, 'c')} AS c_{name}" for name in own]
        cells += [f"{names.column(target, name, 'p')} AS p_{name}" for name in theirs]
        pairs = " AND ".join(
            f"{names.column(table, own, 'c')} = {names.column(target, other, 'p')}"
            for own, other in zip(key.columns, key.target_columns, strict=True)
        )
        # rows that no key distinguishes can be equal
        distinct = "" if table.row_key else "DISTINCT "
        return (
            f"SELECT {distinct}{', '.join(cells)} FROM {names.table(table)} c JOIN {names.table(target)} p ON {pairs}"
        )

    def armstrong(self, table: Table) -> tuple[list[str], int]:
        """Load an Armstrong relation and check which dependencies hold in it; return failures and number of checks."""
        dependencies = dependencies_of(table)
        columns = table.column_names
        rows = armstrong_relation(columns, dependencies)
        relation, cells = f"armstrong_{table.name}", [f"c_{name}" for name in columns]
        self.connection.run(f"CREATE TABLE {relation} ({', '.join(f'{cell} INTEGER' for cell in cells)})")
        self.connection.load(relation, cells, rows)
        candidates = [(d.given, c) for d in dependencies for c in d.determines if c not in d.given]
        # and every pair of columns: a dependency that was not declared must not hold
        candidates += [((a,), b) for a in columns for b in columns if a != b]
        determined_by: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for determinant, determined in dict.fromkeys(candidates):
            determined_by[determinant].append(determined)
        failures = []
        for determinant, others in determined_by.items():
            implied, held = closure(determinant, dependencies), self._held(relation, determinant, others)
            for determined in others:
                expected = determined in implied
                if held[determined] != expected:
                    dependency = f"{', '.join(determinant)} -> {determined}"
                    failures.append(f"{table.name}: {dependency} should be {expected} by theory, but the data differ")
        return failures, sum(map(len, determined_by.values()))

    def _held(self, relation: str, determinant: tuple[str, ...], others: Sequence[str]) -> dict[str, bool]:
        """Return which of the other columns have one value in each group of rows that are equal in the determinant."""
        cells = ", ".join(f"c_{name}" for name in determinant)
        values = ", ".join(f"count(DISTINCT c_{name}) AS n{number}" for number, name in enumerate(others))
        most = ", ".join(f"max(n{number})" for number in range(len(others)))
        sql = f"SELECT {most} FROM (SELECT {values} FROM {relation} GROUP BY {cells}) x"
        return dict(zip(others, (count <= 1 for count in self.connection.run(sql).rows[0]), strict=True))


def _comparable(table: Table) -> list[str]:
    # types without an order cannot be compared by EXCEPT
    return [column.name for column in table.columns if column.type.name not in ("json", "native")]


def _with_dependency(determinant: str, determined: str) -> SchemaEdit:
    added = FunctionalDependency(given=(determinant,), determines=(determined,))
    return table_edit("tasks", lambda table: table.with_(dependencies=(*table.dependencies, added)))


DEFECTS = (
    Defect(
        "a column depends on a column that is no key",
        "project_id determines title",
        declared=_with_dependency("project_id", "title"),
    ),
    Defect(
        "a part of the key determines a column",
        "team_id",
        declared=table_edit(
            "team_members",
            lambda table: table.with_(
                columns=(*table.columns, Column(name="team_name", type=ColumnType(name="text"))),
                dependencies=(FunctionalDependency(given=("team_id",), determines=("team_name",)),),
            ),
        ),
    ),
)

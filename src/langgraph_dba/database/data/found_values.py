"""Find values for columns whose type or checks are not modelled, by trying candidates on the engine.

A column gets a list of values that its type and its own checks accept; a nullable column without any gets NULL. A table
whose rows the engine refuses all the same is left out with the reason, and every table whose rows need it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations

from langgraph_dba.database.data.accepted_values import with_accepted_values
from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.data.parent_rows import fill_of, with_parents
from langgraph_dba.database.data.partition_values import with_free_partitions
from langgraph_dba.database.data.reserved_keys import reserve_keys
from langgraph_dba.database.data.sample import Row, Sample, load_rows, to_engine_row
from langgraph_dba.database.data.scenarios import has_code
from langgraph_dba.database.data.unchecked_keys import (
    derives_from_itself,
    has_required_circle,
    later_keys,
    orphan_of,
    unchecked,
)
from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import type_sql
from langgraph_dba.database.engines import Connection, Engine, Fill, Rejected, Traits
from langgraph_dba.database.model.schema import Column, ColumnType, Condition, Schema, Table
from langgraph_dba.database.reflection.trigger_inserts import inserts_of_triggers, reads_of_triggers
from langgraph_dba.errors import InputError

_TRIAL_ROWS = 300
_MOST_OPTIONAL = 4  # nullable columns of one check: each combination of NULLs is tried


@dataclass(frozen=True, slots=True)
class FillableSchema:
    """A schema whose tables can be filled, and the tables that were left out, with the reason.

    `setup` are statements for each copy: they insert the rows of other schemas to which its rows refer, and make a
    superuser the owner of what runs with its owner's rights, as it is where one deploys.
    """

    schema: Schema
    left_out: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[str, ...] = ()


def is_modelled(schema: Schema, *, checks: Collection[str] = ()) -> bool:
    """Return whether the types and rules of a schema are all known, so that its rows need no trial.

    `checks` are names of checks and other constraints that are known although they are SQL.
    """
    has_code = schema.triggers or schema.routines or schema.types
    return not (has_code or has_required_circle(schema)) and all(
        not any(one.name not in checks for one in table.constraints)
        and not any(isinstance(check, Condition) and check.name not in checks for check in table.checks)
        and not any(column.type.native for column in table.columns)
        for table in schema.tables
    )


def fillable(
    schema: Schema, statements: str, engine: Engine, *, tries_all: bool = False, obeyed: Collection[str] = ()
) -> FillableSchema:
    """Return the schema with found values, without the tables that the engine refuses to fill.

    `statements` create the schema; Rejected if the engine refuses them. A schema whose types and rules are all known is
    returned without a trial, except with `tries_all`. `obeyed` are the checks of business rules: rows obey them anyway.
    """
    if is_modelled(schema) and not tries_all:
        return FillableSchema(schema)
    with engine.scratch(statements, app_role=schema.app_role) as scratch, scratch.connect("superuser") as connection:
        free = (with_free_partitions(table, schema.others) for table in schema.tables)
        checks = {table.name: table.checks for table in schema.tables}
        free = (table.with_(checks=tuple(c for c in table.checks if c.name not in obeyed)) for table in free)
        filled = (with_accepted_values(table, connection, engine.traits, schema.types) for table in free)
        tried = [table.with_(checks=checks[table.name]) for table in filled]
        whole = (one.with_(partitions=table.partitions) for one, table in zip(tried, schema.tables, strict=True))
        schema = schema.model_copy(update={"tables": tuple(whole)})
        left_out: dict[str, str] = {}
        own = engine.traits.sql_templates.own_definers
        if own:  # else a trigger may not write into a log with FORCE
            connection.run(own)
        schema, parent_rows = with_parents(schema, connection, engine.traits)
        setup = (*([own] if own else []), *parent_rows)
        reserve_keys(connection, schema, engine.traits)
        schema = _without_refused(schema, left_out, connection, engine.traits)
    while True:
        refused = _refused_by_generator(schema, statements, engine, fill_of(setup))
        if refused is None:
            return FillableSchema(schema, left_out, setup)
        left_out[refused[0]] = refused[1]
        schema = _without(schema, refused[0], left_out)


def without_tables(schema: Schema, reasons: Mapping[str, str]) -> FillableSchema:
    """Return the schema without these tables and those that need their rows."""
    left_out = dict(reasons)
    for name in reasons:
        schema = _without(schema, name, left_out)
    return FillableSchema(schema, left_out)


def _without_refused(schema: Schema, left_out: dict[str, str], connection: Connection, traits: Traits) -> Schema:
    """Load a sample table by table; leave out a table whose rows are refused in every form."""
    sample = Sample(schema)
    for table in schema.tables:
        referring = {column for key in table.foreign_keys for column in key.columns} | set(table.tenant_columns)
        required = next((c.name for c in table.columns if _has_no_value(c) and c.name not in referring), "")
        refusal = _without_rows(sample, table) or (
            f"no value was found for {required}" if required else _load(connection, sample, table, traits)
        )
        if not refusal and _keeps_rows(connection, sample, table, traits):
            left_out[table.name] = "its engine has no transactions"  # the proofs could not undo what they try
            rest = _without(schema, table.name, left_out)
            return _without_refused(rest, left_out, _emptied(connection, schema, traits), traits)
        if refusal and (changed := _with_fewer_values(schema, table, connection, traits)):
            return _without_refused(schema.replace(changed), left_out, _emptied(connection, schema, traits), traits)
        filled = _filled_by_trigger(schema, table) if refusal else ""
        if filled and filled not in left_out:
            left_out[filled] = f"a trigger of {table.name} fills it"
            rest = _without(schema, filled, left_out)
            return _without_refused(rest, left_out, _emptied(connection, schema, traits), traits)
        if refusal:
            sources = [one.source for one in inserts_of_triggers(schema) if one.target == table.name]
            left_out[table.name] = f"a trigger of {sources[0]} fills it" if sources else refusal
            rest = _without(schema, table.name, left_out)
            return _without_refused(rest, left_out, _emptied(connection, schema, traits), traits)
    refused = _refused_in_circle(connection, sample, traits)
    if refused is None:
        return schema
    left_out[refused[0]] = refused[1]
    rest = _without(schema, refused[0], left_out)
    return _without_refused(rest, left_out, _emptied(connection, schema, traits), traits)


def _without_rows(sample: Sample, table: Table) -> str:
    """Return why a table can have no generated rows: nothing can be set, or a circle; empty if it can."""
    if not table.writable_columns:
        return "it has no column that an INSERT can set"
    if derives_from_itself(sample.schema, table):
        return "its key is that of a table whose key is its own"
    keys = later_keys(sample.schema, table)
    if keys and not sample.count(table.name):
        return f"it and {keys[0].target} need a row of their own for each row of the other"
    return ""


def _refused_in_circle(connection: Connection, sample: Sample, traits: Traits) -> tuple[str, str] | None:
    """Return the first table of a circle that has an orphan or accepts no new row, and why; None if there is none."""
    schema = sample.schema
    for table in schema.tables:
        keys = later_keys(schema, table)
        if keys and (orphan := orphan_of(connection, schema, table, traits)):
            return table.name, orphan
        new = sample.row(table, 1, sample.count(table.name)) if keys else {}
        if keys and (refusal := _refusal(new, table, connection, traits)):
            return table.name, f"the engine refused a new row: {refusal}"
    return None


def _filled_by_trigger(schema: Schema, table: Table) -> str:
    """Return a table without references to it into which a trigger of `table` inserts; empty if there is none."""
    targets = {one.target for one in inserts_of_triggers(schema) if one.source == table.name}
    referenced = {key.target for _, key in schema.foreign_keys()}
    return next((t.name for t in schema.tables if t.name in targets - referenced), "")


def _has_no_value(column: Column) -> bool:
    return _is_null(column) and not column.nullable and not column.generated


def _load(connection: Connection, sample: Sample, table: Table, traits: Traits) -> str:
    try:
        load_rows(connection, sample.schema, table, sample.all_rows(table), traits)
    except Rejected as refusal:
        read = ", ".join(reads_of_triggers(sample.schema, table))
        lookup = f" (its triggers read {read}, whose rows are generated: what they look up may be missing)"
        return f"the engine refused a generated row: {refusal}{lookup if read else ''}"
    if table.row_key and not has_code(table, sample.schema) and not _is_found(connection, sample, table, traits):
        return f"a generated row is not found by its key ({', '.join(table.row_key)}): the engine stores another value"
    return ""


def _is_found(connection: Connection, sample: Sample, table: Table, traits: Traits) -> bool:
    """Return whether the key of the first row selects it; True for a table without rows."""
    if not sample.count(table.name):
        return True
    row = dict(zip(table.column_names, to_engine_row(sample.row(table, 1, 0), table, traits), strict=True))
    names, key = Names(traits), {name: row[name] for name in table.row_key}
    where = names.equal(table, key)
    return bool(connection.run(f"SELECT count(*) FROM {names.table(table)} WHERE {where}", key).scalar)


def _keeps_rows(connection: Connection, sample: Sample, table: Table, traits: Traits) -> bool:
    """Return whether a row remains in the table after its insertion was rolled back."""
    counting = f"SELECT count(*) FROM {quote_name(table.sql_name, traits)}"
    before = connection.run(counting).scalar
    _refusal(sample.row(table, 1, sample.count(table.name)), table, connection, traits)
    return bool(connection.run(counting).scalar != before)


def _emptied(connection: Connection, schema: Schema, traits: Traits) -> Connection:
    connection.attempt()  # ends a transaction that the refusal left open
    with unchecked(connection, schema, schema.tables, traits):
        for table in reversed(schema.tables):
            connection.attempt()
            try:
                connection.run(f"DELETE FROM {quote_name(table.sql_name, traits)}")
            except Rejected:
                continue  # a trigger forbids it: the next load reports a duplicate key
    return connection


def _with_fewer_values(schema: Schema, table: Table, connection: Connection, traits: Traits) -> Table | None:
    """Return the table with fewer values in some columns, of which the engine refuses the fewest rows.

    None if that are not fewer rows than before.
    """
    if derives_from_itself(schema, table):
        return None
    best, fewest = None, _count_refused(schema, table, connection, traits)
    for one in chain(_with_nulls(table), _with_plain_values(table, traits) if has_code(table, schema) else ()):
        refused = _count_refused(schema.replace(one), one, connection, traits) if one != table and fewest else fewest
        if refused < fewest:
            best, fewest = one, refused
    return best


def _with_plain_values(table: Table, traits: Traits) -> Iterator[Table]:
    """Yield the table with one column, or all, that are always NULL or have only their default.

    A trigger may refuse other values, or count the rows that refer to one.
    """
    keys = {*table.primary_key, *table.tenant_columns, *(one for _, key in table.unique_sets for one in key)}
    free = [one for one in table.columns if one.name not in keys and not _is_null(one)]
    nullable = [one.name for one in free if one.nullable]
    for names in (*([name] for name in nullable), nullable):
        yield _with_fixed_nulls(table, frozenset(names), frozenset())
    fixed = {
        one.name: _only(one, one.default, traits)
        for one in free
        if one.default not in (None, "now") and one.name not in table.referring_columns
    }
    for names in (*([name] for name in fixed), list(fixed)):
        yield table.with_(columns=tuple(fixed[one.name] if one.name in names else one for one in table.columns))


def _only(column: Column, value: str | None, traits: Traits) -> Column:
    type_ = ColumnType(name="native", native=type_sql(column.type, traits), choices=(value or "",))
    return column.model_copy(update={"type": type_})


def _with_nulls(table: Table) -> Iterator[Table]:
    """Yield the table with some columns of a check always NULL and the others never."""
    for check in table.checks:
        if not isinstance(check, Condition):
            continue
        optional = [name for name in check.columns if table.column(name).nullable and not _is_null(table.column(name))]
        optional = optional[:_MOST_OPTIONAL]
        for chosen in chain.from_iterable(combinations(optional, size) for size in range(len(optional) + 1)):
            yield _with_fixed_nulls(table, frozenset(chosen), frozenset(optional) - frozenset(chosen))


def _with_fixed_nulls(table: Table, always: frozenset[str], never: frozenset[str]) -> Table:
    columns = (
        _null(c) if c.name in always else c.model_copy(update={"nullable": False}) if c.name in never else c
        for c in table.columns
    )
    # a foreign key over a column that is always NULL refers to nothing
    keys = (key for key in table.foreign_keys if not always.intersection(key.columns))
    return table.with_(columns=tuple(columns), foreign_keys=tuple(keys))


def _is_null(column: Column) -> bool:
    return column.type.name == "native" and not column.type.choices


def _null(column: Column) -> Column:
    return column.model_copy(update={"type": ColumnType(name="native", native=column.type.native or "unused")})


def _count_refused(schema: Schema, table: Table, connection: Connection, traits: Traits) -> int:
    """Return how many rows of the first tenant the engine refuses, each tried alone."""
    sample = Sample(schema)
    with unchecked(connection, schema, (table,), traits):
        rows = (sample.row(table, 1, number) for number in range(max(sample.count(table.name), 1)))
        return sum(_refusal(row, table, connection, traits) is not None for row in rows)


def _refusal(row: Row, table: Table, connection: Connection, traits: Traits) -> Rejected | None:
    values = dict(zip(table.column_names, to_engine_row(row, table, traits), strict=True))
    answer = connection.attempt((Names(traits).insertion(table, row), values))
    return answer if isinstance(answer, Rejected) else None


def _refused_by_generator(schema: Schema, statements: str, engine: Engine, fill: Fill | None) -> tuple[str, str] | None:
    """Return the first table that the generator cannot fill, and why; None if it can fill all."""
    scratch_database = engine.scratch(statements, app_role=schema.app_role, fill=fill)
    with scratch_database as scratch, scratch.connect("superuser") as connection:
        try:
            generate(connection, schema, engine.traits, Profile(rows=_TRIAL_ROWS, null_share=0.05))
        except InputError as error:
            name, _, reason = str(error).partition(": ")
            return name.partition(".")[0], reason
    return None


def _without(schema: Schema, name: str, left_out: dict[str, str]) -> Schema:
    """Return the schema without a table and the tables that need its rows; optional references to it become NULL."""
    gone = {name}
    while True:
        needing = {
            table.name: key
            for table in schema.tables
            for key in table.foreign_keys
            if table.name not in gone and key.target in gone and not table.is_optional(key)
        }
        if not needing:
            break
        for table, key in needing.items():
            left_out[table] = f"its rows need rows of {key.target}"
        gone |= set(needing)
    return schema.model_copy(
        update={"tables": tuple(_detached(table, gone) for table in schema.tables if table.name not in gone)}
    )


def _detached(table: Table, gone: set[str]) -> Table:
    lost = [key for key in table.foreign_keys if key.target in gone]
    if not lost:
        return table
    empty = {column for key in lost for column in table.own_key_columns(key)}
    return table.with_(
        foreign_keys=tuple(key for key in table.foreign_keys if key not in lost),
        columns=tuple(_null(c) if c.name in empty else c for c in table.columns),
    )

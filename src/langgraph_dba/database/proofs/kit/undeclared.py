"""Add to a declared schema what its statements create beyond it, so that proofs test these objects too."""

from dataclasses import replace

from langgraph_dba.database.data.found_values import fillable
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.model.schema import Index, Schema, Table
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.reflection.read_schema import schema_from_records
from langgraph_dba.errors import EngineError, OverBudget


def with_undeclared(subject: Subject) -> Subject:
    """Return the subject with the tables, foreign keys and indexes that only its statements have.

    What the statements lack or define differently stays as declared: the proofs must find that it is not enforced.
    """
    rendered = render(subject.schema, subject.traits).up
    if subject.ddl.up == rendered:
        return subject  # the usual case: nobody edited the statements
    try:
        created, expected = _reflected(subject, subject.ddl.up), _reflected(subject, rendered)
    except (EngineError, OverBudget):
        return subject  # `up-down-up` refutes statements that do not run, and each proof reports an engine that fails
    whole = _merged(subject.schema, created, expected)
    return subject if whole == subject.schema else replace(subject, schema=whole, declared=subject.schema)


def with_values(subject: Subject) -> Subject:
    """Return the subject with values for columns that are not modelled, without the tables that cannot be filled."""
    try:
        found = fillable(subject.schema, subject.ddl.up, subject.engine, tries_all=not subject.is_designed)
    except (EngineError, OverBudget):
        return subject
    if found.schema == subject.schema:
        return subject
    return replace(
        subject,
        schema=found.schema,
        declared=subject.declared or subject.schema,
        left_out=found.left_out,
        parent_rows=found.parent_rows,
    )


def _reflected(subject: Subject, statements: str) -> Schema:
    return schema_from_records(subject.catalogue(statements), subject.traits, name=subject.schema.name)


def _merged(declared: Schema, created: Schema, expected: Schema) -> Schema:
    # compared with what the declaration creates, not with itself: engines add indexes and change names
    before = {table.sql_name: table for table in expected.tables}
    after = {table.sql_name: table for table in created.tables}
    tables = [
        _with_parts(table, before[table.sql_name], after[table.sql_name])
        if table.sql_name in before and table.sql_name in after
        else table
        for table in declared.tables
    ]
    added = (table for name, table in after.items() if name not in before)
    tenant = declared.isolation.column if declared.isolation else ""
    tables += [
        table.with_(tenant_column=table.tenant_column or (tenant if tenant in table.column_names else None))
        for table in added
    ]
    return declared.model_copy(update={"tables": tuple(tables)})


def _with_parts(declared: Table, expected: Table, created: Table) -> Table:
    columns = set(declared.column_names)
    keys = {(key.columns, key.target, key.target_columns) for key in expected.foreign_keys}
    new_keys = tuple(
        key
        for key in created.foreign_keys
        if (key.columns, key.target, key.target_columns) not in keys and columns.issuperset(key.columns)
    )
    shapes = {_shape(index) for index in expected.indexes}
    new_indexes = tuple(
        index
        for index in created.indexes
        if _shape(index) not in shapes and columns.issuperset((*index.columns, *index.include))
    )
    return declared.with_(foreign_keys=(*declared.foreign_keys, *new_keys), indexes=(*declared.indexes, *new_indexes))


def _shape(index: Index) -> str:
    return index.model_copy(update={"name": "", "reason": ""}).model_dump_json()

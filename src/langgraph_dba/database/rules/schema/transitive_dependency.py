"""A fact that depends on a non-key column is repeated in every row with that value.

If one row is changed, the others contradict it; if the last row is deleted, the fact is lost. SQL has no clause for
such a dependency: requirements list it under `dependencies`, and an existing table may state it in its comment.

Bad:

```sql
CREATE TABLE lines (order_id bigint, product_id bigint, product_name text NOT NULL, PRIMARY KEY (order_id, product_id));
COMMENT ON TABLE lines IS 'product_id determines product_name';
```

Good:

```sql
CREATE TABLE products (product_id bigint PRIMARY KEY, product_name text NOT NULL);
CREATE TABLE lines (order_id bigint, product_id bigint REFERENCES products, PRIMARY KEY (order_id, product_id));
COMMENT ON TABLE products IS 'product_id determines product_name';
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Condition, ForeignKey, FunctionalDependency, Ordered, Schema, Table
from langgraph_dba.database.rules.kit.changes import index_foreign_keys
from langgraph_dba.database.rules.kit.splitting import drop_columns, is_movable
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.schema_design.functional_dependencies import violations
from langgraph_dba.database.schema_design.normalise import normalise
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield declared dependencies that violate second or third normal form."""
    for violation in violations(table):
        dependency = violation.dependency
        # BCNF is not required: reaching it can cost a dependency that no single table then enforces
        if violation.form != "BCNF":
            key, moved = ", ".join(dependency.given), ", ".join(_moved_columns(dependency))
            message = f"{key} determines {moved} and is no key of {table.name}: that violates {violation.form}"
            instead = f"move {moved} to a table whose key is {key}"
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, message, instead,
                column=_moved_columns(dependency)[0], constraint=_label(dependency),
            )  # fmt: skip


def _moved_columns(dependency: FunctionalDependency) -> tuple[str, ...]:
    return tuple(name for name in dependency.determines if name not in dependency.given)


def _label(dependency: FunctionalDependency) -> str:
    return f"{', '.join(dependency.given)} -> {', '.join(dependency.determines)}"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Move the columns to the table that the determinant references, or to a new table."""
    table = schema.table(location.table)
    dependency = next(d for d in table.dependencies if _label(d) == location.constraint)
    own = set(table.without_tenant(dependency.given))
    key = next((k for k in table.foreign_keys if set(table.without_tenant(k.columns)) == own), None)
    return _move_to_target(schema, table, dependency, key) if key else _split_table(schema, table, dependency)


def _move_to_target(schema: Schema, table: Table, dependency: FunctionalDependency, key: ForeignKey) -> Schema:
    """Drop the columns here, and add those that the target lacks to it, without the role as prefix of the name."""
    moved = _moved_columns(dependency)
    rest = table.with_(dependencies=tuple(d for d in table.dependencies if d != dependency))
    if not is_movable(schema.replace(rest), rest, moved):
        return schema
    schema = schema.replace(drop_columns(rest, moved))
    target, role = schema.table(key.target), key.columns[-1].removesuffix("_id")
    # `customer_city` beside `customer_id` is the `city` of a customer
    names = {name: name.removeprefix(f"{role}_") for name in moved}
    missing = {old: new for old, new in names.items() if not {old, new}.intersection(target.column_names)}
    return schema.replace(_add_columns(target, missing, table))


def _add_columns(target: Table, names: dict[str, str], source: Table) -> Table:
    """Return the target with columns of the source under new names, and with their checks."""
    columns = [source.column(old).model_copy(update={"name": new}) for old, new in names.items()]
    checks = [
        c.model_copy(update={"name": fit_name(f"{target.name}_{names[c.column]}_check"), "column": names[c.column]})
        for c in source.checks
        # checks over several columns do not occur here: `is_movable` refuses their columns
        if not isinstance(c, Ordered | Condition) and c.column in names
    ]
    return target.with_(columns=(*target.columns, *columns), checks=(*target.checks, *checks))


def _split_table(schema: Schema, table: Table, dependency: FunctionalDependency) -> Schema:
    """Return the schema with the table split by the dependency; both parts keep the tenant column."""
    tenant = table.tenant_column
    # the dependency holds within a tenant: two tenants may use one number for different things
    if tenant and tenant not in dependency.given:
        within = dependency.model_copy(update={"given": (tenant, *dependency.given)})
        table = table.with_(dependencies=tuple(within if d == dependency else d for d in table.dependencies))
    parts = list(normalise(table))
    tables = [
        part for old in schema.tables for part in ([old] if old.name != table.name else map(_drop_stale_indexes, parts))
    ]
    schema = schema.model_copy(update={"tables": tuple(tables)})
    for part in parts:
        schema = index_foreign_keys(schema, part.name)
    return schema


def _drop_stale_indexes(part: Table) -> Table:
    """Return the table without the indexes over columns that were moved."""
    indexes = tuple(i for i in part.indexes if set(i.mentions) <= set(part.column_names))
    return part.with_(indexes=indexes)

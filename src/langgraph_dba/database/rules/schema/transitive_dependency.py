"""A fact that hangs on something other than the key is written down as often as that something occurs.

Change it in one row and the others contradict it; delete the last row and it is lost. SQL has no clause for such a
dependency: requirements list it under `dependencies`, and an existing table may say it in its comment.

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
from langgraph_dba.database.model.schema import Condition, Dependency, ForeignKey, Ordered, Schema, Table
from langgraph_dba.database.rules.kit.changes import support
from langgraph_dba.database.rules.kit.splitting import is_movable, without
from langgraph_dba.database.schema_design.functional_dependencies import violations
from langgraph_dba.database.schema_design.normalise import normalise
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


def check(schema: Schema) -> Iterator[Finding]:
    """Yield declared dependencies that break second or third normal form."""
    for table in schema.tables:
        for found in violations(table):
            if found.form != "BCNF":
                given, moved = ", ".join(found.dependency.given), ", ".join(_moved(found.dependency))
                message = f"{given} determines {moved} and is no key of {table.name}: that breaks {found.form}"
                instead = f"move {moved} to a table whose key is {given}"
                constraint = _label(found.dependency)
                yield Finding.in_schema(
                    __name__, SEVERITY, table.name, message, instead,
                    column=_moved(found.dependency)[0], constraint=constraint,
                )  # fmt: skip


def _moved(dependency: Dependency) -> tuple[str, ...]:
    return tuple(name for name in dependency.determines if name not in dependency.given)


def _label(dependency: Dependency) -> str:
    return f"{', '.join(dependency.given)} -> {', '.join(dependency.determines)}"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Move the fact to the table that the determinant refers to, or to one of its own."""
    table = schema.table(location.table)
    dependency = next(d for d in table.dependencies if _label(d) == location.constraint)
    own = set(table.without_tenant(dependency.given))
    key = next((k for k in table.foreign_keys if set(table.without_tenant(k.columns)) == own), None)
    return _given_back(schema, table, dependency, key) if key else _taken_apart(schema, table, dependency)


def _given_back(schema: Schema, table: Table, dependency: Dependency, key: ForeignKey) -> Schema:
    """Drop the copies here; what the target does not record yet moves there, under a name without the role's."""
    moved = _moved(dependency)
    rest = table.with_(dependencies=tuple(d for d in table.dependencies if d != dependency))
    if not is_movable(schema.replace(rest), rest, moved):
        return schema
    schema = schema.replace(without(rest, moved))
    target, role = schema.table(key.target), key.columns[-1].removesuffix("_id")
    names = {name: name.removeprefix(f"{role}_") for name in moved}
    fresh = {old: new for old, new in names.items() if not {old, new}.intersection(target.column_names)}
    return schema.replace(_with(target, fresh, table))


def _with(target: Table, names: dict[str, str], source: Table) -> Table:
    """The target with columns of the source under new names, and what checks them."""
    columns = [source.column(old).model_copy(update={"name": new}) for old, new in names.items()]
    checks = [
        c.model_copy(update={"name": fit_name(f"{target.name}_{names[c.column]}_check"), "column": names[c.column]})
        for c in source.checks
        if not isinstance(c, Ordered | Condition) and c.column in names
    ]
    return target.with_(columns=(*target.columns, *columns), checks=(*target.checks, *checks))


def _taken_apart(schema: Schema, table: Table, dependency: Dependency) -> Schema:
    """Split the table; the tenant, if there is one, goes along on both sides."""
    tenant = table.tenant_column
    if tenant and tenant not in dependency.given:
        within = dependency.model_copy(update={"given": (tenant, *dependency.given)})
        table = table.with_(dependencies=tuple(within if d == dependency else d for d in table.dependencies))
    parts = list(normalise(table))
    tables = [part for old in schema.tables for part in ([old] if old.name != table.name else map(_readable, parts))]
    schema = schema.model_copy(update={"tables": tuple(tables)})
    for part in parts:
        schema = support(schema, part.name)
    return schema


def _readable(part: Table) -> Table:
    """Leave out the indexes over columns that are gone."""
    kept = tuple(i for i in part.indexes if set(i.mentions) <= set(part.column_names))
    return part.with_(indexes=kept)

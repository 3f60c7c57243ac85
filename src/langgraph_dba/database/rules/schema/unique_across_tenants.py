"""A name that is unique among all tenants blocks the name for others, and reveals that somebody has it.

The engine checks unique keys without the policies: if one tenant has a project `acme`, no other can create one, and the
refusal says that the row exists. Keys that are global by nature are not reported: logins, tokens, numbers that others
issue, and keys that contain a row of the tenant.

Bad:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY, slug text UNIQUE);
CREATE TABLE projects (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, slug text NOT NULL UNIQUE, name text NOT NULL
);
CREATE UNIQUE INDEX projects_name_key ON projects (name);
```

Good:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY, slug text UNIQUE);
CREATE TABLE users (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, email text NOT NULL UNIQUE);
CREATE TABLE projects (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, slug text NOT NULL, public_id uuid UNIQUE,
  UNIQUE (tenant_id, slug)
);
CREATE TABLE tasks (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, number integer NOT NULL,
  project_id bigint NOT NULL REFERENCES projects, UNIQUE (project_id, number)
);
```
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.model.schema import Column, Columns, Index, IndexKey, Schema, Table, Unique
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
# a column of this name belongs to tenants also where no policy compares it and not every table has it
_TENANT_COLUMNS = ("tenant_id", "workspace_id")
_NATURAL = frozenset({"code", "label", "name", "no", "nr", "num", "number", "ref", "reference", "sku", "slug", "title"})
# the values come from one register or service for all tenants, or are drawn at random
_GLOBAL = frozenset(
    {
        "access", "account", "activation", "api", "app", "bank", "barcode", "bic", "bucket", "card", "chassis",
        "confirmation", "device", "domain", "download", "ean", "external", "file", "foreign", "global", "gtin", "host",
        "iban", "imei", "invitation", "invite", "isbn", "issn", "join", "key", "licence", "license", "login", "object",
        "otp", "pairing", "passport", "payment", "paypal", "phone", "pin", "plate", "provider", "public", "random",
        "redeem", "referral", "registration", "reset", "secret", "serial", "share", "short", "ssn", "stripe",
        "subdomain", "swift", "tax", "token", "tracking", "transaction", "user", "username", "vat", "verification",
        "vin", "wallet",
    }
)  # fmt: skip
_PEOPLE = frozenset({"account", "accounts", "login", "logins", "user", "users"})
_TYPES = ("string", "text", "char", "smallint", "integer", "bigint", "native")
_DRAWN = re.compile(r"nextval|uuid|random|rand\(|auto_increment", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Key:
    """A unique constraint or unique index; `columns` with those within expressions."""

    name: str
    columns: Columns
    where: str = ""


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield unique keys over natural names of a tenant's rows that are unique among the rows of all tenants."""
    tenant = _tenant_column(table, schema)
    for key in _keys(table) if tenant else ():
        column = _natural_name(key, table, schema)
        if column and tenant not in (*key.columns, *re.findall(r"\w+", key.where)):
            message = f"{key.name} lets one tenant take a {column} from all others, and reveals that it exists"
            instead = f"UNIQUE ({', '.join((tenant, *key.columns))})"
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, message, instead, column=column, constraint=key.name
            )


def _tenant_column(table: Table, schema: Schema) -> str:
    """Return the column with the tenant of a row; empty for the table of tenants and for shared tables."""
    isolation = schema.isolation
    if schema.is_tenant_table(table) or (isolation and isolation.model != "shared-schema"):
        return ""
    if table.tenant_column:
        return table.tenant_column
    referring = {key.columns for key in table.foreign_keys}
    return next((name for name in _TENANT_COLUMNS if (name,) in referring), "")


def _keys(table: Table) -> Iterator[_Key]:
    yield from (_Key(one.name, one.columns) for one in table.uniques)
    yield from (_Key(one.name, _index_columns(one, table), one.where) for one in table.indexes if one.unique)


def _index_columns(index: Index, table: Table) -> Columns:
    within = {word for part in index.parts for word in re.findall(r"\w+", part.expression.lower())}
    named = {part.column for part in index.parts}
    return tuple(c.name for c in table.columns if c.name in named or c.sql_name.lower() in within)


def _natural_name(key: _Key, table: Table, schema: Schema) -> str:
    """Return the column of a key that a person chooses; empty if another column selects rows of one tenant."""
    referring = {column: one.target for one in table.foreign_keys for column in one.columns}
    chosen = ""
    for name in key.columns:
        column, target = table.column(name), referring.get(name)
        is_key = column.type.name in ("identity", "uuid") or (target is None and tokens(name)[-1] == "id")
        if is_key or (target and not _is_shared(schema.table(target), schema)) or _is_global(column):
            return ""
        if not target and _is_natural(column, table):
            chosen = chosen or name
    return chosen


def _is_shared(table: Table, schema: Schema) -> bool:
    if schema.isolation:
        return schema.is_shared(table)
    return not _tenant_column(table, schema) and not any(
        _tenant_column(schema.table(key.target), schema) for key in table.foreign_keys
    )


def _is_global(column: Column) -> bool:
    drawn = column.default_sql or (column.generated.expression if column.generated else "")
    return bool(_GLOBAL.intersection(tokens(column.name)) or _DRAWN.search(drawn) or column.identity)


def _is_natural(column: Column, table: Table) -> bool:
    # the names of people who log in are unique for the login, not for a tenant
    is_login = column.name == "name" and not _PEOPLE.isdisjoint(tokens(table.name))
    return tokens(column.name)[-1] in _NATURAL and column.type.name in _TYPES and not is_login


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Put the tenant column before the other columns of the key, unless a foreign key refers to them."""
    table = schema.table(location.table)
    tenant = _tenant_column(table, schema)
    columns = {key.name: key.columns for key in _keys(table)}.get(location.constraint, ())
    if not tenant or any(
        k.target == table.name and set(k.target_columns) <= {*columns} for _, k in schema.foreign_keys()
    ):
        return schema
    uniques = tuple(_within_tenant(one, tenant) if one.name == location.constraint else one for one in table.uniques)
    indexes = tuple(_index_within(one, tenant) if one.name == location.constraint else one for one in table.indexes)
    return schema.replace(table.with_(uniques=uniques, indexes=indexes))


def _within_tenant(unique: Unique, tenant: str) -> Unique:
    return unique.model_copy(update={"columns": (tenant, *unique.columns)})


def _index_within(index: Index, tenant: str) -> Index:
    if index.columns:
        return index.model_copy(update={"columns": (tenant, *index.columns)})
    return index.model_copy(update={"keys": (IndexKey(column=tenant), *index.keys)})

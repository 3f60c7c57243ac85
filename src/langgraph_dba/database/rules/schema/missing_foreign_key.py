"""A column with keys of another table but without a foreign key can hold keys of rows that do not exist.

The reference is in the column's name only, so the engine does not enforce it: it accepts a wrong key, and it deletes a
row that others reference. The column names the table alone or behind the name of an application: `user_id` names
`users`, and `auth_user` if no other table ends in this word. The columns of a log or history that triggers write are
not reported: its rows stay when the row that they describe is deleted.

Bad:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL);
CREATE TABLE auth_user (id bigint PRIMARY KEY);
CREATE TABLE shop_cart (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES auth_user);
CREATE TABLE shop_cartline (id bigint PRIMARY KEY, cart_id bigint NOT NULL, user_id bigint NOT NULL);
CREATE TABLE stock_depot (id bigint PRIMARY KEY);
CREATE TABLE shop_parcel (id bigint PRIMARY KEY, depot_id bigint NOT NULL);
```

Good:

```sql
CREATE TABLE customers (customer_id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, external_id bigint);
CREATE TABLE shop_rating (id bigint PRIMARY KEY, parcel_id bigint NOT NULL, parcel_type text NOT NULL);
CREATE TABLE stock_parcel (id bigint PRIMARY KEY, stripe_customer_id text);
CREATE TABLE order_history (order_id bigint NOT NULL, customer_id bigint NOT NULL, changed_at timestamptz NOT NULL);
CREATE FUNCTION keep_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO order_history VALUES (OLD.id, OLD.customer_id, now());
  RETURN NULL;
END $$;
CREATE TRIGGER keep_order AFTER UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep_order();
```
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, ColumnType, ForeignKey, Schema, Table
from langgraph_dba.database.reflection.trigger_inserts import TriggerInsert, inserts_of_triggers
from langgraph_dba.database.requirements.plural import plural_of, singular_of
from langgraph_dba.database.rules.kit.changes import add_tenant_to_key, free_name, index_foreign_keys
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_LOGS = frozenset({"audit", "audits", "changelog", "changes", "history", "journal", "log", "logs", "versions"})
# A key that only ends in such a word can be of any table, or of another system.
_OF_ANY_THING = frozenset(
    {
        "account", "batch", "channel", "chat", "class", "client", "code", "correlation", "data", "detail", "device",
        "entity", "entry", "event", "external", "foreign", "identity", "item", "job", "key", "kind", "level", "line",
        "log", "message", "model", "number", "object", "option", "parent", "process", "record", "ref",
        "reference", "request", "run", "session", "source", "state", "status", "target", "task", "tax", "thread",
        "token", "trace", "transaction", "type", "value", "version",
    }
)  # fmt: skip
# Words before the name of a table that has some of the rows, or copies of them: no applications.
_OF_OTHER_ROWS = frozenset(
    {
        "active", "admin", "anonymous", "archive", "archived", "audit", "backup", "bak", "deleted", "external",
        "former", "guest", "history", "import", "inactive", "legacy", "log", "new", "old", "potential", "raw", "stage",
        "staging", "stg", "temp", "test", "tmp",
    }
)  # fmt: skip
_NUMBERS = ("identity", "reference", "integer", "bigint", "smallint")
_NATIVE_NUMBER = re.compile(r"(tiny|small|medium|big)?int(eger)?( ?\(\d+\))?( unsigned)?( zerofill)?", re.IGNORECASE)


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield columns outside of foreign keys that have the name and the type of a reference to another table."""
    # the foreign keys of a partitioned table may be on its partitions, which the schema does not describe
    if table.partitions:
        return
    referring = table.referring_columns
    for column in table.columns:
        target = None if column.name in referring else _target(schema, table, column)
        if target and not _is_log_of_triggers(schema, table, column, target):
            message = f"{column.name} holds keys of {target.name}, but no foreign key enforces that they exist"
            instead = _advice(schema, table, column, target)
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _advice(schema: Schema, table: Table, column: Column, target: Table) -> str:
    own, theirs = column.name, target.primary_key[0]
    if not _needs_tenant(schema, table, column.name, target):
        return f"add FOREIGN KEY ({own}) REFERENCES {target.name} ({theirs})"
    theirs = f"{target.tenant_column}, {theirs}"
    key = f"add FOREIGN KEY ({table.tenant_column}, {own}) REFERENCES {target.name} ({theirs})"
    is_unique = any(set(columns) == {target.tenant_column, target.primary_key[0]} for columns in target.keys)
    return key if is_unique else f"{key}, which needs UNIQUE ({theirs}) there"


def _needs_tenant(schema: Schema, table: Table, column: str, target: Table) -> bool:
    """Return whether a foreign key without the tenant column could refer to a row of another tenant."""
    within = target.is_tenant_owned and not schema.is_tenant_table(target)
    return within and table.tenant_column not in (None, column)


def _target(schema: Schema, table: Table, column: Column) -> Table | None:
    """Return the table whose keys a column holds by its name and type; None if there is none."""
    stem = column.name.removesuffix("_id")
    if stem == column.name:
        return None  # a column `customer` can hold a name
    names = (stem, plural_of(stem))
    # frameworks put the application's name before those of its tables: `shop_order` and `shop_orderline`
    application = table.name.partition("_")[0]
    same = _targets_of_name(schema, column.name)
    named = (*names, *(f"{application}_{name}" for name in names), *(same if len(same) == 1 else ()))
    targets = [target for name in named if (target := schema.find_table(name))]
    if not targets and not same and _is_of_other_application(table, column, stem):
        targets = _targets_by_ending(schema, names)
    return next((target for target in targets if _holds_keys(table, column, target)), None)


def _targets_of_name(schema: Schema, column: str) -> tuple[str, ...]:
    """Return the tables to which the foreign keys over a column of this name refer."""
    return tuple({key.target for _, key in schema.foreign_keys() if key.columns == (column,)})


def _is_of_other_application(table: Table, column: Column, stem: str) -> bool:
    """Return whether a column may refer to a table of another application: its name says what, and it is no own key."""
    numbers = column.identity is not None or column.type.name == "identity" or table.primary_key == (column.name,)
    # a `parcel_type` can say of which table a `parcel_id` is
    is_of_any = tokens(stem)[-1] in _OF_ANY_THING or f"{stem}_type" in table.column_names
    return not numbers and not is_of_any


def _targets_by_ending(schema: Schema, names: tuple[str, ...]) -> list[Table]:
    """Return the only table whose name is that of an application and one of these; empty if there are several."""
    ends = tuple(f"_{name}" for name in names)
    found = [one for one in schema.tables if one.name.endswith(ends) and not _is_part(schema, one, ends)]
    if len(found) != 1:
        return []
    application = _before(found[0], ends)
    return found if "_" not in application and application not in _OF_OTHER_ROWS else []


def _before(table: Table, ends: tuple[str, ...]) -> str:
    return next(table.name.removesuffix(end) for end in ends if table.name.endswith(end))


def _is_part(schema: Schema, table: Table, ends: tuple[str, ...]) -> bool:
    """Return whether the word before the ending names another table: `order_item` is a part of an `order`."""
    head = _before(table, ends)
    whole = tuple(
        name for word in {head, head.partition("_")[0]} for name in (word, plural_of(word), singular_of(word))
    )
    endings = tuple(f"_{name}" for name in (head, plural_of(head)))
    return any(
        one is not table and (one.name in whole or one.name.endswith(endings) or table.name.startswith(f"{one.name}_"))
        for one in schema.tables
    )


def _holds_keys(table: Table, column: Column, target: Table) -> bool:
    # a table may name its own key `customer_id`: that column is the key, not a reference to it
    is_own_key = table.name == target.name and column.name in table.primary_key
    return not is_own_key and len(target.primary_key) == 1 and _fits(column, target.column(target.primary_key[0]))


def _fits(column: Column, key: Column) -> bool:
    # integer types may differ in width: engines compare them, and existing schemas mix them
    if _is_number(column.type) and _is_number(key.type):
        return True
    is_same = column.type.native.lower() == key.type.native.lower()
    return column.type.name == key.type.name and (column.type.name == "uuid" or (bool(key.type.native) and is_same))


def _is_number(type_: ColumnType) -> bool:
    return type_.name in _NUMBERS or bool(_NATIVE_NUMBER.fullmatch(type_.native))


def _is_log_of_triggers(schema: Schema, table: Table, column: Column, target: Table) -> bool:
    """Return whether triggers append rows to the table in which the column keeps a key of a row that may be deleted."""
    appends = [one for one in inserts_of_triggers(schema) if one.target == table.name and not one.merges]
    return bool(appends) and (
        not _LOGS.isdisjoint(tokens(table.name)) or any(_keeps_old(schema, one, column, target) for one in appends)
    )


def _keeps_old(schema: Schema, append: TriggerInsert, column: Column, target: Table) -> bool:
    # with the insertion of a row, its key and the keys in it exist: a foreign key is right for a queue or a message
    source = schema.find_table(append.source)
    is_copied = source is not None and column.name in source.column_names
    return bool(append.events & {"update", "delete"}) and (append.source == target.name or is_copied)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add the foreign key and an index for it; between tenant-owned tables, with the tenant column."""
    table = schema.table(location.table)
    target = _target(schema, table, table.column(location.column))
    if target is None:
        return schema
    name = free_name(schema, f"{table.name}_{location.column.removesuffix('_id')}_fkey")
    key = ForeignKey(name=name, columns=(location.column,), target=target.name, target_columns=target.primary_key)
    schema = schema.replace(table.with_(foreign_keys=(*table.foreign_keys, key)))
    # without the tenant column the fix would add a finding of foreign-key-crosses-tenants
    if _needs_tenant(schema, table, location.column, target):
        return add_tenant_to_key(schema, table.name, name)
    return index_foreign_keys(schema, table.name)

"""A column with keys of another table but without a foreign key can hold keys of rows that do not exist.

The reference is in the column's name only, so the engine does not enforce it: it accepts a wrong key, and it deletes a
row that others reference. The column names the table alone or behind the name of an application: `user_id` names
`users`, and `auth_user` if no other table ends in this word. The role of a row may stand before its table, as in
`billing_address_id`. The columns of a log or history that triggers write, and the key of a table in its own log, are
not reported: the rows of a log stay when the row that they describe is deleted.

Bad:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL);
CREATE TABLE auth_user (id bigint PRIMARY KEY);
CREATE TABLE shop_cart (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES auth_user);
CREATE TABLE shop_cartline (id bigint PRIMARY KEY, cart_id bigint NOT NULL, user_id bigint NOT NULL);
CREATE TABLE stock_depot (id bigint PRIMARY KEY);
CREATE TABLE shop_parcel (id bigint PRIMARY KEY, depot_id bigint NOT NULL, pickup_depot_id bigint);
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
# What a row is to the one that refers to it: `billing_address_id`, `reply_to_post_id`, `last_post_id`.
_ROLES = frozenset(
    {
        "assigned", "billing", "current", "default", "delivery", "destination", "first", "from", "home", "invited",
        "last", "main", "next", "origin", "original", "parent", "pickup", "previous", "primary", "receiving", "reply",
        "secondary", "sending", "shipping", "to",
    }
)  # fmt: skip
_UUID_AS_TEXT = 36
_NUMBERS = ("identity", "reference", "integer", "bigint", "smallint")
_NATIVE_NUMBER = re.compile(r"(tiny|small|medium|big)?int(eger)?( ?\(\d+\))?( unsigned)?( zerofill)?", re.IGNORECASE)


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield columns outside of foreign keys that have the name and the type of a reference to another table."""
    if table.partitions and _has_keys_of_partitions(schema):
        return
    referring = table.referring_columns
    for column in table.columns:
        target = None if column.name in referring else _target(schema, table, column)
        if target and not _is_log_of_triggers(schema, table, column, target):
            message = f"{column.name} holds keys of {target.name}, but no foreign key enforces that they exist"
            instead = _advice(schema, table, column, target)
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _has_keys_of_partitions(schema: Schema) -> bool:
    """Return whether foreign keys are on partitions, not on their table: which columns they are over is not read."""
    keys = (one for one in schema.others if one.kind == "partition constraint")
    return any(" FOREIGN KEY " in one.definition for one in keys)


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
    if stem == column.name or column.identity or column.type.name == "identity":
        return None  # a column `customer` can hold a name, and an identity is a key of its own
    stem = _without_role(schema, stem)
    names = (stem, plural_of(stem))
    # frameworks put the application's name before those of its tables: `shop_order` and `shop_orderline`
    application = table.name.partition("_")[0]
    same = _targets_of_name(schema, column.name)
    heads = dict.fromkeys((application, singular_of(application)))
    named = (*names, *(f"{head}_{name}" for head in heads for name in names), *(same if len(same) == 1 else ()))
    targets = [target for name in named if (target := schema.find_table(name))]
    if not targets and not same and _is_of_other_application(table, column, stem):
        targets = _targets_by_ending(schema, names)
    return next((target for target in targets if _holds_keys(table, column, target)), None)


def _without_role(schema: Schema, stem: str) -> str:
    """Return the name of a table without the role of its row: `address` of `billing_address`, if no table has both."""
    words = tokens(stem)
    while len(words) > 1 and words[0] in _ROLES:
        whole = "_".join(words)
        if schema.find_table(whole) or schema.find_table(plural_of(whole)):
            break
        words = words[1:]
    return "_".join(words)


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
    # the log of that table keeps its rows
    *of, kind = tokens(table.name)
    is_log = kind in _LOGS and singular_of("_".join(of)) == singular_of(target.name)
    return (
        not is_own_key
        and not is_log
        and len(target.primary_key) == 1
        and _fits(column, target.column(target.primary_key[0]))
    )


def _fits(column: Column, key: Column) -> bool:
    # integer types may differ in width: engines compare them, and existing schemas mix them
    if _is_number(column.type) and _is_number(key.type):
        return True
    if column.type.name == key.type.name == "string":
        return column.type.length == key.type.length == _UUID_AS_TEXT
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

"""Methods of schemas, tables and indexes."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_dba.database.model.creation_order import creation_order
from langgraph_dba.database.model.schema import (
    Column,
    ColumnType,
    ForeignKey,
    Index,
    IndexKey,
    Isolation,
    Schema,
    Table,
    Unique,
)
from langgraph_dba.database.reflection.names import plain_name, plain_names
from langgraph_dba.errors import RequirementsError


def _table(name: str, *columns: str, keys: tuple[ForeignKey, ...] = (), **more: object) -> Table:
    listed = tuple(
        Column(name=column, type=ColumnType(name="bigint"), nullable=column.endswith("_q")) for column in columns
    )
    return Table.model_validate(
        {"name": name, "columns": listed, "primary_key": columns[:1], "foreign_keys": keys, **more}
    )


def _key(target: str, *columns: str, validated: bool = True) -> ForeignKey:
    return ForeignKey(
        name=f"{target}_fkey", columns=columns, target=target, target_columns=columns, validated=validated
    )


_TENANTS = _table("tenants", "id", tenant_column="id")
_TASKS = _table(
    "tasks", "id", "tenant_id", "owner_id", "team_id_q",
    keys=(
        _key("tenants", "tenant_id"), _key("users", "tenant_id", "owner_id"), _key("teams", "tenant_id", "team_id_q"),
    ),
    uniques=(Unique(name="u", columns=("tenant_id", "owner_id")),),
    indexes=(
        Index(name="i", columns=("tenant_id", "team_id_q", "owner_id")),
        Index(name="j", columns=("owner_id",), where="owner_id > 1"),
    ),
    tenant_column="tenant_id",
)  # fmt: skip


def test_own_key_columns_exclude_the_tenant_unless_it_is_the_only_column() -> None:
    assert [_TASKS.own_key_columns(key) for key in _TASKS.foreign_keys] == [
        ("tenant_id",), ("owner_id",), ("team_id_q",)
    ]  # fmt: skip


def test_a_key_of_the_tenant_column_alone_is_no_row_reference() -> None:
    assert [key.target for key in _TASKS.row_references] == ["users", "teams"]
    assert [_TASKS.is_tenant_key(key) for key in _TASKS.foreign_keys] == [True, False, False]


def test_a_key_is_optional_by_its_own_columns_and_one_to_one_by_a_unique_constraint() -> None:
    assert [_TASKS.is_optional(key) for key in _TASKS.foreign_keys] == [False, False, True]
    assert [_TASKS.is_one_to_one(key) for key in _TASKS.foreign_keys] == [False, True, False]


def test_ownership_of_tables() -> None:
    shared = _table("countries", "id")
    schema = Schema(name="S", tables=(_TENANTS, shared, _TASKS), isolation=Isolation(table="tenants"))

    assert [table.is_tenant_owned for table in schema.tables] == [True, False, True]
    assert [schema.is_shared(table) for table in schema.tables] == [False, True, False]
    assert [schema.is_tenant_table(table) for table in schema.tables] == [True, False, False]
    assert [table.is_keyed_by_tenant for table in schema.tables] == [True, False, False]


def test_without_tenants_no_table_is_shared() -> None:
    schema = Schema(name="S", tables=(_table("countries", "id"),))

    assert not schema.is_shared(schema.tables[0])


@pytest.mark.parametrize(
    ("columns", "served"),
    [
        (("tenant_id", "team_id_q"), (True, True)),
        (("team_id_q", "tenant_id"), (True, False)),
        (("team_id_q",), (False, False)),
        (("tenant_id", "team_id_q", "owner_id", "id"), (False, False)),
    ],
)
def test_lookups_need_leading_columns_in_any_order_and_sorts_in_the_same_order(
    columns: tuple[str, ...], served: tuple[bool, bool]
) -> None:
    index = _TASKS.indexes[0]

    assert (index.supports_lookup(columns), index.serves_order(columns)) == served
    assert (_TASKS.supports_lookup(columns), _TASKS.serves_order(columns)) == served


def test_keys_are_access_paths_and_a_partial_index_is_none() -> None:
    assert _TASKS.access_paths == (("id",), ("tenant_id", "owner_id"), ("tenant_id", "team_id_q", "owner_id"), ())
    assert _TASKS.supports_lookup(("owner_id", "tenant_id"))
    assert not _TASKS.supports_lookup(("owner_id",))


def test_an_index_supports_lookups_up_to_its_first_expression() -> None:
    index = Index(name="i", keys=(IndexKey(column="a"), IndexKey(expression="lower(b)"), IndexKey(column="c")))

    assert index.supports_lookup(("a",))
    assert not index.supports_lookup(("a", "c"))


def test_late_keys_refer_to_later_tables_or_are_not_valid() -> None:
    first = _table("first", "id", keys=(_key("first", "id"), _key("second", "id")))
    second = _table("second", "id", keys=(_key("first", "id"),))
    third = _table("third", "id", keys=(_key("first", "id", validated=False),))
    schema = Schema(name="S", tables=(first, second, third))

    assert [(table.name, key.target) for table, key in schema.late_foreign_keys()] == [
        ("first", "second"), ("third", "first")
    ]  # fmt: skip
    assert [schema.is_circular(table, key) for table, key in schema.foreign_keys()] == [True, True, False, False]


# -- lookups by name --------------------------------------------------------------------------------------------


def _looked_up(schema: Schema) -> Schema:
    assert schema.table("tasks").column("owner_id").name == "owner_id"
    return schema


_SCHEMA = Schema(name="S", tables=(_TENANTS, _TASKS))


def test_the_error_of_a_missing_name_contains_it() -> None:
    with pytest.raises(KeyError, match="'users'"):
        _SCHEMA.table("users")
    with pytest.raises(KeyError, match=r"'tasks\.size'"):
        _TASKS.column("size")


def test_of_two_tables_of_one_name_the_first_is_returned() -> None:
    schema = Schema(name="S", tables=(_TASKS, _TASKS.with_(comment="again")))

    assert schema.table("tasks").comment == ""


def test_a_changed_copy_has_its_own_cached_values() -> None:
    schema = _looked_up(_SCHEMA.model_copy())
    renamed = _TASKS.with_(columns=(Column(name="size", type=ColumnType(name="bigint")),))
    users = _table("users", "id")

    changed = schema.replace(renamed)
    longer = schema.model_copy(update={"tables": (users, *schema.tables)})

    assert changed.table("tasks").column("size").name == "size"
    with pytest.raises(KeyError):
        changed.table("tasks").column("owner_id")
    assert (longer.table("users"), longer.table("tasks")) == (users, _TASKS)
    assert schema.table("tasks") == _TASKS


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy, copy.deepcopy, lambda s: s.model_copy(deep=True), lambda s: pickle.loads(pickle.dumps(s)),
        lambda s: Schema.model_validate_json(s.model_dump_json()), lambda s: Schema.model_validate(s.model_dump()),
    ],
)  # fmt: skip
def test_cached_values_do_not_affect_equality_hash_or_copies(copied: object) -> None:
    fresh, used = _SCHEMA.model_copy(deep=True), _looked_up(_SCHEMA.model_copy(deep=True))

    created = copied(used)  # type: ignore[operator]

    assert fresh == used == created
    assert hash(fresh) == hash(used) == hash(created)
    assert vars(created).keys() == Schema.model_fields.keys()
    assert fresh.model_dump_json() == used.model_dump_json()
    assert dict(used).keys() == Schema.model_fields.keys()
    assert _looked_up(created) == used


# -- linear algorithms return the result of the quadratic ones --------------------------------------------------


def _quadratic_order(tables: list[Table]) -> list[str]:
    ordered: list[str] = []
    waiting = list(tables)
    while waiting:
        ready = next((t for t in waiting if _needs(t, optional=True) <= {*ordered}), None)
        ready = ready or next((t for t in waiting if _needs(t, optional=False) <= {*ordered}), None)
        if ready is None:
            raise RequirementsError("circle")
        waiting.remove(ready)
        ordered.append(ready.name)
    return ordered


def _needs(table: Table, *, optional: bool) -> set[str]:
    keys = [key for key in table.foreign_keys if key.target != table.name]
    return {key.target for key in keys if optional or not table.is_optional(key)}


_NAMES = "abcdef"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=12), st.permutations(_NAMES))
def test_the_creation_order_equals_that_of_the_quadratic_algorithm(
    links: list[tuple[int, int, bool]], names: list[str]
) -> None:
    keys = {name: tuple(_key(names[t], f"r{t}{'_q' * q}") for f, t, q in links if names[f] == name) for name in names}
    tables = [_table(name, "id", *{c for key in keys[name] for c in key.columns}, keys=keys[name]) for name in names]

    try:
        expected = _quadratic_order(tables)
    except RequirementsError:
        with pytest.raises(RequirementsError):
            creation_order(tables)
        return
    assert [table.name for table in creation_order(tables)] == expected


@given(st.lists(st.text("aB_2 -", max_size=5), max_size=12))
def test_plain_names_get_the_first_free_number(names: list[str]) -> None:
    given_names: dict[str, str] = {}
    for name in sorted(dict.fromkeys(names), key=lambda name: plain_name(name) != name):
        candidate, number = plain_name(name), 1
        while candidate in given_names.values():
            number += 1
            candidate = f"{plain_name(name)}_{number}"
        given_names[name] = candidate

    assert plain_names(names) == given_names

"""Reflect an existing schema from the engine that ran its statements."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usable_engines import usable

from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.ddl.sqlalchemy_tables import check_sql
from langgraph_dba.database.engines import Engine, Rejected, traits_of
from langgraph_dba.database.model.schema import (
    Check,
    Choice,
    Column,
    ColumnType,
    Filled,
    Index,
    IndexKey,
    Isolation,
    Ordered,
    Range,
    Schema,
    Table,
)
from langgraph_dba.database.reflection.checks import read_condition
from langgraph_dba.database.reflection.read_schema import plain_name, schema_from_sql
from langgraph_dba.database.rules import find
from langgraph_dba.findings import score

READ = ("sqlite", "postgresql")  # the engines of these tests


@pytest.fixture(params=READ)
def engine(request: pytest.FixtureRequest) -> Engine:
    return usable(request.param)


FLAWED = """
CREATE TABLE customer (id integer, name text NOT NULL, phone1 text, phone2 text, tags varchar(200), email text);
CREATE TABLE "order" (
  id integer PRIMARY KEY, customer_id integer NOT NULL, placed_at timestamp NOT NULL,
  status varchar(20) NOT NULL, total double precision NOT NULL
);
CREATE TABLE items (
  id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES "order" (id), quantity integer NOT NULL
);
"""
SOUND = """
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, created_at timestamp DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE orders (
  id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id), placed_on date NOT NULL,
  status varchar(20) NOT NULL CHECK (status IN ('open', 'paid')), total numeric(12, 2) NOT NULL CHECK (total >= 0),
  created_at timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX orders_customer_idx ON orders (customer_id);
"""


def test_every_planted_problem_is_reported(engine: Engine) -> None:
    findings = find(schema_from_sql(FLAWED, engine, name="flawed"))

    assert {(one.rule, str(one.location).partition(".")[0]) for one in findings} >= {
        ("missing-primary-key", "customer"),
        ("repeating-group", "customer"),
        ("delimiter-packed-column", "customer"),
        ("personal-data-unmarked", "customer"),
        ("reserved-name", "order"),
        ("money-as-float", "order"),
        ("instant-without-zone", "order"),
        ("free-text-status", "order"),
        ("unindexed-foreign-key", "items"),
        ("unchecked-amount", "items"),
    }
    assert score(findings) < 90


def test_a_schema_without_problems_has_the_full_score(sqlite: Engine) -> None:
    # a DECIMAL of SQLite is a binary float
    cents = re.sub(r"numeric ?\(\d+, ?\d+\)", "integer", SOUND)

    assert score(find(schema_from_sql(cents, sqlite, name="sound"))) == 100


def test_a_schema_without_problems_has_the_full_score_where_types_have_zones(postgresql: Engine) -> None:
    zoned = SOUND.replace("created_at timestamp", "created_at timestamptz")

    assert score(find(schema_from_sql(zoned, postgresql, name="sound"))) == 100


def test_a_rendered_schema_reflects_as_the_original(schema: Schema, ddl: dict[str, Ddl], postgresql: Engine) -> None:
    reflected = schema_from_sql(ddl["postgresql"].up, postgresql, name=schema.name)

    assert reflected.isolation == schema.isolation
    assert [table.name for table in reflected.tables] == [table.name for table in schema.tables]
    for table in with_mechanisms(schema, postgresql.traits).tables:
        other = reflected.table(table.name)
        assert other.column_names == table.column_names
        assert [c.nullable for c in other.columns] == [c.nullable for c in table.columns]
        assert (other.primary_key, other.tenant_column) == (table.primary_key, table.tenant_column)
        assert set(other.uniques) == set(table.uniques)
        assert set(other.foreign_keys) == set(table.foreign_keys)
        assert {(i.name, i.columns, i.include) for i in other.indexes} == {
            (i.name, i.columns, i.include) for i in table.indexes
        }
        assert {(c.name, c.kind) for c in other.checks} == {(c.name, c.kind) for c in table.checks}
        for column in table.columns:
            if column.type.name != "choice":
                assert other.column(column.name).type.name == column.type.name


def test_a_reflected_design_has_no_major_finding(schema: Schema, ddl: dict[str, Ddl], engine: Engine) -> None:
    reflected = schema_from_sql(ddl[engine.traits.name].up, engine, name=schema.name)

    assert [one for one in find(reflected) if one.severity in ("critical", "major")] == []


def test_types_reflect_as_logical_types(postgresql: Engine) -> None:
    sql = """CREATE TYPE mood AS ENUM ('glad', 'sad');
    CREATE TABLE t (a bigserial PRIMARY KEY, b smallint, c varchar(9), d varchar, e char(3), f numeric(9, 3), g real,
      h timestamptz DEFAULT now(), i timestamp, j date, k jsonb, l uuid, m bytea, n boolean DEFAULT true, o mood,
      p interval, q text[], r inet, s text DEFAULT 'it''s')"""

    table = schema_from_sql(sql, postgresql, name="types").table("t")

    assert " ".join(column.type.name for column in table.columns) == (
        "identity smallint string text char decimal float instant local-datetime date json uuid binary boolean choice "
        "duration native native text"
    )
    assert table.column("c").type.length == 9
    assert (table.column("f").type.precision, table.column("f").type.scale) == (9, 3)
    assert table.column("o").type.choices == ("glad", "sad")
    assert [table.column(name).default for name in "hns"] == ["now", "true", "it's"]


def test_partial_and_expression_indexes_are_not_plain(engine: Engine) -> None:
    """Their expressions and predicates are read, and they support no lookup."""
    sql = """CREATE TABLE t (id integer PRIMARY KEY, a text, b text);
    CREATE INDEX plain_one ON t (a); CREATE INDEX lowered ON t (lower(a));
    CREATE INDEX partial ON t (a) WHERE b = 'x'"""

    indexes = schema_from_sql(sql, engine, name="indexes").table("t").indexes

    plain_one, lowered, partial = sorted(
        indexes, key=lambda index: ("plain_one", "lowered", "partial").index(index.name)
    )
    assert plain_one == Index(name="plain_one", columns=("a",))
    assert (plain_one.lookup_columns, lowered.lookup_columns, partial.lookup_columns) == (("a",), (), ())
    assert lowered.keys == (IndexKey(expression="lower(a)"),)
    assert partial.where


def test_uniques_and_delete_actions(engine: Engine) -> None:
    sql = """CREATE TABLE a (id integer PRIMARY KEY, code text UNIQUE, x integer, y integer, UNIQUE (x, y));
    CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a (id) ON DELETE SET NULL,
      c_id integer NOT NULL REFERENCES a (id) ON DELETE CASCADE)"""

    reflected = schema_from_sql(sql, engine, name="rules")

    assert {unique.columns for unique in reflected.table("a").uniques} == {("code",), ("x", "y")}
    assert {key.columns[0]: key.on_delete for key in reflected.table("b").foreign_keys} == {
        "a_id": "set-null", "c_id": "cascade",
    }  # fmt: skip


TENANTS = """CREATE TABLE organizations (id integer PRIMARY KEY);
CREATE TABLE users (id integer PRIMARY KEY, organization_id integer NOT NULL REFERENCES organizations (id));
"""


def test_a_column_that_every_table_has_is_the_tenant_column(engine: Engine) -> None:
    reflected = schema_from_sql(TENANTS, engine, name="tenants")

    derives = not engine.traits.row_level_security  # on an engine with row-level security, this schema has none
    assert reflected.isolation == Isolation(table="organizations", column="organization_id", derives=derives)
    assert [table.tenant_column for table in reflected.tables] == ["id", "organization_id"]


def test_a_column_that_one_table_lacks_is_no_tenant_column(engine: Engine) -> None:
    reflected = schema_from_sql(TENANTS + "CREATE TABLE notes (id integer PRIMARY KEY)", engine, name="tenants")

    assert reflected.isolation is None


def test_policies_determine_the_tenant_column_and_the_setting(postgresql: Engine) -> None:
    sql = (
        TENANTS.replace("organization", "firm")
        + """CREATE TABLE countries (id integer PRIMARY KEY);
    ALTER TABLE users ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON users USING (firm_id = current_setting('shop.firm')::integer)"""
    )

    reflected = schema_from_sql(sql, postgresql, name="policies")

    assert reflected.isolation == Isolation(table="firms", column="firm_id", setting="shop.firm", derives=False)
    assert reflected.table("countries").tenant_column is None


def test_names_that_need_quotes_become_identifiers(engine: Engine) -> None:
    sql = """CREATE TABLE "OrderItem" ("itemId" integer PRIMARY KEY, "Unit Price" integer CHECK ("Unit Price" >= 0))"""

    table = schema_from_sql(sql, engine, name="names").table("order_item")

    assert table.column_names == ("item_id", "unit_price")
    assert [(check.kind, check.column) for check in table.meanings if isinstance(check, Range)] == [
        ("range", "unit_price")
    ]


@given(st.text(min_size=1, max_size=120))
def test_any_name_has_an_identifier(name: str) -> None:
    assert Table(name=plain_name(name), columns=()).name == plain_name(plain_name(name))


def test_statements_that_do_not_run_are_refused(engine: Engine) -> None:
    with pytest.raises(Rejected):
        schema_from_sql("CREATE TABLE t (id integer PRIMARY KEY", engine, name="broken")


# -- checks --------------------------------------------------------------------------------------------------------

NAMES = {name: name for name in ("a", "b")}
ROW = Table(
    name="t",
    columns=(Column(name="a", type=ColumnType(name="integer")), Column(name="b", type=ColumnType(name="text"))),
)
bounds = st.none() | st.decimals(min_value=-1000, max_value=1000, places=2)
checks: st.SearchStrategy[Check] = st.one_of(
    st.builds(Range, name=st.just("c"), column=st.just("a"), low=bounds, high=bounds).filter(
        lambda check: check.low is not None or check.high is not None
    ),
    st.builds(
        Choice,
        name=st.just("c"),
        column=st.just("b"),
        values=st.lists(st.text("ab' %", min_size=1), min_size=1, unique=True).map(tuple),
    ),
    st.just(Ordered(name="c", first="a", last="b")),
    st.just(Filled(name="c", column="b")),
)


@given(checks, st.sampled_from(READ))
def test_rendered_conditions_parse_as_the_original_checks(check: Check, engine: str) -> None:
    assert read_condition("c", check_sql(check, ROW, traits_of(engine)), engine, NAMES) == (check,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a >= 0) AND (a < 10)", (Range(name="c", column="a", low=Decimal(0), high=Decimal(10)),)),
        ("a BETWEEN '-5'::integer AND 5", (Range(name="c", column="a", low=Decimal(-5), high=Decimal(5)),)),
        ("0 < a", (Range(name="c", column="a", low=Decimal(0)),)),
        ("b = ANY (ARRAY['x'::text, 'y'::text])", (Choice(name="c", column="b", values=("x", "y")),)),
        ("b IS NULL OR b >= a", (Ordered(name="c", first="a", last="b"),)),
        ("b <> ''::text", (Filled(name="c", column="b"),)),
        ("length(TRIM(BOTH FROM b)) > 0", (Filled(name="c", column="b"),)),
        ("b ~ '^x'", ()),
        ("a % 2 = 0", ()),
        ("a > 0 OR b = 'x'", ()),
        ("num_nonnulls(a, b) = 1", ()),
    ],
)
def test_conditions_in_the_form_of_engines(text: str, expected: tuple[Check, ...]) -> None:
    assert read_condition("c", text, "postgresql", NAMES) == expected


def test_each_part_of_a_condition_is_a_check() -> None:
    findings = read_condition("c", "a > 0 AND b IN ('x')", "sqlite", NAMES)

    assert [(check.name, check.kind) for check in findings] == [("c", "range"), ("c", "choice")]

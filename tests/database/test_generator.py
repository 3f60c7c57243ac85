"""Generated rows satisfy every constraint and have the requested distribution; learning copies no text."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langgraph_dba.database.data.generator import (
    ColumnProfile,
    Profile,
    ReferenceProfile,
    Spread,
    TableProfile,
    generate,
    rows_of,
    statements,
)
from langgraph_dba.database.data.generator.learn import learn, zipf_exponent
from langgraph_dba.database.data.scratch_database import scratch
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import ENGINES, Connection, Engine, QueryResult, traits_of
from langgraph_dba.database.model.schema import (
    Choice,
    Column,
    ColumnType,
    ForeignKey,
    Ordered,
    Range,
    Schema,
    Table,
    TypeName,
    Unique,
)
from langgraph_dba.errors import InputError


@contextmanager
def filled_database(engine: Engine, schema: Schema, profile: Profile | None = None) -> Iterator[Connection]:
    with engine.scratch(render(schema, engine.traits).up) as scratch, scratch.connect("superuser") as connection:
        generate(connection, schema, engine.traits, profile)
        yield connection


def _table(name: str, *columns: Column, **more: object) -> Table:
    key = Column(name="id", type=ColumnType(name="identity"))
    return Table.model_validate({"name": name, "columns": (key, *columns), "primary_key": ("id",), **more})


def _column(name: str, type_: TypeName, *, nullable: bool = False, **more: object) -> Column:
    return Column(name=name, type=ColumnType.model_validate({"name": type_, **more}), nullable=nullable)


SHOP = Schema(
    name="Shop",
    tables=(
        _table("customers", _column("name", "string", length=60), _column("email", "string", nullable=True, length=80)),
        _table(
            "orders",
            _column("customer_id", "reference"),
            _column("state", "choice", choices=("new", "paid", "sent")),
            _column("placed_at", "instant"),
            _column("sent_on", "date", nullable=True),
            _column("total", "decimal", precision=10, scale=2),
            checks=(
                Choice(name="orders_state_check", column="state", values=("new", "paid", "sent")),
                Range(name="orders_total_check", column="total", low=0),
            ),
            foreign_keys=(
                ForeignKey(
                    name="orders_customer", columns=("customer_id",), target="customers", target_columns=("id",)
                ),
            ),
        ),
    ),
)


def _profile_of_column(table: str, column: str, **what: object) -> Profile:
    columns = {column: ColumnProfile.model_validate(what)}
    return Profile(rows=2000, tables={table: TableProfile(columns=columns)})


def test_rows_satisfy_every_constraint_of_the_specimen(engine: Engine, schema: Schema) -> None:
    """Tenants, composite foreign keys, one-to-one, pairs, self-references, orders: the engine refuses nothing."""
    with filled_database(engine, schema, Profile(rows=600, tenants=6)) as connection:
        rows = dict(rows_of(connection, schema, engine.traits))

    assert rows.pop("tenants") == 6
    assert set(rows.values()) == {600}


def test_one_statement_fills_a_table(schema: Schema) -> None:
    for name in ENGINES:
        assert len(statements(schema, traits_of(name), Profile(rows=100_000))) == len(schema.tables)


def test_the_same_seed_results_in_the_same_rows_on_every_engine(sqlite: Engine, engine: Engine, schema: Schema) -> None:
    query = "SELECT tenant_id, id, project_id, assignee_id, parent_id, status, title FROM tasks ORDER BY id"
    profile = Profile(rows=300, tenants=3)
    with filled_database(sqlite, schema, profile) as here, filled_database(engine, schema, profile) as there:
        assert here.run(query).rows == there.run(query).rows

    with (
        filled_database(sqlite, schema, profile.model_copy(update={"seed": 2})) as other,
        filled_database(sqlite, schema, profile) as here,
    ):
        assert other.run(query).rows != here.run(query).rows


def test_identities_continue_after_the_rows(engine: Engine) -> None:
    with filled_database(engine, SHOP, Profile(rows=50)) as connection:
        connection.run("INSERT INTO customers (name) VALUES ('one more')")

        assert connection.run("SELECT id FROM customers WHERE name = 'one more'").scalar == 51


def test_scale_multiplies_rows(sqlite: Engine) -> None:
    tables = {"customers": TableProfile(rows=100)}
    with filled_database(sqlite, SHOP, Profile(rows=30, scale=10, tables=tables)) as connection:
        assert rows_of(connection, SHOP, sqlite.traits) == {"customers": 1000, "orders": 300}


def test_the_share_of_nulls_is_that_of_the_profile(engine: Engine) -> None:
    with filled_database(engine, SHOP, _profile_of_column("customers", "email", null_share=0.3)) as connection:
        missing = connection.run("SELECT count(*) FROM customers WHERE email IS NULL").scalar

    assert 0.26 < missing / 2000 < 0.34


def test_times_are_in_their_range_and_may_grow(engine: Engine) -> None:
    with filled_database(engine, SHOP, _profile_of_column("orders", "placed_at", growing=True)) as connection:
        moments = [str(row[0]) for row in connection.run("SELECT placed_at FROM orders ORDER BY id").rows]

    assert moments == sorted(moments)
    assert len(set(moments)) > 1900
    assert (moments[0][:4], moments[-1][:4]) == ("2024", "2025")


def test_growing_dates_repeat_if_there_are_more_rows_than_days(engine: Engine) -> None:
    with filled_database(
        engine, SHOP, _profile_of_column("orders", "sent_on", growing=True, null_share=0)
    ) as connection:
        days = [str(row[0]) for row in connection.run("SELECT sent_on FROM orders ORDER BY id").rows]

    assert days == sorted(days)
    assert (days[0], days[-1]) == ("2024-01-01", "2025-12-30")


@pytest.mark.parametrize(
    ("spread", "first", "last"),
    [
        (Spread(), (0.005, 0.017), (0.005, 0.017)),
        (Spread(kind="even"), (0.01, 0.01), (0.01, 0.01)),
        (Spread(kind="zipf", exponent=1.0), (0.16, 0.22), (0.0, 0.005)),  # 1 / H(100) is 0.193
        (Spread(kind="shares", shares=(0.5, 0.2)), (0.46, 0.54), (0.0, 0.009)),
    ],
    ids=lambda value: value.kind if isinstance(value, Spread) else "",
)
def test_children_have_the_requested_distribution_over_parents(
    sqlite: Engine, spread: Spread, first: tuple[float, float], last: tuple[float, float]
) -> None:
    references = {"orders_customer": ReferenceProfile(spread=spread)}
    tables = {"customers": TableProfile(rows=100), "orders": TableProfile(rows=5000, references=references)}
    with filled_database(sqlite, SHOP, Profile(tables=tables)) as connection:
        counted = Counter(dict(connection.run("SELECT customer_id, count(*) FROM orders GROUP BY 1").rows))

    sizes = [count / 5000 for _, count in counted.most_common()]
    assert first[0] <= sizes[0] <= first[1]
    assert last[0] <= (sizes[-1] if len(sizes) == 100 else 0) <= last[1]


def test_the_share_of_parents_without_children_is_that_of_the_profile(sqlite: Engine) -> None:
    references = {"orders_customer": ReferenceProfile(used=0.25)}
    tables = {"customers": TableProfile(rows=200), "orders": TableProfile(rows=4000, references=references)}
    with filled_database(sqlite, SHOP, Profile(tables=tables)) as connection:
        used = connection.run("SELECT count(DISTINCT customer_id) FROM orders").scalar

    assert used == 50


def test_tenants_may_differ_in_size(engine: Engine, schema: Schema) -> None:
    profile = Profile(rows=400, tenants=8, tenant_spread=Spread(kind="zipf", exponent=1.0))
    with filled_database(engine, schema, profile) as connection:
        sizes = [n for _, n in connection.run("SELECT tenant_id, count(*) FROM tasks GROUP BY 1 ORDER BY 1").rows]

    assert len(sizes) == 8
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 5 * sizes[-1]


def test_rows_are_at_most_the_number_of_unique_pairs(sqlite: Engine) -> None:
    link = _table(
        "links",
        _column("a_id", "reference"),
        _column("b_id", "reference"),
        uniques=(Unique(name="links_pair", columns=("a_id", "b_id")),),
        foreign_keys=(
            ForeignKey(name="links_a", columns=("a_id",), target="a", target_columns=("id",)),
            ForeignKey(name="links_b", columns=("b_id",), target="b", target_columns=("id",)),
        ),
    )
    pairs = Schema(name="Pairs", tables=(_table("a"), _table("b"), link))
    tables = {"a": TableProfile(rows=7), "b": TableProfile(rows=5)}
    with filled_database(sqlite, pairs, Profile(rows=1000, tables=tables)) as connection:
        assert rows_of(connection, pairs, sqlite.traits)["links"] == 35


def test_the_error_names_a_constraint_that_cannot_be_satisfied(sqlite: Engine) -> None:
    narrow = _table("narrow", _column("flag", "boolean"), uniques=(Unique(name="narrow_flag", columns=("flag",)),))
    with filled_database(sqlite, Schema(name="N", tables=(narrow,)), Profile(rows=10)) as connection:
        assert connection.run("SELECT count(*) FROM narrow").scalar == 2

    contradiction = _table("odd", _column("n", "integer"), checks=(Range(name="odd_n", column="n", low=5, high=4),))
    schema = Schema(name="O", tables=(contradiction,))
    with pytest.raises(InputError, match=r"odd: the generated rows violate a constraint \([^)]*\)$"):
        with filled_database(sqlite, schema, Profile(rows=3)):
            pass
    # only its caller has a profile
    with pytest.raises(InputError, match=r"odd: .*: describe the columns in `profile`, or set 0 rows for the table in"):
        with scratch(schema, engine=sqlite, rows=3):
            pass


# -- any schema -------------------------------------------------------------------------------------------------------

_TYPES: tuple[TypeName, ...] = (
    "smallint", "integer", "bigint", "boolean", "string", "text", "char", "decimal", "float", "date", "time", "instant",
    "local-datetime", "duration", "json", "uuid", "binary",
)  # fmt: skip


@st.composite
def _schemas(draw: st.DrawFn) -> Schema:
    tables: list[Table] = []
    for number in range(draw(st.integers(1, 4))):
        columns = [
            _column(
                f"c{n}", kind, nullable=draw(st.booleans()), **({"length": 12} if kind in ("string", "char") else {})
            )
            for n, kind in enumerate(draw(st.lists(st.sampled_from(_TYPES), min_size=1, max_size=5)))
        ]
        keys = []
        for target in draw(st.lists(st.sampled_from([t.name for t in tables] or ["t0"]), max_size=2, unique=True)):
            columns.append(_column(f"{target}_id", "reference", nullable=draw(st.booleans())))
            key = ForeignKey(
                name=f"t{number}_{target}", columns=(f"{target}_id",), target=target, target_columns=("id",)
            )
            keys.append(key)
        names = [c.name for c in columns if c.type.name not in ("json", "binary", "text", "float")]
        unique = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
        uniques = (Unique(name=f"t{number}_unique", columns=tuple(unique)),) if unique else ()
        dates = [c.name for c in columns if c.type.name == "date"]
        checks = (Ordered(name=f"t{number}_order", first=dates[0], last=dates[1]),) if len(dates) > 1 else ()
        if set(dates) & set(unique):
            checks = ()
        tables.append(_table(f"t{number}", *columns, foreign_keys=tuple(keys), uniques=uniques, checks=checks))
    return Schema(name="Any", tables=tuple(tables))


def _any_schema_is_filled(engine: Engine, schema: Schema) -> None:
    with filled_database(engine, schema, Profile(rows=40)) as connection:
        assert min(rows_of(connection, schema, engine.traits).values()) > 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schema=_schemas())
def test_any_schema_is_filled(engine: Engine, schema: Schema) -> None:
    _any_schema_is_filled(engine, schema)


@pytest.mark.heavy
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schema=_schemas())
def test_any_of_many_schemas_is_filled(engine: Engine, schema: Schema) -> None:
    _any_schema_is_filled(engine, schema)


# -- learning from existing rows ---------------------------------------------------------------------------------------


def _fill_with_personal_data(connection: Connection) -> None:
    """Load customers with personal names, of whom a few have most orders; 20 % have no address."""
    customers = [(n, f"Secret Name {n}", None if n % 5 == 0 else f"secret{n}@private.example") for n in range(1, 201)]
    connection.load("customers", ["id", "name", "email"], customers)
    orders = []
    for number in range(1, 2001):
        customer = 1 + int(200 * (number / 2001) ** 4)
        state, day = "sent" if number % 10 else "new", f"2025-03-{1 + number % 28:02d}T10:00:00.000Z"
        orders.append((number, customer, state, day, number % 90))
    connection.load("orders", ["id", "customer_id", "state", "placed_at", "total"], orders)


@pytest.fixture
def learned(sqlite: Engine) -> Profile:
    with sqlite.scratch(render(SHOP, sqlite.traits).up) as scratch, scratch.connect() as connection:
        _fill_with_personal_data(connection)
        return learn(connection, SHOP, sqlite.traits)


def test_a_learned_profile_is_reproduced(sqlite: Engine, learned: Profile) -> None:
    with filled_database(sqlite, SHOP, learned) as connection:
        again = learn(connection, SHOP, sqlite.traits)

    first, second = learned.table("orders"), again.table("orders")
    assert {t: p.rows for t, p in again.tables.items()} == {t: p.rows for t, p in learned.tables.items()}
    assert again.table("customers").columns["email"].null_share == pytest.approx(0.2, abs=0.05)
    assert second.columns["state"].spread.shares[0] == pytest.approx(first.columns["state"].spread.shares[0], abs=0.05)
    assert second.references["orders_customer"].spread.exponent == pytest.approx(
        first.references["orders_customer"].spread.exponent, abs=0.2
    )
    assert second.columns["total"].high == first.columns["total"].high
    assert second.columns["placed_at"].low == first.columns["placed_at"].low


def test_no_text_of_a_row_is_learned_or_generated(sqlite: Engine, learned: Profile) -> None:
    assert "ecret" not in learned.model_dump_json()
    with filled_database(sqlite, SHOP, learned) as connection:
        texts = str(connection.run("SELECT name, email FROM customers").rows)

    assert "ecret" not in texts


def test_bounds_are_rounded(learned: Profile) -> None:
    """The largest total is 0.89: bounds have two digits, or the day of a date and time."""
    columns = learned.table("orders").columns

    assert columns["total"].high == 0.89
    assert columns["placed_at"].low is not None
    assert columns["placed_at"].low % 86_400 == 0


def test_values_are_copied_only_for_listed_columns(sqlite: Engine) -> None:
    with sqlite.scratch(render(SHOP, sqlite.traits).up) as scratch, scratch.connect() as connection:
        _fill_with_personal_data(connection)
        learned = learn(connection, SHOP, sqlite.traits, values_of=["customers.name"])

    assert "Secret Name 1" in learned.table("customers").columns["name"].values
    assert "private.example" not in learned.model_dump_json()


def test_learning_runs_only_selects(engine: Engine) -> None:
    """On every engine, each statement starts with SELECT, as a read-only connection requires."""
    statements_run: list[str] = []

    class RecordingConnection:
        def __init__(self, connection: Connection) -> None:
            self.connection = connection

        def run(self, sql: str, params: Mapping[str, object] | None = None) -> QueryResult:
            statements_run.append(sql)
            return self.connection.run(sql, params)

    with filled_database(engine, SHOP, Profile(rows=300)) as connection:
        learn(RecordingConnection(connection), SHOP, engine.traits)

    assert statements_run
    assert {sql.split()[0] for sql in statements_run} == {"SELECT"}


@pytest.mark.parametrize(("size", "exponent"), [(50, 0.5), (200, 1.0), (5000, 1.3)])
def test_the_exponent_of_a_zipf_share_is_recovered(size: int, exponent: float) -> None:
    share = 1 / sum(k**-exponent for k in range(1, size + 1))

    assert zipf_exponent(size, share) == pytest.approx(exponent, abs=0.02)

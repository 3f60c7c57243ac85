"""Hypothesis strategies for schemas with every feature that an engine has."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import (
    Choice,
    Column,
    ColumnType,
    Condition,
    Filled,
    ForeignKey,
    Generated,
    Identity,
    Index,
    IndexKey,
    Isolation,
    Ordered,
    Range,
    Schema,
    Table,
    Unique,
)

Draw = Callable[[st.SearchStrategy[Any]], Any]
NAMES = ("alpha", "beta", "gamma", "delta", "order", "user")
COLUMNS = ("name", "code", "size", "price", "starts", "ends", "note", "select")
LETTERS = st.text("abc x'é%\\:?", min_size=1, max_size=6)
WHOLE = ("smallint", "integer", "bigint", "duration")
TEXTS = ("string", "text", "char", "choice")


@st.composite
def schemas(draw: Draw, traits: Traits) -> Schema:
    """Draw a schema of one to four tables, with tenants or without."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    tables: list[Table] = []
    for name in names:
        tables.append(draw(_tables(name, tuple(tables), traits)))
    isolation = len(tables) > 1 and draw(st.booleans())
    if isolation:
        tables = [_owned(table, tables[0]) for table in tables]
    return Schema(
        name="random",
        tables=tuple(tables),
        engine=traits.name,
        isolation=Isolation(table=tables[0].name) if isolation else None,
    )


def _owned(table: Table, tenants: Table) -> Table:
    if table.name == tenants.name:
        return table.with_(tenant_column="id")
    column = Column(name="tenant_id", type=ColumnType(name="reference"))
    key = ForeignKey(
        name=f"{table.name}_tenant_fkey", columns=("tenant_id",), target=tenants.name, target_columns=("id",)
    )
    return table.with_(
        columns=(*table.columns, column), foreign_keys=(*table.foreign_keys, key), tenant_column="tenant_id"
    )


@st.composite
def _tables(draw: Draw, name: str, others: tuple[Table, ...], traits: Traits) -> Table:
    comments = st.sampled_from(["", "", "personal", "personal: x", 'What\'s "it"?', "a determines b"])
    columns = [draw(_columns(one, traits, comments)) for one in draw(st.lists(st.sampled_from(COLUMNS), unique=True))]
    identity = draw(st.sampled_from([None, Identity(always=True), Identity(always=True, options="START WITH 5")]))
    kind = ColumnType(name="identity")
    first = Column(name="id", type=kind, identity=identity if "identity-options" in traits.keeps else None)
    table = Table(name=name, columns=(first, *columns), primary_key=("id",), comment=draw(comments))
    table = table.with_(checks=tuple(draw(_checks(table, traits))), uniques=tuple(draw(_uniques(table, traits))))
    table = table.with_(foreign_keys=tuple(draw(_foreign_keys(table, others, traits))))
    fresh = {key.columns[0]: key for key in table.foreign_keys}
    added = tuple(
        Column(
            name=column, type=ColumnType(name="reference"), nullable=draw(st.booleans()) or key.on_delete == "set-null"
        )
        for column, key in fresh.items()
    )
    table = table.with_(columns=(*table.columns, *added))
    table = table.with_(indexes=tuple(draw(_indexes(table, traits))))
    if draw(st.booleans()):
        table = draw(_computed(table, traits))
    return table


@st.composite
def _columns(draw: Draw, name: str, traits: Traits, comments: st.SearchStrategy[str]) -> Column:
    type_ = draw(_types())
    collations = {"postgresql": ["C", "POSIX"], "sqlite": ["NOCASE", "RTRIM"], "mariadb": ["utf8mb4_general_ci"]}
    collated = type_.name in ("string", "text") and "collations" in traits.keeps and draw(st.integers(0, 3)) == 0
    return Column(
        name=name,
        type=type_,
        nullable=draw(st.booleans()),
        default=draw(_defaults(type_, traits)),
        comment=draw(comments),
        personal=draw(st.booleans()),
        collation=draw(st.sampled_from(collations[traits.name])) if collated else "",
    )


def _types() -> st.SearchStrategy[ColumnType]:
    plain = [*WHOLE, "boolean", "text", "float", "date", "time", "instant", "local-datetime", "json", "uuid", "binary"]
    digits = st.integers(1, 18).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, min(p, 6))))
    return st.one_of(
        st.sampled_from(plain).map(lambda name: ColumnType(name=name)),
        st.builds(ColumnType, name=st.sampled_from(["string", "char"]), length=st.integers(1, 200)),
        digits.map(lambda pair: ColumnType(name="decimal", precision=pair[0], scale=pair[1])),
        st.lists(LETTERS.filter(str.strip), min_size=1, max_size=3, unique=True).map(
            lambda texts: ColumnType(name="choice", choices=tuple(texts))
        ),
    )


def _defaults(type_: ColumnType, traits: Traits) -> st.SearchStrategy[str | None]:
    match type_.name:
        case "smallint" | "integer" | "bigint" | "duration":
            some = st.integers(-99, 99).map(str)
        case "boolean":
            some = st.sampled_from(["true", "false"])
        case "decimal":
            some = st.integers(0, 9).map(lambda n: str(Decimal(n).scaleb(-(type_.scale or 0))))
        case "date" | "time" | "instant" | "local-datetime":
            some = st.just("now")
        case "choice":
            some = st.sampled_from(type_.choices)
        case "string" | "text" if traits.name != "mariadb":
            some = LETTERS
        case _:
            return st.none()
    return st.none() | some


@st.composite
def _checks(draw: Draw, table: Table, traits: Traits) -> list[Any]:
    result: list[Any] = []
    for column in table.columns[1:]:
        name, type_ = f"{table.name}_{column.name}_check", column.type
        if type_.name == "choice":
            result.append(Choice(name=name, column=column.name, values=type_.choices))
        elif draw(st.booleans()):
            continue
        elif type_.name in WHOLE:
            low, high = draw(st.none() | st.integers(-9, 0)), draw(st.integers(1, 9))
            result.append(Range(name=name, column=column.name, low=low, high=high))
        elif type_.name == "decimal":
            low = Decimal(draw(st.integers(-9, 9))).scaleb(-(type_.scale or 0))
            result.append(Range(name=name, column=column.name, low=low))
        elif type_.name in ("string", "text") and column.name != "select":
            result.append(Filled(name=name, column=column.name))
    pair = [c for c in table.columns if c.name in ("starts", "ends") and c.type.name in ("date", "integer")]
    if len(pair) == 2 and len({c.type.name for c in pair}) == 1:
        result.append(Ordered(name=f"{table.name}_order_check", first="starts", last="ends"))
    if draw(st.booleans()) and traits.name == "postgresql":
        result.append(Condition(name=f"{table.name}_odd", sql="((id % (2)::bigint) = 1)", columns=("id",)))
    if draw(st.booleans()) and traits.name == "sqlite":
        result.append(Condition(name=f"{table.name}_odd", sql="id % 2 = 1 OR id IS NULL", columns=("id",)))
    # texts of checks are not quoted by SQLAlchemy: a reserved word as a column name would be a syntax error
    return [check for check in result if "select" not in check.columns]


@st.composite
def _uniques(draw: Draw, table: Table, traits: Traits) -> list[Unique]:
    able = [c.name for c in table.columns[1:] if _keyable(c)]
    if not able or draw(st.booleans()):
        return []
    columns = tuple(draw(st.lists(st.sampled_from(able), min_size=1, max_size=2, unique=True)))
    return [
        Unique(
            name=f"{table.name}_key",
            columns=columns,
            nulls_equal="nulls-equal" in traits.keeps and draw(st.booleans()),
            deferrable=draw(st.sampled_from(["", "immediate", "deferred"])) if "exclusion" in traits.keeps else "",
        )
    ]


def _keyable(column: Column) -> bool:
    type_ = column.type
    return type_.name in (*WHOLE, "date", "uuid", "decimal") or (type_.name in ("string", "char"))


@st.composite
def _foreign_keys(draw: Draw, table: Table, others: tuple[Table, ...], traits: Traits) -> list[ForeignKey]:
    targets = draw(st.lists(st.sampled_from([*(o.name for o in others), table.name]), max_size=2, unique=True))
    actions = ["restrict", "cascade", "set-null", "no-action"]
    result = []
    for target in targets:
        action = draw(st.sampled_from(actions))
        own = f"{table.name}_{target}_id"
        result.append(
            ForeignKey(
                name=f"{table.name}_{target}_fkey",
                columns=(own,),
                target=target,
                target_columns=("id",),
                on_delete=action,
                null_columns=(own,) if action == "set-null" else (),
                on_update=draw(st.sampled_from(["no-action", "cascade", "restrict"]))
                if table.name != target
                else "no-action",
                deferrable=draw(st.sampled_from(["", "immediate", "deferred"])) if "deferrable" in traits.keeps else "",
                validated=draw(st.sampled_from([True, True, False])),
            )
        )
    return result


@st.composite
def _indexes(draw: Draw, table: Table, traits: Traits) -> list[Index]:
    result = []
    able = [c.name for c in table.columns if _keyable(c) or c.type.name in ("reference", "identity")]
    for number in range(draw(st.integers(0, 2))):
        columns = draw(st.lists(st.sampled_from(able), min_size=1, max_size=3, unique=True))
        rest = [name for name in able if name not in columns]
        keys = tuple(draw(_keys(name, table, traits)) for name in columns)
        result.append(
            Index.of(
                f"{table.name}_idx_{number}",
                keys,
                include=tuple(rest[:1]) if draw(st.booleans()) and "include" in traits.keeps else (),
                unique=draw(st.booleans()),
                reason=draw(st.sampled_from(["", "speed"])),
                where=draw(st.sampled_from(["", _predicate(traits)])) if "partial-indexes" in traits.keeps else "",
            )
        )
    return result


def _predicate(traits: Traits) -> str:
    return "(id > 5)" if traits.name == "postgresql" else "id > 5"


@st.composite
def _keys(draw: Draw, name: str, table: Table, traits: Traits) -> IndexKey:
    if "null-order" not in traits.keeps:
        return IndexKey(column=name, descending=draw(st.booleans()) if traits.name == "sqlite" else False)
    column, descending = table.column(name), draw(st.booleans())
    text = column.type.name == "string"
    if text and name != "select" and draw(st.booleans()):
        return IndexKey(expression=f"lower({name}::text)", descending=descending)
    return IndexKey(
        column=name,
        descending=descending,
        nulls=draw(st.sampled_from(["", "last" if descending else "first"])),
        collation=draw(st.sampled_from(["", "C"])) if text and not column.collation else "",
        operator_class=draw(st.sampled_from(["", "varchar_pattern_ops"])) if text else "",
    )


@st.composite
def _computed(draw: Draw, table: Table, traits: Traits) -> Table:
    text = {"postgresql": "(id * 2)", "sqlite": "id * 2", "mariadb": "`size` * 2"}[traits.name]
    if traits.name == "mariadb" and not any(c.name == "size" and c.type.name in WHOLE for c in table.columns):
        return table
    column = Column(
        name="doubled",
        type=ColumnType(name="bigint"),
        nullable=True,
        generated=Generated(expression=text, stored=draw(st.booleans())),
    )
    return table.with_(columns=(*table.columns, column))

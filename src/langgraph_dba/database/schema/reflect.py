"""An existing schema, read: foreign SQL runs in a scratch database, and what the engine made of it becomes a `Schema`.

A reading is for judging, not for making again: a partial index, an index over an expression and a check of a form that
the model does not know are left out. Two things that SQL has no clause for are taken from comments: a column's that
begins with "personal", and a table's that says "zip determines city". Names that need quotes are read as plain ones.
"""

import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.exc import SAWarning

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.schema import model
from langgraph_dba.database.schema.names import fitting
from langgraph_dba.database.schema.ordering import creation_order
from langgraph_dba.database.schema.reflected_checks import read_condition
from langgraph_dba.database.schema.reflected_tenants import with_tenants
from langgraph_dba.errors import RequirementsError

# The first that fits; a Float is a Numeric too, and a Text a String.
_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], model.TypeName], ...] = (
    (sa.Enum, "choice"), (sa.Boolean, "boolean"), (sa.SmallInteger, "smallint"), (sa.BigInteger, "bigint"),
    (sa.Integer, "integer"), (sa.Float, "float"), (sa.Numeric, "decimal"), (sa.CHAR, "char"), (sa.Text, "text"),
    (sa.String, "string"), (sa.Date, "date"), (sa.Time, "time"), (sa.Interval, "duration"), (pg.INTERVAL, "duration"),
    (sa.JSON, "json"), (sa.ARRAY, "json"), (sa.Uuid, "uuid"), (sa.LargeBinary, "binary"),
)  # fmt: skip
_WHOLE: tuple[model.TypeName, ...] = ("smallint", "integer", "bigint")
_NOW = re.compile(r"now\(\)|current_(timestamp|date|time)|local(timestamp|time)|\(?(datetime|date|time)\('now'\)\)?")
_LITERAL = re.compile(r"'((?:[^']|'')*)'(?:::[\w ]+(?:\([\d, ]+\))?)?|(-?\d+(?:\.\d+)?)|(true|false)")
_EMPTIED = re.compile(r"SET NULL(?: \((.+)\))?")
_DETERMINES = re.compile(r"([\w, ]+?) determines ([\w, ]+)")


def schema_from_sql(sql: str, engine: Engine, *, name: str) -> model.Schema:
    """Run `sql` in a scratch database of the engine and return the schema called `name` that came of it.

    Tables come in an order in which they can be created, if there is one. Raises Rejected if the engine refuses `sql`.
    """
    with engine.scratch(sql) as scratch:
        with sa.create_engine(scratch.url(), poolclass=sa.pool.NullPool).connect() as link:
            tables = _tables(link)
        with scratch.connect() as connection:
            policies = connection.catalogue().get("policy", {})
    return with_tenants(model.Schema(name=name, tables=tuple(_ordered(tables))), policies)


def _ordered(tables: list[model.Table]) -> list[model.Table]:
    try:
        return creation_order(tables)
    except RequirementsError:
        return tables  # a circle of required references: the owner defers them


def _tables(link: sa.Connection) -> list[model.Table]:
    with warnings.catch_warnings():
        # what it cannot read (expression indexes, types of extensions) it says as a warning, and leaves out
        warnings.simplefilter("ignore", SAWarning)
        inspector = sa.inspect(link)
        tables = [_Reader(inspector, link, name).table() for name in inspector.get_table_names()]
    keys = {(t.name, c.name) for t in tables for c in t.columns if c.type.name == "identity"}
    return [_referring(_known_keys(table, tables), keys) for table in tables]


def _known_keys(table: model.Table, tables: Sequence[model.Table]) -> model.Table:
    """Leave out references to tables of another namespace."""
    names = {other.name for other in tables}
    return table.with_(foreign_keys=tuple(key for key in table.foreign_keys if key.target in names))


def _referring(table: model.Table, keys: set[tuple[str, str]]) -> model.Table:
    """Call whole numbers that hold an identity what they are: references."""
    pairs = (
        (c, (key.target, t)) for key in table.foreign_keys for c, t in zip(key.columns, key.target_columns, strict=True)
    )
    holding = {column for column, place in pairs if place in keys}
    reference = model.ColumnType(name="reference")
    columns = tuple(
        c.model_copy(update={"type": reference}) if c.name in holding and c.type.name in _WHOLE else c
        for c in table.columns
    )
    return table.with_(columns=columns)


class _Reader:
    """One table of an inspected database."""

    def __init__(self, inspector: sa.Inspector, link: sa.Connection, name: str) -> None:
        self.inspector, self.link, self.name = inspector, link, name
        self.dialect = inspector.dialect.name
        self.primary_key = _plain_all(inspector.get_pk_constraint(name)["constrained_columns"])

    def table(self) -> model.Table:
        raw = self.inspector.get_columns(self.name)
        columns, comment = tuple(self._column(one) for one in raw), self._comment()
        return model.Table(
            name=plain(self.name),
            comment=comment,
            columns=columns,
            primary_key=self.primary_key,
            uniques=tuple(self._uniques()),
            checks=tuple(self._checks({one["name"]: plain(one["name"]) for one in raw})),
            foreign_keys=tuple(self._foreign_keys()),
            indexes=tuple(self._indexes()),
            dependencies=tuple(_dependencies(comment, frozenset(column.name for column in columns))),
        )

    def _comment(self) -> str:
        if not self.inspector.dialect.supports_comments:
            return ""
        return self.inspector.get_table_comment(self.name)["text"] or ""

    # -- columns ----------------------------------------------------------------------------------------------

    def _column(self, raw: Mapping[str, Any]) -> model.Column:
        name, comment, default = plain(raw["name"]), raw.get("comment") or "", _default(raw["default"])
        return model.Column(
            name=name,
            type=self._type(raw, default),
            nullable=bool(raw["nullable"]) and name not in self.primary_key,
            default=default,
            personal=comment.lower().startswith("personal"),
            comment=comment,
        )

    def _type(self, raw: Mapping[str, Any], default: str | None) -> model.ColumnType:
        type_ = raw["type"]
        if isinstance(type_, sa.DateTime):
            # SQLite's types know no zone, but the moment it fills in itself is in UTC
            zoned = type_.timezone or (self.dialect == "sqlite" and default == "now")
            return model.ColumnType(name="instant" if zoned else "local-datetime")
        name = next((name for kind, name in _TYPES if isinstance(type_, kind)), "text")
        counted = raw.get("autoincrement") is True or (
            self.dialect == "sqlite" and (plain(raw["name"]),) == self.primary_key
        )
        if name in _WHOLE and counted:
            return model.ColumnType(name="identity")
        if name == "string" and type_.length is None:
            name = "text"
        return model.ColumnType(
            name=name,
            length=type_.length if name in ("string", "char") else None,
            precision=type_.precision if name == "decimal" else None,
            scale=type_.scale if name == "decimal" else None,
            choices=tuple(type_.enums) if name == "choice" else (),
        )

    # -- rules ------------------------------------------------------------------------------------------------

    def _uniques(self) -> Iterator[model.Unique]:
        for columns, raw in self._unique_constraints():
            if not raw.get("dialect_options", {}).get("postgresql_nulls_not_distinct"):
                yield model.Unique(name=self._named(raw, columns, "key"), columns=columns)

    def _unique_constraints(self) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
        """SQLite's own list of indexes tells what SQLAlchemy's reading of its stored text misses (`x TEXT UNIQUE`)."""
        if self.dialect != "sqlite":
            raws: Sequence[Mapping[str, Any]] = self.inspector.get_unique_constraints(self.name)
            return [(_plain_all(raw["column_names"]), raw) for raw in raws]
        listed = self.inspector.get_indexes(self.name, include_auto_indexes=True)
        automatic = [raw for raw in listed if str(raw["name"]).startswith("sqlite_autoindex")]
        found = [_plain_all(raw["column_names"]) for raw in automatic]
        return [(columns, {}) for columns in found if columns != self.primary_key]

    def _foreign_keys(self) -> Iterator[model.ForeignKey]:
        listed = self._listed_actions() if self.dialect == "sqlite" else {}
        for raw in self.inspector.get_foreign_keys(self.name):
            if raw["referred_schema"] is None:
                columns = _plain_all(raw["constrained_columns"])
                rule = raw.get("options", {}).get("ondelete") or listed.get(columns, "")
                emptied = _EMPTIED.match(rule)
                named = _plain_all(emptied[1].split(", ")) if emptied and emptied[1] else columns if emptied else ()
                yield model.ForeignKey(
                    name=self._named(raw, columns, "fkey"),
                    columns=columns,
                    target=plain(raw["referred_table"]),
                    target_columns=_plain_all(raw["referred_columns"]),
                    on_delete="cascade" if rule == "CASCADE" else "set-null" if emptied else "restrict",
                    null_columns=named,
                )

    def _listed_actions(self) -> dict[model.Columns, str]:
        """The same list again: SQLAlchemy reads actions from the stored text, and misses those beside a column."""
        quoted = self.name.replace('"', '""')
        columns: dict[int, list[str]] = {}
        actions: dict[int, str] = {}
        for number, _, _, column, _, _, on_delete, _ in self.link.exec_driver_sql(
            f'PRAGMA foreign_key_list("{quoted}")'
        ):
            columns.setdefault(number, []).append(column)
            actions[number] = on_delete
        return {_plain_all(names): actions[number] for number, names in columns.items()}

    def _indexes(self) -> Iterator[model.Index]:
        for raw in self.inspector.get_indexes(self.name):
            options = raw.get("dialect_options", {})
            partial = any(option.endswith("_where") for option in options)
            kept = raw.get("duplicates_constraint") and not self._ignores_nulls(raw)
            if not partial and not kept and None not in raw["column_names"]:
                yield model.Index(
                    name=plain(str(raw["name"])),
                    columns=_plain_all(raw["column_names"]),
                    include=_plain_all(options.get("postgresql_include", ())),
                    unique=bool(raw["unique"]),
                )

    def _ignores_nulls(self, raw: Mapping[str, Any]) -> bool:
        """Whether it is the index of a UNIQUE NULLS NOT DISTINCT, which the model has no other word for."""
        return not any(plain(raw["duplicates_constraint"]) == unique.name for unique in self._uniques())

    def _checks(self, columns: Mapping[str, str]) -> Iterator[model.Check]:
        for number, raw in enumerate(self.inspector.get_check_constraints(self.name)):
            name = plain(raw["name"] or f"{self.name}_{number + 1}_check")
            yield from read_condition(name, raw["sqltext"], self.dialect, columns)

    def _named(self, raw: Mapping[str, Any], columns: tuple[str, ...], suffix: str) -> str:
        return plain(raw.get("name") or f"{self.name}_{'_'.join(columns)}_{suffix}")


def plain(name: str) -> str:
    """Return a name as a schema takes it: `customerId` and `Customer ID` become `customer_id`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    letters = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    joined = re.sub(r"[^a-z0-9_]+", "_", letters).strip("_") or "unnamed"
    return fitting(f"_{joined}" if joined[0].isdigit() else joined)


def _plain_all(names: Iterable[object]) -> model.Columns:
    return tuple(plain(str(name)) for name in names)


def _default(text: str | None) -> str | None:
    """Return a default as it would be typed; one that has to be computed is left out."""
    bare = (text or "").strip()
    if _NOW.fullmatch(bare.lower()):
        return "now"
    literal = _LITERAL.fullmatch(bare)
    if not literal:
        return None
    quoted, number, truth = literal.groups()
    return quoted.replace("''", "'") if quoted is not None else number or truth


def _dependencies(comment: str, columns: frozenset[str]) -> Iterator[model.Dependency]:
    for given, determined in _DETERMINES.findall(comment):
        sides = [tuple(name.strip() for name in side.split(",")) for side in (given, determined)]
        if columns.issuperset((*sides[0], *sides[1])):
            yield model.Dependency(given=sides[0], determines=sides[1])

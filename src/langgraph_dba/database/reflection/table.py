"""Read one table of an engine's catalogue as a `Table`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Protocol, TypeVar, cast

from langgraph_dba.database.ddl.sqlalchemy_tables import default_options
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import (
    CheckRecord,
    ColumnRecord,
    ForeignKeyRecord,
    IndexRecord,
    Records,
    TableRecord,
)
from langgraph_dba.database.model import schema as model
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.reflection.canonical import with_choices, with_sorted_parts
from langgraph_dba.database.reflection.checks import read_check
from langgraph_dba.database.reflection.names import plain_name, plain_names
from langgraph_dba.database.reflection.types import (
    TypeReader,
    read_comment,
    read_default,
    read_dependencies,
    with_instant,
)

_SERIAL = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}


class TableRecords:
    """The records of a catalogue, grouped by table once for the whole schema.

    `tables` maps names of tables in the database to identifiers, `columns` does so for the columns of each table.
    """

    def __init__(self, records: Records, traits: Traits) -> None:
        """Group the records of all tables that are no partitions of another one."""
        self.parents = [one for one in records.table if not one.parent]
        self.tables = plain_names(one.name for one in self.parents)
        self.column = _by_table(records.column)
        self.key = _by_table(records.key)
        self.check = _by_table(records.check)
        self.foreign_key = _by_table(one for one in records.foreign_key if one.target in self.tables)
        has_namespaces = "namespaces" in traits.keeps
        outer = (one for one in records.foreign_key if has_namespaces and one.target not in self.tables)
        self.outer_key = _by_table(outer)
        self.index = _by_table(records.index)
        self.policy = _by_table(records.policy)
        self.types = TypeReader(traits)
        self.columns = {name: plain_names(one.name for one in self.column.get(name, ())) for name in self.tables}


class _TableRecord(Protocol):
    @property
    def table(self) -> str: ...


_Record = TypeVar("_Record", bound=_TableRecord)


def _by_table(records: Iterable[_Record]) -> Mapping[str, list[_Record]]:
    grouped: dict[str, list[_Record]] = {}
    for one in records:
        grouped.setdefault(one.table, []).append(one)
    return grouped


class TableReader:
    """Read one table from grouped records."""

    def __init__(self, record: TableRecord, records: TableRecords, traits: Traits) -> None:
        """Select the records of the table."""
        own = record.name
        self.record, self.tables, self.types, self.traits = record, records.tables, records.types, traits
        self.columns, self.names = records.column.get(own, []), records.columns[own]
        self.keys, self.checks = records.key.get(own, []), records.check.get(own, [])
        self.foreign, self.indexes = records.foreign_key.get(own, []), records.index.get(own, [])
        self.outer = records.outer_key.get(own, [])
        self.policies, self.columns_of = records.policy.get(own, []), records.columns
        self.key = next((one for one in self.keys if one.kind == "primary"), None)
        # the name that `check_conditions` gives to the CHECK that a column's type needs; of two checks of one name the
        # first counts
        by_name = {one.name: one for one in reversed(self.checks)}
        self.storage_checks = {one.name: by_name.get(f"{own}_{one.name}_stored") for one in self.columns}
        self.checked_types = {one.name: self._checked_type(one) for one in self.columns}

    def table(self, partitions: tuple[model.Partition, ...]) -> model.Table:
        """Return the table, without the properties that depend on other tables (types of references, tenants)."""
        name, comment = self.tables[self.record.name], self.record.comment
        columns = tuple(self._column(one) for one in self.columns)
        read = model.Table(
            name=name,
            comment=comment,
            columns=columns,
            primary_key=self._identifiers(self.key.columns) if self.key else (),
            key_name=self._key_name(name),
            key_deferrable=cast("model.Deferrable", self.key.deferrable if self.key else ""),
            key_on_conflict=cast("model.OnConflict", self.key.on_conflict if self.key else ""),
            uniques=tuple(self._uniques()),
            foreign_keys=tuple(self._foreign_key(one) for one in self.foreign),
            outer_keys=tuple(self._outer_key(one) for one in self.outer if "." in one.target),
            constraints=tuple(
                model.Constraint(name=plain_name(one.name), sql=one.definition)
                for one in self.keys
                if one.kind == "other"
            ),
            indexes=tuple(self._index(one) for one in self.indexes),
            dependencies=tuple(read_dependencies(comment, frozenset(self.names.values()))),
            row_security=cast("Literal['', 'enabled', 'forced']", self.record.row_security),
            policies=tuple(self._policies()),
            options=self._options(),
            partitioned_by=self.record.partitioned_by,
            partitions=partitions,
            estimated_rows=self.record.estimate,
            engine_name=self.record.name if name != self.record.name else "",
        )
        # a check that a type implies is not listed beside the type
        implied = [id(self.storage_checks[one]) for one, type_ in self.checked_types.items() if type_]
        others = [one for one in self.checks if id(one) not in implied]
        checks = tuple(self._check(one, number, read) for number, one in enumerate(others))
        return with_choices(with_sorted_parts(read.with_(checks=checks)), self.traits)

    def _identifiers(self, names: tuple[str, ...]) -> model.Columns:
        return tuple(self.names[name] for name in names)

    def _key_name(self, table: str) -> str:
        name = plain_name(self.key.name) if self.key and self.key.name else ""
        return "" if name == f"{table}_pkey" else name

    def _options(self) -> tuple[str, ...] | None:
        return None if self.record.options == default_options(self.traits) else self.record.options

    def _column(self, one: ColumnRecord) -> model.Column:
        name = self.names[one.name]
        personal, comment = read_comment(one.comment)
        keyed = self.key is not None and one.name in self.key.columns
        bare = model.Column(
            name=name,
            type=self.checked_types[one.name] or self.types.read(one.type, one.labels),
            nullable=not one.required and not keyed,
            personal=personal,
            comment=comment,
            collation=one.collation,
            engine_name=one.name if one.name != name else "",
            on_conflict=cast("model.OnConflict", one.on_conflict),
        )
        if one.generated:
            kind = model.Generated(expression=one.default or "", stored=one.generated == "stored")
            return bare.model_copy(update={"generated": kind})
        default, sql = read_default(one.default, bare, self.traits)
        bare = bare.model_copy(update={"default": default, "default_sql": sql})
        if self.storage_checks[one.name] is None:
            bare = with_instant(bare, self.traits)
        return self._with_identity(one, bare)

    def _checked_type(self, one: ColumnRecord) -> model.ColumnType | None:
        check = self.storage_checks[one.name]
        return self.types.checked(one.name, one.type, check.condition) if check else None

    def _with_identity(self, one: ColumnRecord, column: model.Column) -> model.Column:
        if not one.identity:
            return column
        is_bigint = model.ColumnType(name="bigint") == column.type
        if one.identity == "rowid" and not is_bigint and not one.identity_options:
            # in SQLite every integer key is numbered by the engine; a check makes this one smaller than an identity
            return column
        native = _SERIAL[column.type.name] if one.identity == "serial" else "" if is_bigint else one.type
        always, options = one.identity == "always", one.identity_options
        is_default = is_bigint and not always and not options and one.identity != "serial"
        is_explicit = (
            not is_default and one.identity != "serial" and (always or options or self.traits.identity_columns)
        )
        return column.model_copy(
            update={
                "type": model.ColumnType(name="identity", native=native),
                "identity": model.Identity(always=always, options=options) if is_explicit else None,
            }
        )

    def _uniques(self) -> Iterator[model.Unique]:
        for one in self.keys:
            if one.kind == "unique":
                columns = self._identifiers(one.columns)
                yield model.Unique(
                    name=self._name_or_default(one.name, columns, "key"),
                    columns=columns,
                    nulls_equal=one.nulls_equal,
                    include=self._identifiers(one.include),
                    deferrable=cast("model.Deferrable", one.deferrable),
                    on_conflict=cast("model.OnConflict", one.on_conflict),
                )

    def _foreign_key(self, one: ForeignKeyRecord) -> model.ForeignKey:
        columns = self._identifiers(one.columns)
        return model.ForeignKey(
            name=self._name_or_default(one.name, columns, "fkey"),
            columns=columns,
            target=self.tables[one.target],
            target_columns=tuple(self.columns_of[one.target][name] for name in one.target_columns),
            on_delete=cast("model.DeleteAction", one.on_delete),
            null_columns=self._null_columns(one, columns),
            on_update=cast("model.DeleteAction", one.on_update),
            deferrable=cast("model.Deferrable", one.deferrable),
            match_full=one.match_full,
            validated=one.validated,
        )

    def _outer_key(self, one: ForeignKeyRecord) -> model.OuterKey:
        columns = self._identifiers(one.columns)
        return model.OuterKey(
            name=self._name_or_default(one.name, columns, "fkey"),
            columns=columns,
            target=one.target,
            target_columns=one.target_columns,
            on_delete=cast("model.DeleteAction", one.on_delete),
            null_columns=self._null_columns(one, columns),
            deferrable=cast("model.Deferrable", one.deferrable),
        )

    def _null_columns(self, one: ForeignKeyRecord, columns: model.Columns) -> model.Columns:
        return (self._identifiers(one.null_columns) or columns) if one.on_delete == "set-null" else ()

    def _index(self, one: IndexRecord) -> model.Index:
        keys = tuple(self._key_part(part) for part in one.keys)
        return model.Index.of(
            plain_name(one.name),
            keys,
            include=self._identifiers(one.include),
            unique=one.unique,
            nulls_equal=one.nulls_equal,
            method=one.method,
            where=one.where or "",
            options=one.options or "",
        )

    def _key_part(self, part: Mapping[str, Any]) -> model.IndexKey:
        column = part.get("column")
        return model.IndexKey.model_validate(dict(part) | {"column": self.names[column] if column else None})

    def _check(self, one: CheckRecord, number: int, table: model.Table) -> model.Check:
        name = plain_name(one.name or f"{self.record.name}_{number + 1}_check")
        return read_check(
            name, one.condition, self._identifiers(one.columns), self.names, table=table, traits=self.traits
        )

    def _policies(self) -> Iterator[model.Policy]:
        for one in self.policies:
            command = cast("Literal['all', 'select', 'insert', 'update', 'delete']", one.command)
            yield model.Policy(
                name=one.name, command=command, permissive=one.permissive, roles=one.roles, using=one.using,
                check=one.check,
            )  # fmt: skip

    def _name_or_default(self, name: str, columns: tuple[str, ...], suffix: str) -> str:
        return plain_name(name) if name else fit_name(f"{self.tables[self.record.name]}_{'_'.join(columns)}_{suffix}")

"""Columns that repeat a column of the row that is referred to, so that a rule over a path is one over a single row."""

from collections.abc import Sequence

from langgraph_dba.database.model.business_rules import ENFORCED, BusinessRule
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Column, CopiedColumn, ForeignKey, Table
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError

_LONGEST_TEXT = 255  # characters: a unique key of every engine has room for them, beside two numbers
_WITHOUT_KEYS = frozenset({"text", "json", "binary", "float"})
_LOCKED = "check it in the transaction that writes, with the other row locked (SELECT … FOR UPDATE)"


def copied_column(table: Table, role: str, target: Table, source: str, path: str) -> CopiedColumn:
    """Return the column of `table` that repeats `source` of the row of `target` to which `role` refers."""
    key = next((one for one in table.foreign_keys if table.own_key_columns(one) == (f"{role}_id",)), None)
    if key is None or key.target != target.name:
        raise NoMechanismError(f"`{role}` is no foreign key of {table.name}, which `{path}` follows", _LOCKED)
    if source not in target.column_names:
        raise NoMechanismError(f"`{path}` was moved to another table, because it depends on a part of the row", _LOCKED)
    if table.is_tenant_key(key):
        raise NoMechanismError(f"`{path}` is a column of the tenant, and no mechanism copies it to each row", _LOCKED)
    if key.target == table.name:
        raise NoMechanismError(f"`{path}` is a column of another row of the same table", _LOCKED)
    type_ = target.column(source).type
    if type_.name in _WITHOUT_KEYS or (type_.length or 0) > _LONGEST_TEXT:
        raise NoMechanismError(f"`{path}` ({type_.name}) is too long for a key, and cannot be copied", _LOCKED)
    return CopiedColumn(column=_free_name(table, key, source, f"{role}_{source}"), key=key.name, source=source)


def check_presence(copy: CopiedColumn, target: Table) -> None:
    """Raise NoMechanismError if the source of a copy is optional.

    The foreign key over a copy that is NULL is not checked: no value and a copy that a writer left out look alike.
    """
    if target.column(copy.source).nullable:
        raise NoMechanismError(
            f"{target.name}.{copy.source} is optional, and no foreign key keeps a copy of an absent value equal",
            f"declare the attribute `required`, demand in the rule that it is present, or {_LOCKED}",
        )


def _free_name(table: Table, key: ForeignKey, source: str, name: str) -> str:
    own = next((one.column for one in table.copied_columns if (one.key, one.source) == (key.name, source)), "")
    return own or fit_name(f"{name}_copy" if name in table.column_names else name)


def with_copied_columns(
    tables: Sequence[Table], copies: Sequence[tuple[str, CopiedColumn]], rules: Sequence[BusinessRule]
) -> list[Table]:
    """Return the tables with the copies that their rules name; `copies` are pairs of a table and a copy."""
    by_name = {table.name: table for table in tables}
    named = {(rule.table, name) for rule in rules if isinstance(rule, ENFORCED) for name in rule.copies}
    for name, copy in dict.fromkeys(copies):
        if (name, copy.column) in named:
            by_name[name] = _with_copy(by_name[name], copy, by_name[by_name[name].foreign_key(copy.key).target])
    return [by_name[table.name] for table in tables]


def _with_copy(table: Table, copy: CopiedColumn, target: Table) -> Table:
    source = target.column(copy.source)
    type_ = source.type.model_copy(update={"name": "reference"}) if source.type.name == "identity" else source.type
    column = Column(
        name=copy.column,
        type=type_,
        nullable=source.nullable or table.is_optional(table.foreign_key(copy.key)),
        personal=source.personal,
        comment=f"copy of {target.name}.{copy.source}",
    )
    return table.with_(columns=(*table.columns, column), copied_columns=(*table.copied_columns, copy))

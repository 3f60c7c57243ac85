"""Differences of tables and columns."""

import re
from collections import Counter
from collections.abc import Iterator

from langgraph_dba.database.engines.records import ColumnRecord, Records, TableRecord
from langgraph_dba.database.proofs.kit.catalogue.sides import Findings, Sides, Trial, conflict_effect, sequence_of


def table_lines(sides: Sides) -> Iterator[str]:
    """Yield a line for each table that one side lacks or that is stored or protected in another way."""
    old, new = _by_name(sides.declared), _by_name(sides.created)
    for _, name in sorted(old.keys() - new.keys()):
        yield f"table {name} is missing: every statement on it fails"
    for _, name in sorted(new.keys() - old.keys()):
        yield f"table {name} is not declared: no rule of the declaration applies to its rows"
    for key in sorted(old.keys() & new.keys()):
        yield from _table(old[key], new[key])


def _by_name(side: Records) -> dict[tuple[str, str], TableRecord]:
    """Return the tables by name; partitions of MariaDB have names within their table, which others may have too."""
    count = Counter(one.name for one in side.table)
    return {(one.parent if count[one.name] > 1 else "", one.name): one for one in side.table}


_OPTIONS = {
    "UNLOGGED": ("its rows are lost after a crash, and no replica has them", "it is logged"),
    "STRICT": ("a value of a wrong type is refused", "a column accepts values of any type"),
    "WITHOUT ROWID": ("the rows have no number of their own", "the rows have a number of their own"),
}
_SECURITY = {
    "": "no policy applies, so every role sees the rows of all tenants",
    "enabled": "policies do not apply to the owner of the table (FORCE is missing)",
    "forced": "policies apply to the owner too",
}


# settings of PostgreSQL that decide how rows are stored, and when they are cleaned up
_STORAGE = re.compile(
    r"(?:toast\.)?(?:(?:log_)?autovacuum_\w+|vacuum_\w+|fillfactor|toast_tuple_target|parallel_workers)=.*"
)


def _table(old: TableRecord, new: TableRecord) -> Iterator[str]:
    where = f"table {new.name}"
    effects = [
        f"{option} is {'added' if option in new.options else 'missing'}: "
        + _OPTIONS.get(option, ("the table is stored in another way",) * 2)[option not in new.options]
        for option in sorted(set(old.options) ^ set(new.options))
        if not _STORAGE.fullmatch(option)
    ]
    if effects:
        yield f"{where}: {'; '.join(effects)}"
    if old.row_security != new.row_security:
        yield f"{where}: row-level security is {new.row_security or 'off'}: {_SECURITY[new.row_security]}"
    if (old.partitioned_by, old.parent, old.bound) != (new.partitioned_by, new.parent, new.bound):
        kind = " ".join(filter(None, (new.partitioned_by, new.parent, new.bound))) or "no partition"
        yield f"{where}: partitioned as {kind}: rows are stored in, or refused by, other partitions"


def compare_columns(sides: Sides, findings: Findings) -> None:
    """Add the differences of the columns of common tables."""
    old, new = sides.columns(sides.declared), sides.columns(sides.created)
    for table, name in sorted(old.keys() - new.keys()):
        findings.lines.append(f"column {table}.{name} is missing: every statement that names it fails")
    for key in sorted(new.keys() - old.keys()):
        one = new[key]
        need = one.required and one.default is None and not one.identity and not one.generated
        effect = "an INSERT without it is refused" if need else "rows keep data that nobody declared"
        findings.lines.append(f"column {one.table}.{one.name} is not declared: {effect}")
    for key in sorted(old.keys() & new.keys()):
        effects = list(_column(sides, old[key], new[key]))
        if effects:
            findings.lines.append(f"column {new[key].table}.{new[key].name}: {'; '.join(effects)}")
        _value(sides, old[key], new[key], findings)


def _column(sides: Sides, old: ColumnRecord, new: ColumnRecord) -> Iterator[str]:
    if sides.type_form(old) != sides.type_form(new):
        yield f"the type is {new.type} instead of {old.type}, so it {_type_effect(old.type, new.type)}"
    if _is_required(old) and not _is_required(new):
        yield "NOT NULL is missing: a row without a value is accepted"
    if _is_required(new) and not _is_required(old):
        yield "NOT NULL is added: a row without a value is refused"
    if old.on_conflict != new.on_conflict:
        yield conflict_effect(new.on_conflict)
    if old.collation != new.collation:
        names = f"{new.collation or 'the default'} instead of {old.collation or 'the default'}"
        yield f"the collation is {names}: texts are equal, unique and ordered by other rules"
    if old.generated != new.generated:
        kinds = {"": "not generated", "stored": "generated and stored", "virtual": "generated when read"}
        yield f"it is {kinds[new.generated]} instead of {kinds[old.generated]}"
    if old.labels != new.labels:
        yield f"its values are {', '.join(new.labels)} instead of {', '.join(old.labels)}"
    yield from _identity(sides, old, new)


def _is_required(column: ColumnRecord) -> bool:
    # the alias of SQLite's row number is never NULL
    return bool(column.required) or column.identity == "rowid"


def _identity(sides: Sides, old: ColumnRecord, new: ColumnRecord) -> Iterator[str]:
    numbering = {"serial": "by default"}
    if numbering.get(old.identity, old.identity) != numbering.get(new.identity, new.identity):
        effect = "a row without a number is refused" if not new.identity else "the engine numbers rows in another way"
        yield f"the numbering is {new.identity or 'none'} instead of {old.identity or 'none'}: {effect}"
    elif old.identity_options != new.identity_options:
        options = new.identity_options or "the default", old.identity_options or "the default"
        yield f"the numbering is {options[0]} instead of {options[1]}: rows get other numbers"
    if new.identity == "serial" and old.identity != "serial":
        # only an identity column lets every role that may INSERT take the next number
        grants = sides.created.grant
        insert = {one.role for one in grants if one.on == new.table and "insert" in one.privileges}
        usage = {one.role for one in grants if one.on == sequence_of(new) and {"usage", "update"} & set(one.privileges)}
        if roles := sorted(insert - usage):
            yield f"serial without USAGE of {sequence_of(new)}: {', '.join(roles)} cannot insert a row without a number"


def _type_effect(old: str, new: str) -> str:
    if re.split(r"\W", old)[0] != re.split(r"\W", new)[0]:
        return "stores and compares other values"
    unsigned = ["unsigned" in text.lower() for text in (old, new)]
    before, after = (tuple(map(int, re.findall(r"\d+", text))) for text in (old, new))
    if unsigned[0] != unsigned[1]:
        larger = "" if re.match(r"decimal|numeric", new.lower()) else " and accepts larger ones"
        return f"refuses negative values{larger}" if unsigned[1] else "accepts negative values"
    if before and not after and re.match(r"decimal|numeric|time|interval", new.lower()):
        return "stores digits that the declaration rounds or refuses"
    if len(before) == len(after) and all(a >= b for a, b in zip(after, before, strict=True)):
        return "accepts values that the declaration refuses"
    return "refuses or rounds values that the declaration stores"


def _value(sides: Sides, old: ColumnRecord, new: ColumnRecord, findings: Findings) -> None:
    where = f"column {new.table}.{new.name}"
    before, after = _default_form(sides, old), _default_form(sides, new)
    if before == after or (old.identity and new.identity):
        return
    what = "expression" if new.generated else "default"
    if old.default is None or new.default is None:
        state = (
            "is missing: an INSERT without it stores NULL or is refused"
            if new.default is None
            else (f"{new.default} is added: an INSERT without it stores this value")
        )
        findings.lines.append(f"{where}: the {what} {state}")
        return
    text = f"the {what} is {new.default} instead of {old.default}"
    findings.trials.append(
        Trial(f"{where}: {text}", new.table, "value", (old.default,), (new.default,), (new.name,),
              if_wider="an INSERT without it stores another value")
    )  # fmt: skip


_NOW = re.compile(r"\b(current_timestamp|transaction_timestamp \( \))(?! \()")


_NULL = re.compile(r"null(?: :: [^']*)?")  # PostgreSQL adds the cast to the type of the column


def _default_form(sides: Sides, column: ColumnRecord) -> str | None:
    form = sides.form(column.default)
    # the default of a domain applies where the column has none: there DEFAULT NULL means something
    is_domain = any(one.kind == "domain" and one.name == column.type for one in sides.created.type)
    if column.default is None or (_NULL.fullmatch(form) and not is_domain):
        return None
    return _NOW.sub("now ( )", form)

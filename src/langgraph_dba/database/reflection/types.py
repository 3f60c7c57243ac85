"""The engine's own types, defaults and comments, read back as logical ones as far as there are any."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from langgraph_dba.database.ddl.sqlalchemy_tables import PERSONAL
from langgraph_dba.database.ddl.type_mapping import (
    DEFAULT_SCALE,
    precision_of,
    storage_check,
    storage_default,
    storage_names,
    type_check,
    type_sql,
)
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Column, ColumnType, Dependency, TypeName
from langgraph_dba.database.reflection.expression_form import same, spelled_type

# The first that fits the spelling of `spelled_type`; what stands behind a name in parentheses is its length or digits.
_NAMES: tuple[tuple[str, TypeName], ...] = (
    (r"bool(ean)?|tinyint\(1\)", "boolean"), (r"(small|tiny)int(\(\d+\))?( unsigned)?", "smallint"),
    (r"bigint(\(\d+\))?( unsigned)?", "bigint"), (r"(int|integer|mediumint)(\(\d+\))?( unsigned)?", "integer"),
    (r"numeric(\(\d+(,-?\d+)?\))?|dec(\(.*\))?", "decimal"), (r"double( precision)?|float\d?|real", "float"),
    (r"n?varchar\d?\(\d+\)", "string"), (r"n?varchar\d?|(tiny|medium|long)?text|clob|string", "text"),
    (r"n?char(\(\d+\))?", "char"), (r"date", "date"), (r"time(\(\d\))?", "time"),
    (r"timestamp(\(\d\))? with time zone|timestamptz", "instant"),
    (r"timestamp(\(\d\))?|datetime(\(\d\))?", "local-datetime"), (r"interval", "duration"), (r"jsonb?", "json"),
    (r"uuid", "uuid"), (r"bytea|(tiny|medium|long)?blob|(var)?binary(\(\d+\))?", "binary"), (r"enum\(.*\)", "choice"),
)  # fmt: skip
_NUMBERS = re.compile(r"\((\d+)(?:,(-?\d+))?\)")
_NOW = re.compile(
    r"now\(\)|(current_(timestamp|date|time)|local(timestamp|time))(\(\d?\))?|\(?(datetime|date|time)\('now'\)\)?"
    r"|utc_(timestamp|date|time)\(\d?\)|\(?strftime\('[^']*', ?'now'\)\)?|unixepoch\(\)"
)
_LITERAL = re.compile(r"'((?:[^']|'')*)'(?:::[\w \".]+(?:\([\d, ]+\))?(?:\[\])?)?|(-?\d+(?:\.\d+)?)|(true|false)")
_DETERMINES = re.compile(r"([\w, ]+?) determines ([\w, ]+)")
_DECIMAL_BOUNDS = re.compile(r"9+ AND (9+)(?: /\* scale (\d+) \*/)?")
_SAMPLE = 987_654  # a length that no template holds by itself


class TypeReader:
    """Reads the types of one engine: a schema has few types in many columns, so each spelling is read once."""

    def __init__(self, traits: Traits) -> None:
        """Read nothing yet."""
        self.traits = traits
        self._types: dict[tuple[str, tuple[str, ...]], ColumnType] = {}
        self._samples: dict[str, tuple[ColumnType, ...]] = {}

    def read(self, native: str, labels: tuple[str, ...] = ()) -> ColumnType:
        """Return the logical type of an engine's own, with the own beside it where another one would be created."""
        key = native, labels
        if key not in self._types:
            self._types[key] = read_type(native, labels, self.traits)
        return self._types[key]

    def checked(self, column: str, native: str, condition: str) -> ColumnType | None:
        """Return the logical type that a `_stored` check stands for; None if it is not one of ours.

        `column` is the engine's name without quotes, `native` its type there.
        """
        checks = ((type_check(sample, column, self.traits), sample) for sample in self._stored_as(spelled_type(native)))
        templates = [(template, sample) for template, sample in checks if template]
        for template, sample in templates:
            numbers = _numbers(template, sample.name, condition)
            if numbers is not None:
                return _filled(sample.name, numbers)
        # parsing costs more than all the rest: only what no template spells is compared as an expression
        for template, sample in templates:
            fixed = sample.name != "decimal" and str(_SAMPLE) not in template
            if fixed and same(template, condition, self.traits.dialect):
                return sample
        return None

    def _stored_as(self, own: str) -> tuple[ColumnType, ...]:
        """Return the logical types that the engine stores in one of its own, each without and with a length."""
        if own not in self._samples:
            names = storage_names(self.traits)
            samples = [ColumnType(name=name, length=length) for name in names for length in (None, _SAMPLE)]
            self._samples[own] = tuple(one for one in samples if _own(one, self.traits) == own)
        return self._samples[own]


def read_type(native: str, labels: Sequence[str], traits: Traits) -> ColumnType:
    """Return the logical type of the engine's own, which stands beside it where it is another than ours would be."""
    name, text = _named(native, labels), spelled_type(native)
    digits = [int(n) for n in _NUMBERS.search(text).groups() if n] if _NUMBERS.search(text) else []  # type: ignore[union-attr]
    type_ = ColumnType(
        name=name,
        length=digits[0] if digits and name in ("string", "char") else None,
        precision=digits[0] if digits and name == "decimal" else None,
        scale=(digits[1:] or [0])[0] if digits and name == "decimal" else None,
        choices=tuple(labels),
    )
    exact = name != "native" and not labels and _own(type_, traits) == text
    if exact and not storage_check(Column(name="c", type=type_), traits):
        return type_
    # an engine with few types of its own: the widest logical one that is stored so, without a check beside it
    plain = next((n for n in ("bigint", "text", "binary", "float") if _bare(n, text, traits)), None)
    if plain and name in (plain, "integer") and not traits.native_temporal:
        return ColumnType(name=plain)
    return type_.model_copy(update={"native": native})


def _named(native: str, labels: Sequence[str]) -> TypeName:
    if labels:
        return "choice"
    text = spelled_type(native)
    return next((name for pattern, name in _NAMES if re.fullmatch(pattern, text)), "native")


def _bare(name: TypeName, text: str, traits: Traits) -> bool:
    type_ = ColumnType(name=name)
    return _own(type_, traits) == text and not storage_check(Column(name="c", type=type_), traits)


def _own(type_: ColumnType, traits: Traits) -> str:
    return spelled_type(type_sql(type_, traits))


def _numbers(template: str, name: TypeName, condition: str) -> list[int] | None:
    """Return the numbers of a condition that is spelled as the template, None if it is not."""
    if name == "decimal":
        head = template.partition("9" * precision_of(ColumnType(name=name))[0])[0]
        found = _DECIMAL_BOUNDS.fullmatch(condition, len(head)) if condition.startswith(head) else None
        return [int(number) for number in found.groups() if number is not None] if found else None
    head, sample, tail = template.partition(str(_SAMPLE))
    if not sample:
        return [] if condition == template else None
    length = condition.removeprefix(head).removesuffix(tail)
    return [int(length)] if length.isdecimal() and condition == f"{head}{length}{tail}" else None


def _filled(name: TypeName, numbers: list[int]) -> ColumnType:
    if name == "decimal":
        scale = numbers[1] if len(numbers) > 1 else DEFAULT_SCALE
        return ColumnType(name=name, precision=len(str(numbers[0])), scale=scale)
    return ColumnType(name=name, length=numbers[0] if numbers else None)


def read_default(text: str | None, column: Column, traits: Traits) -> tuple[str | None, str]:
    """Return (default as it would be typed, the engine's words where those say more)."""
    if text is None or text.upper() == "NULL":
        return None, ""
    value = _value(text.strip(), column, traits)
    if value is None:
        return None, text
    ours = storage_default(column.model_copy(update={"default": value, "default_sql": ""}), traits) or ""
    return value, "" if _alike(ours, text, column, traits) else text


def _value(text: str, column: Column, traits: Traits) -> str | None:
    if _NOW.fullmatch(text.lower()):
        return "now"
    literal = _LITERAL.fullmatch(text)
    if not literal:
        return None
    quoted, number, truth = literal.groups()
    value = str(quoted.replace("''", "'") if quoted is not None else number or truth)
    if column.type.native:
        return value
    try:
        if column.type.name == "decimal" and not traits.exact_decimals:
            return str(Decimal(value).scaleb(-precision_of(column.type)[1]))
        if column.type.name == "boolean" and not traits.native_booleans:
            return "true" if int(value) else "false"
    except (InvalidOperation, ValueError):
        return None
    return value


def _alike(ours: str, theirs: str, column: Column, traits: Traits) -> bool:
    negative = re.fullmatch(r"'(-[\d.]+)'::(integer|bigint|numeric)", theirs)
    if negative:  # a number that PostgreSQL shows as a text
        return ours == negative[1]
    cast = re.fullmatch(r"(.*)::([\w \".]+?)(?:\([\d, ]+\))?", theirs, re.DOTALL)
    if cast:
        own = re.sub(r"\(.*", "", column.type.native or _own(column.type, traits))
        if spelled_type(cast[2]) != re.sub(r"\(.*", "", spelled_type(own)):
            return False
        theirs = cast[1]
    bare = ours[1:-1] if ours.startswith("(") and ours.endswith(")") else ours
    return bare == theirs or (not bare.startswith("'") and bare.lower() == theirs.lower())


def with_instant(column: Column, traits: Traits) -> Column:
    """Types without zones, but the moment that the engine fills in itself is in UTC."""
    if (
        column.default != "now"
        or column.type.name != "local-datetime"
        or (traits.zoned_instants and traits.native_temporal)
    ):
        return column
    return column.model_copy(update={"type": column.type.model_copy(update={"name": "instant"})})


def read_comment(text: str) -> tuple[bool, str]:
    """Return (whether it marks personal data, the rest of it)."""
    if text.lower() == PERSONAL:
        return True, ""
    if text.startswith(f"{PERSONAL}: ") and not text[len(PERSONAL) + 2 :].lower().startswith(PERSONAL):
        return True, text[len(PERSONAL) + 2 :]
    return text.lower().startswith(PERSONAL), text


def read_dependencies(comment: str, columns: frozenset[str]) -> Iterator[Dependency]:
    """Yield what a table's comment says: "zip determines city"."""
    for given, determined in _DETERMINES.findall(comment):
        sides = [tuple(name.strip() for name in side.split(",")) for side in (given, determined)]
        if columns.issuperset((*sides[0], *sides[1])):
            yield Dependency(given=sides[0], determines=sides[1])

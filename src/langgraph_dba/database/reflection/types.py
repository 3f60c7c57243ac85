"""Convert an engine's types, defaults and comments to logical ones, if there are any."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from langgraph_dba.database.ddl.sqlalchemy_tables import PERSONAL
from langgraph_dba.database.ddl.type_mapping import (
    storage_check,
    storage_default,
    storage_names,
    type_check,
    type_sql,
)
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.type_table import DEFAULT_SCALE, precision_of
from langgraph_dba.database.model.schema import Column, ColumnType, FunctionalDependency, TypeName
from langgraph_dba.database.reflection.expression_form import same_expression, type_form

# The first pattern that matches the normal form of a type (`type_form`) counts; numbers in it are length or digits.
_NAMES: tuple[tuple[str, TypeName], ...] = (
    (r"bool(ean)?|tinyint\(1\)", "boolean"), (r"(small|tiny)int(\(\d+\))?( unsigned)?", "smallint"),
    (r"bigint(\(\d+\))?( unsigned)?", "bigint"), (r"(int|integer|mediumint)(\(\d+\))?( unsigned)?", "integer"),
    (r"numeric(\(\d+(,-?\d+)?\))?|dec(\(.*\))?", "decimal"),
    (r"(double( precision)?|float\d?|real)(\(\d+(,\d+)?\))?", "float"),
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
_SAMPLE = 987_654  # a length that occurs in no check template for another reason


class TypeReader:
    """Convert types of one engine, with a cache: a schema has few types in many columns."""

    def __init__(self, traits: Traits) -> None:
        """Start with an empty cache."""
        self.traits = traits
        self._types: dict[tuple[str, tuple[str, ...]], ColumnType] = {}
        self._samples: dict[str, tuple[ColumnType, ...]] = {}

    def read(self, native: str, labels: tuple[str, ...] = ()) -> ColumnType:
        """Return the logical type of an engine's type; see `read_type`."""
        key = native, labels
        if key not in self._types:
            self._types[key] = read_type(native, labels, self.traits)
        return self._types[key]

    def checked(self, column: str, native: str, condition: str) -> ColumnType | None:
        """Return the logical type whose storage check `condition` is; None if it is another condition.

        `column` is the name in the database without quotes, `native` the type of the column there.
        """
        checks = ((type_check(sample, column, self.traits), sample) for sample in self._samples_of(type_form(native)))
        templates = [(template, sample) for template, sample in checks if template]
        for template, sample in templates:
            numbers = _numbers(template, sample.name, condition)
            if numbers is not None:
                return _type_with_numbers(sample.name, numbers)
        # parsing takes more time than all of the above: only a condition that equals no template as text is parsed
        for template, sample in templates:
            has_no_number = sample.name != "decimal" and str(_SAMPLE) not in template
            if has_no_number and same_expression(template, condition, self.traits.dialect):
                return sample
        return None

    def _samples_of(self, form: str) -> tuple[ColumnType, ...]:
        """Return the logical types that the engine stores as the type `form`, each without and with a length."""
        if form not in self._samples:
            names = storage_names(self.traits)
            samples = [ColumnType(name=name, length=length) for name in names for length in (None, _SAMPLE)]
            self._samples[form] = tuple(one for one in samples if _engine_form(one, self.traits) == form)
        return self._samples[form]


def read_type(native: str, labels: Sequence[str], traits: Traits) -> ColumnType:
    """Return the logical type of an engine's type, with `native` set if rendering the logical type would change it.

    `labels` are the values of an enum type.
    """
    name, text = _logical_name(native, labels), type_form(native)
    digits = [int(n) for n in _NUMBERS.search(text).groups() if n] if _NUMBERS.search(text) else []  # type: ignore[union-attr]
    type_ = ColumnType(
        name=name,
        length=digits[0] if digits and (name in ("string", "char") or text.startswith("binary")) else None,
        precision=digits[0] if digits and name == "decimal" else None,
        scale=(digits[1:] or [0])[0] if digits and name == "decimal" else None,
        choices=tuple(labels),
    )
    is_exact = name != "native" and not labels and _engine_form(type_, traits) == text
    if is_exact and not storage_check(Column(name="c", type=type_), traits):
        return type_
    # SQLite has few types: without a check, the widest logical type that is stored as this one
    widest = next((n for n in ("bigint", "text", "binary", "float") if _is_stored_unchecked(n, text, traits)), None)
    if widest and name in (widest, "integer") and not traits.native_temporal:
        return ColumnType(name=widest)
    return type_.model_copy(update={"native": native})


def _logical_name(native: str, labels: Sequence[str]) -> TypeName:
    if labels:
        return "choice"
    text = type_form(native)
    return next((name for pattern, name in _NAMES if re.fullmatch(pattern, text)), "native")


def _is_stored_unchecked(name: TypeName, text: str, traits: Traits) -> bool:
    type_ = ColumnType(name=name)
    return _engine_form(type_, traits) == text and not storage_check(Column(name="c", type=type_), traits)


def _engine_form(type_: ColumnType, traits: Traits) -> str:
    return type_form(type_sql(type_, traits))


def _numbers(template: str, name: TypeName, condition: str) -> list[int] | None:
    """Return the numbers in a condition that equals the template except for them; None if it differs otherwise."""
    if name == "decimal":
        head = template.partition("9" * precision_of(ColumnType(name=name))[0])[0]
        match = _DECIMAL_BOUNDS.fullmatch(condition, len(head)) if condition.startswith(head) else None
        return [int(number) for number in match.groups() if number is not None] if match else None
    head, sample, tail = template.partition(str(_SAMPLE))
    if not sample:
        return [] if condition == template else None
    length = condition.removeprefix(head).removesuffix(tail)
    return [int(length)] if length.isdecimal() and condition == f"{head}{length}{tail}" else None


def _type_with_numbers(name: TypeName, numbers: list[int]) -> ColumnType:
    if name == "decimal":
        scale = numbers[1] if len(numbers) > 1 else DEFAULT_SCALE
        return ColumnType(name=name, precision=len(str(numbers[0])), scale=scale)
    return ColumnType(name=name, length=numbers[0] if numbers else None)


def read_default(text: str | None, column: Column, traits: Traits) -> tuple[str | None, str]:
    """Return (default as in `Column.default`, or None; SQL text of the default if it cannot be rendered from that)."""
    if text is None or text.upper() == "NULL":
        return None, ""
    value = _value(text.strip(), column, traits)
    if value is None:
        return None, text
    rendered = storage_default(column.model_copy(update={"default": value, "default_sql": ""}), traits) or ""
    return value, "" if _is_same_default(rendered, text, column, traits) else text


def _value(text: str, column: Column, traits: Traits) -> str | None:
    if _NOW.fullmatch(text.lower()):
        return "now"
    literal = _LITERAL.fullmatch(text)
    if not literal:
        return None
    string, number, boolean = literal.groups()
    value = str(string.replace("''", "'") if string is not None else number or boolean)
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


def _is_same_default(rendered: str, text: str, column: Column, traits: Traits) -> bool:
    negative = re.fullmatch(r"'(-[\d.]+)'::(integer|bigint|numeric)", text)
    if negative:  # PostgreSQL shows a negative number as a cast string
        return rendered == negative[1]
    cast = re.fullmatch(r"(.*)::([\w \".]+?)(?:\([\d, ]+\))?", text, re.DOTALL)
    if cast:
        own = re.sub(r"\(.*", "", column.type.native or _engine_form(column.type, traits))
        if type_form(cast[2]) != re.sub(r"\(.*", "", type_form(own)):
            return False
        text = cast[1]
    inner = rendered[1:-1] if rendered.startswith("(") and rendered.endswith(")") else rendered
    # keywords and functions in any case; strings must be equal in case too
    return inner == text or (not inner.startswith("'") and inner.lower() == text.lower())


def with_instant(column: Column, traits: Traits) -> Column:
    """Return the column as an `instant` if its type has no time zone and its default is the current time in UTC."""
    if (
        column.default != "now"
        or column.type.name != "local-datetime"
        or (traits.zoned_instants and traits.native_temporal)
    ):
        return column
    return column.model_copy(update={"type": column.type.model_copy(update={"name": "instant"})})


def read_comment(text: str) -> tuple[bool, str]:
    """Return (whether the comment of a column marks personal data, the comment without the mark)."""
    if text.lower() == PERSONAL:
        return True, ""
    if text.startswith(f"{PERSONAL}: ") and not text[len(PERSONAL) + 2 :].lower().startswith(PERSONAL):
        return True, text[len(PERSONAL) + 2 :]
    return text.lower().startswith(PERSONAL), text


def read_dependencies(comment: str, columns: frozenset[str]) -> Iterator[FunctionalDependency]:
    """Yield the functional dependencies in a table's comment, such as "zip determines city"."""
    for determinant, dependent in _DETERMINES.findall(comment):
        sides = [tuple(name.strip() for name in side.split(",")) for side in (determinant, dependent)]
        if columns.issuperset((*sides[0], *sides[1])):
            yield FunctionalDependency(given=sides[0], determines=sides[1])

"""Arguments for calls of routines: values that find rows, literals of the routine, and wide ones of each type."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from uuid import UUID

from langgraph_dba.database.engines import Connection
from langgraph_dba.database.engines.postgresql.own_queries import qualified

MOST_CALLS = 80
_MOST_VALUES, _LONGEST = 6, 40
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'$])\d{1,9}(?:\.\d+)?(?![\w.'])")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST_MEMBERS = 8  # values of a member of a JSON argument
_JSON_KEY = re.compile(r"(?:->>?|\?)\s*'(\w+)'")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TEXTS = ("text", "character varying", "character", "citext", "name")
# wide arguments: a filter lets every row pass with one of them, as LIMIT, OFFSET, pattern, first or last moment
_WIDE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_NUMBERS, ("0", "1000", "-1")),
    **dict.fromkeys(_TEXTS, ("'%'", "''")),
    **dict.fromkeys(("date", "timestamp without time zone", "timestamp with time zone"), ("'-infinity'", "'infinity'")),
    "boolean": ("true", "false"),
    "json": ("'{}'",),
    "jsonb": ("'{}'",),
    "interval": ("'1000 years'", "'0'"),
}
# (name, base type of a domain, labels of an enum)
_OWN_TYPES = """
SELECT t.oid::regtype::text, coalesce(nullif(t.typbasetype, 0)::regtype::text, ''),
  ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
FROM pg_type t WHERE t.typtype IN ('d', 'e') AND t.oid >= 16384
"""


@dataclass(frozen=True, slots=True)
class OwnTypes:
    """The base types of the domains, and the labels of the enums, of a database."""

    bases: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def base(self, type_: str) -> str:
        """Return the type under a domain, also under a domain over a domain."""
        while self.bases.get(type_):
            type_ = self.bases[type_]
        return type_


def own_types(connection: Connection) -> OwnTypes:
    """Return the domains and enums of a database."""
    rows = connection.run(qualified(_OWN_TYPES)).rows
    return OwnTypes(
        {str(name): str(base) for name, base, _ in rows if base},
        {str(name): tuple(map(str, labels)) for name, _, labels in rows if labels},
    )


def argument_rows(types: Sequence[str], source: str, values: Sequence[object], own: OwnTypes) -> list[tuple[str, ...]]:
    """Return arguments, as SQL, for calls of a routine with these types of arguments.

    Each combination of wide arguments is among them, each value with the others of its type, the literals in `source`
    and the numbers beside its numbers, the labels of enums, and NULL for all.
    """
    found = [*dict.fromkeys((*_literals(source), *values))]
    wide = [_wide(type_, own) for type_ in types]
    fitting = [_fitting(type_, found, source, own) or one for type_, one in zip(types, wide, strict=True)]
    count = max(map(len, fitting), default=1)
    rows = [tuple(options[number % len(options)] for options in fitting) for number in range(count)]
    # one value with wide arguments beside it: `find(id, limit)`
    mixed = [
        tuple(value if at == place else options[0] for at, options in enumerate(wide))
        for place, one in enumerate(fitting)
        for value in one[:_MOST_VALUES]
    ]
    # values of one row are near each other: `belongs(document, tenant)` needs two of them
    pairs = islice(product(*(one[:_MOST_VALUES] for one in fitting)), MOST_CALLS)
    # `find(all, 'export')`: a wide value beside a literal
    both = islice(
        product(*(dict.fromkeys((*few, *one[:2])) for few, one in zip(wide, fitting, strict=True))), MOST_CALLS
    )
    nulls = tuple(f"NULL::{type_}" for type_ in types)
    return list(dict.fromkeys((*islice(product(*wide), MOST_CALLS), nulls, *mixed, *rows, *pairs, *both)))


def _literals(source: str) -> list[object]:
    texts: list[object] = [text.replace("''", "'") for text in _LITERAL.findall(source) if len(text) < _LONGEST]
    numbers = [int(float(one)) for one in _NUMBER.findall(source)]
    return [*texts, *(near for one in numbers for near in (one, one + 1, one - 1, -one, -one - 1))]


def _wide(type_: str, own: OwnTypes) -> list[str]:
    return [f"{one}::{type_}" for one in _WIDE.get(own.base(type_), ("NULL",))]


def _fitting(type_: str, values: Sequence[object], source: str, own: OwnTypes) -> list[str]:
    base = own.base(type_)
    element = own.base(base.removesuffix("[]"))
    if labels := own.labels.get(element):
        texts = sorted(labels, key=lambda one: f"'{one}'" not in source)
    elif element in ("json", "jsonb"):
        keys = dict.fromkeys(_JSON_KEY.findall(source))
        members = ["true", "1", *(json.dumps(one) for one in values if isinstance(one, str))]
        texts = [json.dumps({key: json.loads(one)}) for one in members[:_MOST_MEMBERS] for key in keys]
    else:
        kinds = int if element in _NUMBERS else (str, UUID) if element in (*_TEXTS, "uuid") else ()
        texts = [str(one) for one in values if isinstance(one, kinds) and not isinstance(one, bool)]
        texts = list(filter(_UUID.fullmatch, texts)) if element == "uuid" else texts
    if element != base:
        return [f"ARRAY[{', '.join(map(_quoted, texts))}]::{type_}"] if texts else []
    return [f"{_quoted(text)}::{type_}" for text in texts]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

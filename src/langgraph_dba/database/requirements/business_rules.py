"""The language of business rules in `requirements.yaml`: seventeen forms over paths, conditions, periods and spans.

A path names an attribute or a relationship of the rule's entity, or of one that a relationship leads to:
`auction.item.seller`. A condition is a list of tests that all must hold; two rules say "or". Comparisons are words,
because YAML reads `=` and `on:` otherwise. Each rule quotes the words of the request that it stands on, or says why it
is there.
"""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag, model_validator

from langgraph_dba.database.requirements.names import Name

Path = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,4}$", max_length=200)]
Span = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4} (minute|hour|day|month|year)s?$")]
Comparator = Literal[
    "is", "is-not", "less-than", "at-most", "more-than", "at-least", "before", "not-after", "after", "not-before"
]
# a text is the path of an attribute, a relationship or `now`; any other text is a value
Operand = bool | int | FiniteFloat | str


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Comparison(_Part):
    """A test of two values: `{left: departure, op: after, right: arrival}`; `plus` is added to the right one."""

    left: Path = Field(description="an attribute, a relationship, or now")
    op: Comparator
    right: Operand = Field(description="an attribute, a relationship, now, or a value")
    plus: Span | None = Field(None, description="such as '16 years'")


class Presence(_Part):
    """A test whether an attribute has a value: `{attribute: deleted_at, is: absent}`."""

    attribute: Path
    is_: Literal["present", "absent"] = Field(alias="is")


class Membership(_Part):
    """A test whether an attribute is one of some values: `{attribute: status, in: [open, waiting]}`."""

    attribute: Path
    in_: tuple[str, ...] = Field(alias="in", min_length=1)


def _kind_of_test(test: Any) -> str:
    """Return the tag of the model that a test is meant for, so that a mistake is reported for that one only."""
    if isinstance(test, BaseModel):
        return type(test).__name__.lower()
    keys = test if isinstance(test, dict) else {}
    return (
        "comparison"
        if "left" in keys
        else "presence"
        if "is" in keys
        else "membership"
        if "in" in keys
        else "comparison"
    )


Test = Annotated[
    Annotated[Comparison, Tag("comparison")]
    | Annotated[Presence, Tag("presence")]
    | Annotated[Membership, Tag("membership")],
    Discriminator(_kind_of_test),
]
Condition = tuple[Test, ...]
TAGS_OF_TESTS: dict[str, type[BaseModel]] = {one.__name__.lower(): one for one in (Comparison, Presence, Membership)}


class _Rule(_Part):
    id: Name
    words: str = Field("", description="the words of the request that state the rule, exactly as they stand there")
    because: str = Field("", description="why the rule is there, if the request does not state it")

    @model_validator(mode="after")
    def _is_founded(self) -> Self:
        if not self.words.strip() and not self.because.strip():
            raise ValueError(f"the rule '{self.id}' has neither `words` nor `because`: quote the request, or say why")
        return self


class OnlyOne(_Rule):
    """No two rows of `of` have the same values of `per`, among those that meet `where`."""

    form: Literal["only-one"]
    of: Name
    per: tuple[Path, ...] = Field((), description="empty: at most one row in all")
    where: Condition = ()
    ignore_case: tuple[Name, ...] = ()


class NoOverlap(_Rule):
    """The periods of the rows of `of` with the same values of `per` do not overlap."""

    form: Literal["no-overlap"]
    of: Name
    per: tuple[Path, ...] = ()
    period: tuple[Path, Path]
    last_included: bool = Field(default=False, description="the last day belongs to the period")
    where: Condition = ()
    gaps: Literal["allowed", "forbidden"] = "allowed"
    inside: tuple[Path, Path] | None = Field(None, description="a period that contains them, such as the contract's")


_ONCE = "the state of the row that `per` leads to, from which on the rule holds"


class Count(_Rule):
    """The number of rows of `of` with the same values of `per` is within bounds."""

    form: Literal["count"]
    of: Name
    per: tuple[Path, ...] = Field(min_length=1)
    at_least: int | None = Field(None, ge=1)
    at_most: Annotated[int, Field(ge=1)] | Path | None = None
    where: Condition = ()
    once: Condition = Field((), description=_ONCE)


class Total(_Rule):
    """The sum of `of` over the rows with the same values of `per` is, or is at most or at least, `than`."""

    form: Literal["total"]
    of: Path
    signed_by: dict[str, Literal[1, -1]] = Field(
        default_factory=dict, description="whether a row adds or subtracts, by its choice: {debit: 1, credit: -1}"
    )
    per: tuple[Path, ...] = Field(min_length=1)
    op: Literal["is", "at-most", "at-least"]
    than: int | FiniteFloat | Path
    where: Condition = ()
    once: Condition = Field((), description=_ONCE)


class Holds(_Rule):
    """Every row of `of` that meets `if` meets `that`."""

    form: Literal["holds"]
    of: Name
    that: Condition = Field(min_length=1)
    if_: Condition = Field((), alias="if")
    when: Literal["always", "on-insert"] = "always"


class Choose(_Rule):
    """So many of the attributes and relationships in `among` have a value."""

    form: Literal["choose"]
    of: Name
    number: Literal["exactly-one", "at-least-one", "at-most-one", "all-or-none"]
    among: tuple[Name, ...] = Field(min_length=2)


class States(_Rule):
    """An attribute starts in one of `start` and changes only along `moves`."""

    form: Literal["states"]
    of: Path
    start: tuple[str, ...] = Field(min_length=1)
    moves: dict[str, tuple[str, ...]]


class Frozen(_Rule):
    """Rows of `what` are not changed and not deleted, from the state `once` on."""

    form: Literal["frozen"]
    what: Name
    once: Condition = ()
    except_: tuple[Name, ...] = Field((), alias="except", description="attributes that may change")
    also: tuple[Name, ...] = Field((), description="entities whose rows belong to a row and are frozen with it")
    change: Literal["none", "delete-only", "update-only"] = Field("none", description="what stays allowed")


class Numbered(_Rule):
    """Numbers are given in order, without gaps, per `per`."""

    form: Literal["numbered"]
    of: Path
    per: tuple[Path, ...] = ()
    gaps: Literal["allowed", "forbidden"] = "forbidden"


class Versioned(_Rule):
    """A change of a row of `what` that another change has overtaken is refused."""

    form: Literal["versioned"]
    what: Name


class Tree(_Rule):
    """A relationship of an entity to itself has no circles, and at most so many levels."""

    form: Literal["tree"]
    of: Path
    levels: int | None = Field(None, ge=1, le=64)


class Increasing(_Rule):
    """Each value is larger than the one before, per `per`."""

    form: Literal["increasing"]
    of: Path
    per: tuple[Path, ...] = Field(min_length=1)


class History(_Rule):
    """Each change of a row, or each read of it, is recorded with who did it."""

    form: Literal["history"]
    of: Name
    attributes: tuple[Name, ...] = ()
    reads: bool = False


class Keep(_Rule):
    """Rows, or attributes of them, are kept at least or at most so long, or erased on request."""

    form: Literal["keep"]
    what: Name
    at_least: Span | None = None
    at_most: Span | None = None
    since: Path | None = None
    attributes: tuple[Name, ...] = ()
    on_request: bool = False


class Secret(_Rule):
    """Attributes are stored encrypted."""

    form: Literal["secret"]
    attributes: tuple[Path, ...] = Field(min_length=1)
    searchable: bool = False


class Derived(_Rule):
    """An attribute is always the result of a calculation over attributes of its row."""

    form: Literal["derived"]
    attribute: Path
    is_: str = Field(alias="is", pattern=r"^[a-z0-9_.+\-*/() ]+$")


class Free(_Rule):
    """Something that must not be forbidden: `emails are not unique`."""

    form: Literal["free"]
    what: Path
    may: Literal["repeat", "be-absent", "be-equal"]


AnyRule = (
    OnlyOne
    | NoOverlap
    | Count
    | Total
    | Holds
    | Choose
    | States
    | Frozen
    | Numbered
    | Versioned
    | Tree
    | Increasing
    | History
    | Keep
    | Secret
    | Derived
    | Free
)
Rule = Annotated[AnyRule, Field(discriminator="form")]
FORMS: dict[str, type[AnyRule]] = {get_args(one.model_fields["form"].annotation)[0]: one for one in get_args(AnyRule)}


def entity_of(rule: AnyRule) -> str:
    """Return the entity that a rule is about: its `of` or `what`, or the first step of its path."""
    for key in ("of", "what", "attribute"):
        if text := getattr(rule, key, None):
            return str(text).partition(".")[0]
    assert isinstance(rule, Secret)
    return rule.attributes[0].partition(".")[0]


def tests_of(rule: AnyRule) -> tuple[tuple[str, int, Test], ...]:
    """Return each test of a rule with the key and the position at which it stands."""
    keys = {"where": "where", "once": "once", "that": "that", "if_": "if"}
    return tuple(
        (shown, number, test) for key, shown in keys.items() for number, test in enumerate(getattr(rule, key, ()))
    )

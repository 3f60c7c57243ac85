"""Read the rules that the clauses of a request state; a clause with a noun that means nothing is left as it is."""

import re
from itertools import count

from pydantic import TypeAdapter, ValidationError

from langgraph_dba.database.request.coverage.citations import Names
from langgraph_dba.database.request.rules.capacities import CAPACITIES
from langgraph_dba.database.request.rules.clauses_of_rules import clauses_of
from langgraph_dba.database.request.rules.comparisons import COMPARISONS
from langgraph_dba.database.request.rules.counts import COUNTS
from langgraph_dba.database.request.rules.enumerations import with_values
from langgraph_dba.database.request.rules.life_of_rows import LIFE_OF_ROWS
from langgraph_dba.database.request.rules.measures import with_units
from langgraph_dba.database.request.rules.number_ranges import NUMBER_RANGES
from langgraph_dba.database.request.rules.numbering import NUMBERING
from langgraph_dba.database.request.rules.overlaps import OVERLAPS
from langgraph_dba.database.request.rules.pattern import Fields, Pattern
from langgraph_dba.database.request.rules.protection import PROTECTION
from langgraph_dba.database.request.rules.same_or_different import SAME_OR_DIFFERENT
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.request.rules.secrecy import SECRECY
from langgraph_dba.database.request.rules.state_moves import STATE_MOVES
from langgraph_dba.database.request.rules.sums import SUMS
from langgraph_dba.database.request.rules.time_order import PERIODS, TIME_ORDER
from langgraph_dba.database.request.rules.uniqueness import UNIQUENESS
from langgraph_dba.database.request.text_parts import Part, parts_of
from langgraph_dba.database.requirements.business_rules import Rule
from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.requirements.model import Attribute, Entity, Relationship, Requirements

# the first pattern that reads a clause wins: narrow ones come first
PATTERNS: tuple[Pattern, ...] = (
    *PERIODS,
    *OVERLAPS,
    *UNIQUENESS,
    *SUMS,
    *CAPACITIES,
    *COUNTS,
    *NUMBERING,
    *NUMBER_RANGES,
    *TIME_ORDER,
    *SAME_OR_DIFFERENT,
    *COMPARISONS,
    *STATE_MOVES,
    *LIFE_OF_ROWS,
    *PROTECTION,
    *SECRECY,
)
_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


def with_rules(requirements: Requirements) -> Requirements:
    """Return requirements with the rules that the request states, and the attributes that these name."""
    reader = _RuleReader(requirements)
    for part in parts_of(requirements.request):
        reader.read(part)
    return reader.requirements


class _RuleReader:
    def __init__(self, requirements: Requirements) -> None:
        self.requirements = requirements
        self.before: tuple[str, ...] = ()

    def read(self, part: Part) -> None:
        """Add the rules of one sentence or list item."""
        names = Names(self.requirements)
        cited = names.citations(part, frozenset(self.before))
        here = tuple(one.entity for one in cited if one.entity)
        near = tuple(dict.fromkeys((*here, *(() if here else self.before))))
        self.requirements = with_units(self.requirements, part, cited)
        self.requirements = with_values(self.requirements, part, cited, near)
        taken: list[tuple[int, int]] = []
        clauses = clauses_of(part.text)
        for one in PATTERNS:
            for clause in clauses:
                match = clause.match(one.regex)
                first, last = clause.position_of(match) if match else (0, 0)
                if match is None or any(first < end and start < last for start, end in taken):
                    continue
                scene = Scene(self.requirements, near)
                if self._add(scene, one, match, part.text[first:last].strip()):
                    taken.append((first, last))
        self.before = here or self.before

    def _add(self, scene: Scene, one: Pattern, match: re.Match[str], said: str) -> bool:
        try:
            fields = one.handler(scene, match)
        except ValidationError:
            return False  # an attribute that the sentence seems to state has no valid name
        if fields is not None and one.form == "only-one":
            # the rule says what is unique, not the usual key of the lexicon: "unique within a supplier"
            scene.repeating |= {(str(fields["of"]), name) for name in fields["per"]}
        if fields is not None and any(rule.form == one.form and rule.words == said for rule in self.requirements.rules):
            return True  # said twice
        candidate = self._with(scene, one.form, fields, said) if fields is not None else None
        # the same checks as for a file: a rule that does not resolve leaves its clause not understood
        if candidate is None or check_consistency(candidate, file="request"):
            return False
        self.requirements = candidate
        return True

    def _with(self, scene: Scene, form: str, fields: Fields, said: str) -> Requirements | None:
        known = {rule.id for rule in self.requirements.rules}
        subject = str(fields.get("of") or fields.get("what") or fields.get("attribute") or fields["attributes"][0])
        stem = f"{subject.partition('.')[0][:24]}_{form.replace('-', '_')}"
        free = (text for number in count(1) if (text := stem if number == 1 else f"{stem}_{number}") not in known)
        try:
            rules = [
                _RULE.validate_python({"id": next(free), "form": form, "words": said, **one})
                for one in _single_bounds(fields)
            ]
        except ValidationError:
            return None
        return self.requirements.model_copy(
            update={
                "entities": tuple(_with_additions(one, scene) for one in self.requirements.entities),
                "relationships": (
                    *(_weaker_link(one, scene) for one in self.requirements.relationships),
                    *(_weaker_link(one, scene) for one in scene.links),
                ),
                "rules": (*self.requirements.rules, *rules),
            }
        )


def _single_bounds(fields: Fields) -> list[Fields]:
    """Return the fields of one rule, or of two for a least and a most number: one may be enforced without the other."""
    bounds = [key for key in ("at_most", "at_least") if fields.get(key) is not None]
    if len(bounds) < 2 or "per" not in fields:  # noqa: PLR2004  a span of time has both in one rule
        return [fields]
    return [{name: value for name, value in fields.items() if name not in bounds or name == key} for key in bounds]


def _with_additions(entity: Entity, scene: Scene) -> Entity:
    added = {one.name: one for one in scene.added.get(entity.name, ())}  # replaces an attribute of the same name
    known = (_weaker(entity.name, one, scene) for one in entity.attributes)
    return entity.model_copy(update={"attributes": tuple(({one.name: one for one in known} | added).values())})


def _weaker(entity: str, attribute: Attribute, scene: Scene) -> Attribute:
    """Return the attribute, not required or not unique if the sentence says so, without the bounds that the rule has.

    A second check of the same bound would refuse each row with which the rule is tried.
    """
    place = entity, attribute.name
    required = attribute.required and place not in scene.optional
    lacks = {bound for entity_, name, bound in scene.bounds if (entity_, name) == place}
    changes = {"required": required, "unique": attribute.unique and place not in scene.repeating}
    kept = {key: None for key in ("minimum", "maximum") if getattr(attribute, key) in lacks}
    order = {"after": None} if place in scene.unordered else {}
    return attribute.model_copy(update={**changes, **kept, **order})


def _weaker_link(link: Relationship, scene: Scene) -> Relationship:
    """Return the relationship, optional or to many rows if the sentence says so.

    "Only one active subscription per customer" allows other subscriptions of the customer: the rule is what is unique.
    """
    if link.kind == "many-to-many":
        added = scene.added.get(link.via or f"{link.source}_{link.target}", ())
        return link.model_copy(update={"attributes": (*link.attributes, *added)}) if added else link
    place = link.source, link.role
    changes: dict[str, object] = {"required": False, "on_delete": "restrict"} if place in scene.optional else {}
    if link.kind == "one-to-one" and place in scene.repeating:
        changes["kind"] = "many-to-one"
    return link.model_copy(update=changes)

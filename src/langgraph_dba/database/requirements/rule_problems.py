"""Check business rules: the entities, paths and values that they name, the words that they quote, contradictions."""

from collections.abc import Iterator

from langgraph_dba.database.requirements.business_rules import (
    AnyRule,
    Comparison,
    Count,
    Derived,
    Free,
    Frozen,
    Increasing,
    Keep,
    Membership,
    NoOverlap,
    Numbered,
    OnlyOne,
    Secret,
    States,
    Test,
    Total,
    Tree,
    entity_of,
    tests_of,
)
from langgraph_dba.database.requirements.counted_entity import counting_end, signing_attributes, tests_of_counting
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.operands import NOW, Constant, constant, operand
from langgraph_dba.database.requirements.paths import PathEnd, UnknownStep, entity_names, follow
from langgraph_dba.database.requirements.problems import problem_at, repeated
from langgraph_dba.database.requirements.rule_contradictions import contradictions
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding, suggestion

_ORDERS = frozenset({"less-than", "at-most", "more-than", "at-least", "before", "not-after", "after", "not-before"})
_TEMPORAL = frozenset({"date", "time", "instant", "local-datetime"})
_NUMBERS = frozenset({"integer", "decimal", "money", "float", "duration"})


def rule_problems(requirements: Requirements) -> Iterator[Finding]:
    """Yield the problems of all business rules."""
    for number in repeated(rule.id for rule in requirements.rules):
        message = f"a second rule has the id '{requirements.rules[number].id}': rename one"
        yield problem_at(("rules", number, "id"), "duplicate-rule", message)
    for number, rule in enumerate(requirements.rules):
        yield from _Checker(requirements, rule, ("rules", number)).problems()
    yield from contradictions(requirements)


class _Checker:
    """Checks one rule."""

    def __init__(self, requirements: Requirements, rule: AnyRule, path: Path) -> None:
        self.requirements, self.rule, self.path = requirements, rule, path

    def problems(self) -> Iterator[Finding]:
        rule, request = self.rule, self.requirements.request
        if request and rule.words and rule.words not in request:
            message = f"'{rule.words}' does not stand in the request: quote it exactly, or write `because`"
            yield self._problem("words", "unknown-words", message)
        names = entity_names(self.requirements)
        for key, name in self._entities():
            if name not in names:
                yield self._problem(key, "unknown-entity", f"'{name}' is no entity: {suggestion(name, names)}")
                return
        for key, text in self._paths():
            end = self._follow(text)
            if isinstance(end, UnknownStep):
                yield self._unknown(key, end)
        for key, position, test in tests_of(rule):
            if key == "once" and isinstance(rule, Total | Count):
                continue
            yield from self._test_problems(test, entity_of(rule), (*self.path, key, position))
        if isinstance(rule, Total | Count) and (counting := counting_end(self.requirements, rule)):
            for position, test in enumerate(tests_of_counting(rule, counting)):
                yield from self._test_problems(test, counting.target, (*self.path, "once", position))
        yield from self._form_problems()

    def _problem(self, key: str, rule: str, message: str) -> Finding:
        return problem_at((*self.path, key), rule, f"rule '{self.rule.id}': {message}")

    def _unknown(self, key: str, step: UnknownStep, where: Path | None = None) -> Finding:
        message = f"'{step.step}' is neither an attribute nor a relationship of '{step.entity}': "
        message = f"rule '{self.rule.id}': {message}{suggestion(step.step, step.known)}"
        return problem_at(where or (*self.path, key), "unknown-attribute", message)

    def _follow(self, text: str) -> PathEnd | UnknownStep:
        """Follow a path that begins in the rule's entity, or that begins with its name."""
        entity, rule = entity_of(self.rule), self.rule
        is_named = isinstance(rule, Total | States | Numbered | Tree | Increasing | Derived | Free | Secret)
        first, _, rest = text.partition(".")
        if is_named and first == entity and rest:
            text = rest
        return follow(self.requirements, entity, text)

    def _entities(self) -> Iterator[tuple[str, str]]:
        rule = self.rule
        key = next((key for key in ("of", "what", "attribute", "attributes") if getattr(rule, key, None)), "of")
        yield key, entity_of(rule)
        if isinstance(rule, Frozen):
            yield from (("also", name) for name in rule.also)

    def _paths(self) -> Iterator[tuple[str, str]]:
        """Yield each path of the rule outside of its tests."""
        rule = self.rule
        for key in ("per", "period", "inside", "among", "except_", "ignore_case"):
            for text in getattr(rule, key, None) or ():
                yield key.rstrip("_"), text
        for key in ("of", "attribute", "what"):
            text = getattr(rule, key, "")
            if "." in text:
                yield key, text
        if isinstance(rule, Secret | Keep):
            yield from (("attributes", text) for text in rule.attributes)
        for key in ("at_most", "than", "since"):
            text = getattr(rule, key, None)
            if isinstance(text, str) and not (isinstance(rule, Keep) and key != "since"):
                yield key, text

    def _test_problems(self, test: Test, entity: str, where: Path) -> Iterator[Finding]:
        if isinstance(test, Comparison):
            yield from self._comparison_problems(test, entity, where)
            return
        end = follow(self.requirements, entity, test.attribute)
        if isinstance(end, UnknownStep):
            yield self._unknown("attribute", end, where)
        elif isinstance(test, Membership):
            yield from self._values_problems(test.in_, end, where)

    def _comparison_problems(self, test: Comparison, entity: str, where: Path) -> Iterator[Finding]:
        def problem(message: str) -> Finding:
            return problem_at(where, "uncomparable", f"rule '{self.rule.id}': {message}")

        left = None if test.left == NOW else follow(self.requirements, entity, test.left)
        if isinstance(left, UnknownStep):
            yield self._unknown("left", left, where)
            return
        if test.right == NOW:
            if left and not (left.attribute and left.attribute.type in _TEMPORAL):
                yield problem(f"'{test.left}' cannot be compared with the present time")
            return
        right = operand(self.requirements, entity, test.right, left)
        if isinstance(right, str):
            yield problem(right)
        elif isinstance(right, PathEnd) and left and _kind(left) != _kind(right):
            yield problem(f"'{test.left}' ({_kind(left)}) cannot be compared with '{test.right}' ({_kind(right)})")
        elif test.op in _ORDERS and left and not _is_ordered(left):
            yield problem(f"'{test.left}' ({_kind(left)}) has no order: use is or is-not")
        elif test.plus and left and not (left.attribute and left.attribute.type in _TEMPORAL):
            yield problem(f"'{test.left}' is no date or time: remove `plus`")
        elif isinstance(right, Constant) and test.plus:
            yield problem("`plus` is added to an attribute: write the sum")

    def _values_problems(self, values: tuple[str, ...], end: PathEnd, where: Path) -> Iterator[Finding]:
        for value in values:
            reason = constant(value, end.attribute) if end.attribute else f"'{end.name}' is a relationship"
            if isinstance(reason, str):
                yield problem_at((*where, "in"), "unknown-value", f"rule '{self.rule.id}': {reason}")

    def _form_problems(self) -> Iterator[Finding]:
        rule = self.rule
        if isinstance(rule, NoOverlap):
            ends = [self._follow(text) for text in rule.period]
            kinds = {_kind(end) for end in ends if isinstance(end, PathEnd)}
            if len(kinds) > 1 or not kinds <= _TEMPORAL:
                yield self._problem("period", "uncomparable", "a period needs two dates or times of one type")
            elif rule.period[0] == rule.period[1]:
                yield self._problem("period", "uncomparable", f"'{rule.period[0]}' is both its beginning and its end")
        if isinstance(rule, States):
            if not any(rule.moves.values()):
                yield self._problem("moves", "no-move", "no state changes: name a move, or write the form `frozen`")
            end = self._follow(rule.of)
            if isinstance(end, PathEnd):
                values = (*rule.start, *rule.moves, *(one for to in rule.moves.values() for one in to))
                yield from self._values_problems(tuple(dict.fromkeys(values)), end, (*self.path, "moves"))
        if isinstance(rule, OnlyOne):
            lacking = [name for name in rule.ignore_case if name not in rule.per]
            for name in lacking:
                yield self._problem("ignore_case", "unknown-attribute", f"'{name}' is not in `per`: add it there")
        yield from self._bound_problems()

    def _bound_problems(self) -> Iterator[Finding]:
        rule = self.rule
        if isinstance(rule, Count) and rule.at_least is None and rule.at_most is None:
            yield self._problem("form", "no-bound", "give `at_least` or `at_most`")
        if isinstance(rule, Total) and rule.signed_by and len(signing_attributes(self.requirements, rule)) != 1:
            message = f"give a sign to each choice of one attribute of '{entity_of(rule)}', and to nothing else"
            yield self._problem("signed_by", "unknown-value", message)
        if isinstance(rule, Keep) and not (rule.at_least or rule.at_most or rule.on_request):
            yield self._problem("form", "no-bound", "give `at_least`, `at_most` or `on_request`")
        yield from self._number_problems()
        yield from self._name_problems()

    def _number_problems(self) -> Iterator[Finding]:
        """Yield the paths of numbers that are none, and attributes without letters whose case is to be ignored."""
        rule = self.rule
        numbers: list[tuple[str, object]] = [("of", rule.of), ("than", rule.than)] if isinstance(rule, Total) else []
        numbers += [("at_most", rule.at_most)] if isinstance(rule, Count) else []
        for key, text in numbers:
            end = self._follow(text) if isinstance(text, str) else None
            if isinstance(end, PathEnd) and _kind(end) != "number":
                yield self._problem(key, "uncomparable", f"'{text}' ({_kind(end)}) is no number")
            elif isinstance(end, PathEnd) and key == "at_most" and end.attribute and end.attribute.type != "integer":
                yield self._problem(key, "uncomparable", f"'{text}' ({end.attribute.type}) is no whole number")
        for name in rule.ignore_case if isinstance(rule, OnlyOne) else ():
            end = self._follow(name)
            if isinstance(end, PathEnd) and _kind(end) != "text":
                yield self._problem("ignore_case", "uncomparable", f"'{name}' ({_kind(end)}) has no letters")

    def _name_problems(self) -> Iterator[Finding]:
        """Yield an id from which the name of an attribute is made: both become names of one table."""
        rule = self.rule
        entities = {entity_of(rule)}
        if isinstance(rule, Count | Total):
            ends = (self._follow(path) for path in rule.per)
            entities |= {end.target for end in ends if isinstance(end, PathEnd) and end.target}
        stored = {rule.id, f"{rule.id}_count", f"{rule.id}_total"}
        for entity in self.requirements.entities:
            for attribute in entity.attributes if entity.name in entities else ():
                if attribute.name in stored:
                    message = f"'{attribute.name}' is an attribute of '{entity.name}': give the rule another id"
                    yield self._problem("id", "duplicate-name", message)


def _kind(end: PathEnd) -> str:
    """Return the type of a path's end, as far as comparisons distinguish it."""
    if end.attribute is None:
        return f"a reference to {end.target}"
    kind = end.attribute.type
    return "number" if kind in _NUMBERS else "text" if kind in ("string", "text", "email", "url", "code") else kind


def _is_ordered(end: PathEnd) -> bool:
    return bool(end.attribute) and _kind(end) in {*_TEMPORAL, "number"}

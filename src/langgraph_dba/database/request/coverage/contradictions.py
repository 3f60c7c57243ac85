"""Find words of a request that contradict each other; both places are named, and neither is chosen."""

import re
from collections.abc import Iterator
from itertools import combinations

from langgraph_dba.database.request.text_parts import Part, parts_of
from langgraph_dba.database.requirements.business_rules import AnyRule, Frozen, Keep
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.plural import plural_of, singular_of

_ONE = re.compile(r"\b(?:exactly|only|just) one (?P<noun>[a-z]+(?: [a-z]+)?)", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:several|many|multiple|more than one) (?P<noun>[a-z]+(?: [a-z]+)?)", re.IGNORECASE)
_CLAUSE = re.compile(r"[^,;:()]+")
_JOINTS = re.compile(r"^\s*(?:(?:and|but|or|so)\s+)?", re.IGNORECASE)
_PERMITS = re.compile(r"\b(?:can|may)\b.*\b(?:until|before)\b", re.IGNORECASE | re.DOTALL)


def contradictory_rules(requirements: Requirements) -> dict[str, str]:
    """Return the words of the contradicting rule by the id of each rule that is contradicted."""
    found: dict[str, str] = {}
    for one, other in combinations(requirements.rules, 2):
        if one.words and other.words and _contradict(one, other):
            found |= {one.id: other.words, other.id: one.words}
    return found


def contradictory_clauses(request: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and the contradicting words of clauses that allow one and several of the same."""
    clauses = [clause for part in parts_of(request) for clause in _clauses(part)]
    for (start, words), (begin, others) in combinations(clauses, 2):
        for one, several in ((words, others), (others, words)):
            if _differ_in_number(one, several):
                yield start, start + len(words), others
                yield begin, begin + len(others), words


def _contradict(one: AnyRule, other: AnyRule) -> bool:
    if isinstance(one, Frozen) and isinstance(other, Frozen):
        # "can be changed until paid" allows what "sent ones must not be changed" forbids
        permits = bool(_PERMITS.search(one.words)) != bool(_PERMITS.search(other.words))
        return one.what == other.what and one.once != other.once and permits
    for frozen, keep in ((one, other), (other, one)):
        if isinstance(frozen, Frozen) and isinstance(keep, Keep) and (keep.on_request or keep.at_most):
            names = {frozen.what.replace("_", " "), plural_of(frozen.what).replace("_", " ")}
            return keep.what == frozen.what or any(name in keep.words.lower() for name in names)
    return False


def _clauses(part: Part) -> Iterator[tuple[int, str]]:
    for match in _CLAUSE.finditer(part.text):
        joint = _JOINTS.match(match[0])
        skipped = joint.end() if joint else 0
        if words := match[0][skipped:].rstrip(" .!?"):
            yield part.start + match.start() + skipped, words


def _differ_in_number(one: str, several: str) -> bool:
    first, second = _ONE.search(one), _SEVERAL.search(several)
    if not first or not second or _lemmas(first["noun"]) != _lemmas(second["noun"]):
        return False
    # they speak of the same thing: another noun is in both
    around = {word for word in _lemmas(one[: first.start()]) if len(word) > 2}  # noqa: PLR2004
    return bool((around - {"every", "each", "has", "have"}) & set(_lemmas(several)))


def _lemmas(text: str) -> list[str]:
    return [singular_of(word) for word in re.findall(r"[a-z]+", text.lower())]

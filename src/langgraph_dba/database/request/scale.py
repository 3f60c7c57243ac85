"""Read the scale of a request: its numbers of rows and tenants, and estimates for all others."""

from collections.abc import Sequence

from langgraph_dba.database.request.clauses import Clause
from langgraph_dba.database.request.draft import Draft
from langgraph_dba.database.request.mentions import Mention
from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.requirements.model import Scale

ASSUMED_TENANTS = 100
_ROWS: dict[str, int] = {"s": 100, "m": 10_000, "l": 100_000, "xl": 1_000_000}
_EACH_TENANT = 10  # a small entity has 100 rows for one organisation, and 10 times as many for all tenants together
_PER_YEAR = {
    "second": 365 * 86_400,
    "minute": 365 * 1_440,
    "hour": 365 * 24,
    "day": 365,
    "week": 52,
    "month": 12,
    "year": 1,
}
_PER_YEAR |= {"daily": 365, "weekly": 52, "monthly": 12, "yearly": 1}
_LIMITS = frozenset({"to", "most", "maximum", "max", "least", "minimum", "than", "no", "not", "exactly"})
_MOST_ROWS = 10**12
_LIMIT = 100  # "up to 5 books" is a rule, "up to 100,000 books" a number of rows


def read_scale(draft: Draft, clauses: Sequence[Clause], tagged: Sequence[Tagged]) -> tuple[Scale, frozenset[str]]:
    """Return the scale, and the entities whose number of rows is in the request (the others are estimates)."""
    stated_rows: dict[str, int] = {}
    for clause in clauses:
        for mention in clause.right.mentions:
            # "for 50 tenants" counts the entity that is the tenant
            name = draft.tenant if mention.name == "tenant" else mention.name
            if mention.number and name in draft.things and not _is_rule(mention, tagged):
                rows = int(mention.number * _multiplier(draft, clause, clauses, stated_rows) * _rate(mention, tagged))
                stated_rows[name] = min(max(rows, 1), _MOST_ROWS)
    tenants = _tenants(draft, stated_rows)
    counts = {name: stated_rows.get(name, _estimate(draft, name)) for name in draft.things if name != draft.tenant}
    return Scale(tenants=tenants, rows=counts), frozenset(stated_rows)


def _tenants(draft: Draft, stated_rows: dict[str, int]) -> int:
    if draft.tenant is None:
        return 1
    return min(stated_rows.get(draft.tenant, ASSUMED_TENANTS), 10_000_000)


def _is_rule(mention: Mention, tagged: Sequence[Tagged]) -> bool:
    """Return whether a number is a limit (`up to 5 books`) and not a number of rows."""
    before = {item.text for item in tagged[max(mention.start - 2, 0) : mention.end]}
    # "between 2 and 5 players": the word of the limit is four words before the noun
    between = any(item.text == "between" for item in tagged[max(mention.start - 4, 0) : mention.start])
    number = mention.number or 0
    return number < 2 or (number < _LIMIT and (between or bool(before & _LIMITS)))  # noqa: PLR2004  "one book" is a quantity, no number of rows


def _multiplier(draft: Draft, clause: Clause, clauses: Sequence[Clause], stated_rows: dict[str, int]) -> int:
    """Return the factor of `20 tasks per project`: the number of projects, if it was read before."""
    position = clauses.index(clause)
    following = clauses[position + 1 : position + 2]
    if following and following[0].left and any(item.text in ("per", "each") for item in following[0].connector):
        per = following[0].right.mentions[0].name
        return stated_rows.get(draft.tenant or "", 1) if per in ("tenant", draft.tenant) else stated_rows.get(per, 1)
    subject = clause.left.mentions[-1] if clause.left else None
    return stated_rows.get(subject.name, 1) if subject and subject.quantity == "each" else 1


def _rate(mention: Mention, tagged: Sequence[Tagged]) -> int:
    """Return the factor of `5,000 orders per day`: the number of rows after one year."""
    after = [item.token.lemma for item in tagged[mention.end : mention.end + 3]]
    if after[:1] and after[0] in ("daily", "weekly", "monthly", "yearly"):
        return _PER_YEAR[after[0]]
    if after[:1] and after[0] in ("per", "a", "each", "every"):
        units = [_PER_YEAR[word] for word in after[1:] if word in _PER_YEAR]
        return units[0] if units else 1
    return 1


def _estimate(draft: Draft, name: str) -> int:
    thing = draft.things[name]
    if thing.term and thing.term.size == "s" and draft.tenant:
        return _ROWS["s"] * _EACH_TENANT
    if thing.term:
        return _ROWS[thing.term.size]
    # an unknown entity with several references is probably a kind of event, of which there are many
    pointing = sum(relation.source == name and relation.kind != "many-to-many" for relation in draft.relations)
    return _ROWS["l" if pointing > 1 else "m"]

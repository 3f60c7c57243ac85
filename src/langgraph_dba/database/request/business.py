"""Detect nouns that name the kind of business instead of an entity: in a heading, in `a library where …`."""

from collections.abc import Collection, Mapping, Sequence

from langgraph_dba.database.request.clauses import Clause
from langgraph_dba.database.request.draft import Thing, is_person
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.links import Link
from langgraph_dba.database.request.mentions import Mention
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.word_lists import words

_OPENERS = frozenset(
    {"with", "where", "which", "that", "including", "containing", "having", ":", "whose", "who", "for", "to", "so"}
)
_FIRST_CLAUSES = 3  # a later clause is about entities, not about the system


class Business:
    """Distinguishes nouns that name the business from those that name an entity of it.

    `counted` are the names of countable nouns (in the plural, or with `each`), `things` the entities read so far,
    `weak` the mentions that name the business.
    """

    def __init__(
        self,
        clauses: Sequence[Clause],
        counted: Collection[str],
        things: Mapping[str, Thing],
        weak: Sequence[Mention],
    ) -> None:
        self.clauses, self.counted, self.things, self.weak = clauses, counted, things, weak

    def is_audience(self, number: int, clause: Clause, link: Link) -> bool:
        """Return whether `with …` lists the contents of the system: after a comma, or after its users."""
        if link.kind != "with" or clause.right.mentions[0].attribute or clause.left is None:
            return False
        before = self.clauses[number - 1]
        if number == 1 and not before.connector and sum(m.term is not None for m in clause.right.mentions) > 1:
            return True
        audience = number == 1 + bool(self.weak) and any(item.text == "for" for item in before.connector)
        return clause.connector[0].text == "," or (audience and clause.left.mentions[-1].plural)

    def is_named_by(self, number: int, clause: Clause, mention: Mention, link: Link) -> bool:
        """Return whether a noun names the kind of business: `a library where …`, `a hotel booking system`."""
        last = clause.right.mentions[-1]
        if self._is_heading(number, clause):
            return True
        # "a hotel booking system"; `each system` is an entity
        if last.system and last.quantity not in ("each", "one") and (mention is last or number == 0):
            return len(clause.right.mentions) == 1 or " " in last.phrase or not last.term
        owns = mention.possessive and not _is_business(mention)
        alone = len(clause.right.mentions) == 1 and not mention.counted and not owns
        if alone and mention.quantity == "our" and not self.things:
            return True  # "our bakery ships bread"
        # "a library where …, and each library": the noun that names the business is an entity too
        if mention.name in self.things or mention.name in self.counted:
            return alone and number == 0 and self._opens(number) and _is_business(mention)
        if not alone or link.kind in ("belongs", "per", "passive") or mention.quantity == "their":
            return False
        if link.preposition == "for" and link.kind == "of" and mention.quantity == "a" and number < _FIRST_CLAUSES:
            return not self._following(number)  # "… for a police department."
        if link.kind == "has" and clause.left and clause.left.mentions[-1].name in self.things:
            return False
        if clause.bullet or self._lists_facts(number):
            return False
        if _is_business(mention) or (number == 0 and self._stores(mention)):
            return True
        return number == 0 and self._opens(number) and (_is_request(clause) or self._following(0)[:1] != ["has"])

    def _is_heading(self, number: int, clause: Clause) -> bool:
        """Return whether the clause is a heading: `Apartment rentals: landlords, apartments and leases`."""
        following, mention = self.clauses[number + 1 : number + 2], clause.right.mentions[0]
        serves = any(item.text == "for" for item in clause.connector) and not mention.counted
        asks = mention.plural and any(item.tag == "verb" for item in clause.connector)
        first = (not self.things and not asks) or (serves and number < _FIRST_CLAUSES)
        if len(clause.right.mentions) > 1 or clause.bullet or not first or ":" not in self._following(number)[:1]:
            return False
        listed = following[0].right.mentions
        return (
            following[0].left is not None
            and (len(listed) > 1 or listed[0].term is not None)
            and (sum(not mention.attribute for mention in listed) > len(listed) / 2)
        )

    def _opens(self, number: int) -> bool:
        """Return whether the next clause introduces the contents: `with …`, `where …`, `: …`."""
        following = self._following(number)
        return bool(following) and (following[0] in _OPENERS or following[:2] in (["in", "which"], ["that", "has"]))

    def _lists_facts(self, number: int) -> bool:
        """Return whether only attributes follow a colon: `Customer: name, email, phone`."""
        listed = self.clauses[number + 1].right.mentions if self._following(number)[:1] == [":"] else []
        return bool(listed) and all(mention.attribute for mention in listed)

    def _stores(self, mention: Mention) -> bool:
        """Return whether an organisation, not a person, stores something: `A vineyard tracks barrels, …`."""
        if mention.term and is_person(mention.term):
            return False
        following = self._following(0)
        form = verb_form(following[0]) if following else None
        return form is not None and form[0] in words("storing_verbs")

    def _following(self, number: int) -> list[str]:
        following = self.clauses[number + 1 : number + 2]
        return [item.text for item in following[0].connector if item.text != ","] if following else []


def _is_business(mention: Mention) -> bool:
    return mention.phrase in lexicon().domains or bool(mention.term and mention.term.may_be_tenant)


def _is_request(clause: Clause) -> bool:
    texts = {item.text for item in clause.connector}
    return bool(texts & (words("request_verbs") | words("system_nouns")))

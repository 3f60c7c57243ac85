"""Find noun phrases: the entity or attribute that they name, quantity, owner."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from langgraph_dba.database.request.attributes import known_attribute
from langgraph_dba.database.request.lexicon import Term, lexicon
from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.request.tokens import Token
from langgraph_dba.database.requirements.word_lists import words

Quantity = Literal["", "each", "many", "one", "a", "their", "our", "same"]
_LONGEST_NAME = 40
_FACTS = frozenset({"number", "time", "level"})  # behind another noun: "a battery level" is an attribute
_LONGEST_PHRASE = 12  # words of one noun phrase; limits the time for text that is no sentence
_MAGNITUDES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_THEIR = frozenset({"their", "its", "his", "her"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A noun phrase: `term` is its meaning in the lexicon, `attribute` the attribute that it may be, if any.

    `start` and `end` are positions of tokens. `owner` is the term before it: the customer in "customer orders".
    `noun` is the word for `term` in the request, in the singular.
    """

    name: str
    phrase: str
    start: int
    end: int
    plural: bool = False
    quantity: Quantity = ""
    number: float | None = None
    term: Term | None = None
    attribute: str | None = None
    owner: Term | None = None
    system: bool = False
    optional: bool = False
    possessive: bool = False
    noun: str = ""
    facts: tuple[str, ...] = field(default=())

    @property
    def known(self) -> bool:
        """Return whether the lexicon has the noun."""
        return self.term is not None

    @property
    def counted(self) -> bool:
        """Return whether it is countable here: in the plural, or with each, many, one, a number."""
        return self.plural or self.quantity in ("each", "many", "one") or self.number is not None


def find_mentions(tagged: Sequence[Tagged], context: Collection[str]) -> list[Mention]:
    """Return the noun phrases in order, without those that name nothing (`a list of`, `information`)."""
    mentions: list[Mention] = []
    rows = _nouns_of_rows(tagged)
    position = 0
    while position < len(tagged):
        end = _phrase_end(tagged, position)
        if end > position:
            mention = _mention(tagged, position, end, context, rows)
            mentions += [mention] if mention else []
        position = max(end, position + 1)
    return _with_separate_nouns(tagged, mentions)


def _nouns_of_rows(tagged: Sequence[Tagged]) -> frozenset[str]:
    """Return the nouns that name rows here, although most often they mean nothing.

    The text says what each has (`every work has …`), or begins a list with them (`a garage: levels, bays`).
    """
    triples = zip(tagged, tagged[1:], tagged[2:], strict=False)
    return frozenset(
        noun.token.lemma
        for before, noun, after in triples
        if noun.tag == "noun"
        if (before.text in ("each", "every") and after.text in ("has", "have"))
        or (before.text == ":" and after.text == "," and noun.token.is_plural)
    )


def _with_separate_nouns(tagged: Sequence[Tagged], mentions: list[Mention]) -> list[Mention]:
    """Return the mentions in which two nouns of one list are two entities: `donations and pledges`."""
    own: dict[tuple[str, str], str] = {}
    for one, other in pairwise(mentions):
        between = tagged[one.end : other.start]
        is_list = between and all(item.text in (",", "and", "or") for item in between)
        is_same = one.term is not None and one.term is other.term and one.name == other.name
        if is_list and one.term and is_same and one.noun != other.noun:
            first = one.noun if one.noun in (one.name, one.term.key) else other.noun
            second = other.noun if first == one.noun else one.noun
            if first and second and (name := ascii_name(second.split())):
                own[one.name, second] = name
    return [replace(one, name=own.get((one.name, one.noun), one.name)) for one in mentions]


def _phrase_end(tagged: Sequence[Tagged], start: int) -> int:
    """Return the end of the noun phrase that starts at `start`; `start` itself if none starts there."""
    end, block = start, 0
    has_noun = False
    for position in range(start, min(start + _LONGEST_PHRASE, len(tagged))):
        item = tagged[position]
        block = item.block or max(block - 1, 0)
        if item.tag not in ("noun", "adj", "det", "num", "adv") or (has_noun and item.tag in ("det", "num", "adv")):
            break
        if item.tag == "adv" and item.text not in ("optional", "mandatory", "optionally"):
            break
        end = position + 1
        has_noun = has_noun or item.tag == "noun"
        # a plural ends the phrase: in "customers order books" the next word is a verb; "sales" and "goods" modify a
        # noun
        closes = item.token.possessive or (
            item.token.is_plural and item.text not in ("sales", "goods", "sports", "news")
        )
        if item.tag == "noun" and block <= 1 and closes:
            break
    while end > start and tagged[end - 1].tag in ("adj", "adv") and has_noun:
        end -= 1
    return end if has_noun else start


def _mention(
    tagged: Sequence[Tagged], start: int, end: int, context: Collection[str], rows: Collection[str]
) -> Mention | None:
    part = tagged[start:end]
    heads = [
        item.token for item in part if item.tag == "noun" or (item.tag == "adj" and item.text not in words("several"))
    ]
    mention = resolve(heads, context, rows)
    if mention is None:
        return None
    number = _number(part)
    return replace(
        mention,
        start=start,
        end=end,
        quantity="same" if start and tagged[start - 1].text == "same" else _quantity(part),
        number=number,
        possessive=part[-1].token.possessive,
        optional=any(item.text == "optional" for item in part),
    )


def _number(part: Sequence[Tagged]) -> float | None:
    """Return the number in a phrase: `10 million events`."""
    number = next((item.token.number for item in part if item.token.number is not None), None)
    scale = next((_MAGNITUDES[item.token.lemma] for item in part if item.token.lemma in _MAGNITUDES), None)
    return number * (scale or 1) if number is not None else None


def _quantity(part: Sequence[Tagged]) -> Quantity:
    texts = {item.text for item in part if item.tag in ("det", "adj", "adv")}
    if texts & (words("each") - {"all"}):
        return "each"
    if texts & words("several"):
        return "many"
    if texts & {"one", "single", "exactly"} or any(item.token.number == 1 for item in part):
        return "one"
    if texts & _THEIR:
        return "their"
    if "our" in texts:
        return "our"
    return "a" if texts & {"a", "an", "another"} else ""


def resolve(heads: Sequence[Token], context: Collection[str], rows: Collection[str] = ()) -> Mention | None:
    """Return the meaning of consecutive nouns and adjectives, or None if they name nothing in a database.

    `rows` are nouns that name rows in this text, whatever they mean elsewhere.
    """
    system = any(token.text in words("system_nouns") and not token.is_plural for token in heads[-1:])
    if heads and heads[-1].lemma in rows and not lexicon().find(_phrase(heads[-1:]), context):
        text, name = " ".join(token.text for token in heads), ascii_name([heads[-1].lemma])
        return Mention(name, text, 0, 0, plural=heads[-1].is_plural) if name else None
    heads = _without_noise(heads, context)
    if not heads or heads[-1].text in words("negations") or heads[-1].text == "ones":
        return None
    text = " ".join(token.text for token in heads)
    # English marks the plural on the last noun: "sales orders"
    plural = heads[-1].is_plural
    bare = Mention(name="", phrase=text, start=0, end=0, plural=plural, system=system)
    # the longest known phrase at the end: "sales order" before "order"
    for start in range(len(heads)):
        phrase = _phrase(heads[start:])
        term = lexicon().find(phrase, context)
        fact = known_attribute(phrase) or known_attribute(" ".join(token.text for token in heads[start:]))
        if term or fact:
            # an activity is no name of rows: "time tracking" stores time entries
            names_rows = term is not None and (plural or not phrase.endswith("ing"))
            found = replace(bare, term=term, attribute=fact, noun=phrase if names_rows else "")
            return _known(found, heads[:start], heads[start:])
    return _unknown(bare, heads, context)


def _without_noise(heads: Sequence[Token], context: Collection[str]) -> Sequence[Token]:
    """Drop words without meaning at the end (`customer data`, `order management`), unless the whole phrase is known.

    After an unknown noun, such a word in the plural has a meaning: `tee times`.
    """
    whole = heads
    while heads and not lexicon().find(_phrase(heads), context) and not known_attribute(_phrase(heads)):
        last = heads[-1]
        if not {last.text, last.lemma} & (words("noise_nouns") | words("system_nouns") | words("adjectives")):
            break
        is_fact = last.text in _FACTS and len(heads) > 1
        if is_fact and heads[-2].text not in words("adjectives") | words("several"):
            break  # "a hospital number" is an attribute
        heads = heads[:-1]
    rest = [token for token in heads if token.text not in words("adjectives")]
    counts = len(rest) == 1 and len(whole) - len(heads) == 1 and whole[-1].is_plural
    counts = (
        counts
        and whole[-1].text not in words("system_nouns") | words("unit_nouns")
        and not lexicon().knows(rest[0].lemma)
    )
    return whole if counts and not known_attribute(rest[0].text) else heads


def _phrase(tokens: Sequence[Token]) -> str:
    return " ".join([*(token.text for token in tokens[:-1]), tokens[-1].lemma])


def _known(mention: Mention, before: Sequence[Token], heads: Sequence[Token]) -> Mention | None:
    """Name a phrase whose end is known: `membership plan` is an entity of its own, `active customer` is a customer."""
    modifiers = [t for t in before if t.text not in words("adjectives") and t.text not in words("noise_nouns")]
    owner = lexicon().find(_phrase(modifiers[-1:])) if modifiers else None
    name = mention.term.name if mention.term else ascii_name([heads[-1].lemma])
    generic = len(heads) == 1 and heads[0].lemma in words("generic_heads")
    if mention.term is None:
        name = ascii_name([*(t.text for t in before), *(t.text for t in heads[:-1]), heads[-1].lemma])
        return replace(mention, name=name, owner=owner) if name else None
    if modifiers and generic and modifiers[-1].text not in words("system_nouns"):
        first = owner.name if owner else modifiers[-1].lemma
        return replace(mention, name=ascii_name([first, heads[0].lemma]), owner=owner, attribute=None)
    attribute = mention.attribute if not modifiers else None
    return replace(mention, name=name, owner=owner if owner is not mention.term else None, attribute=attribute)


def _unknown(bare: Mention, heads: Sequence[Token], context: Collection[str]) -> Mention | None:
    """Name a phrase whose end is unknown by its last two nouns: `flight segment`."""
    empty = words("adjectives") | words("noise_nouns") | words("system_nouns")
    is_fact = len(heads) > 1 and heads[-1].text in _FACTS
    counts = len(heads) > 1 and (is_fact or heads[-1].is_plural)
    nouns = [token for token in heads if token.text not in empty or (token is heads[-1] and counts)]
    if is_fact:  # "unique" says something about the attribute, "collection" names it
        nouns = [*(token for token in heads[:-1] if token.text not in words("adjectives")), heads[-1]]
        bare = replace(bare, phrase=" ".join(token.text for token in nouns))
    # a phrase that ends with a word without meaning names nothing: "blue data"
    if not nouns or nouns[-1] is not heads[-1]:
        return None
    owner = lexicon().find(_phrase(nouns[-2:-1]), context) if len(nouns) > 1 else None
    last = nouns[-2:]
    name = ascii_name([*(t.lemma for t in last[:-1]), last[-1].lemma])
    return replace(bare, name=name, owner=owner) if name else None


def ascii_name(parts: Sequence[str]) -> str:
    """Join words to an ASCII name; empty if it would not start with a letter."""
    text = unicodedata.normalize("NFKD", "_".join(parts)).encode("ascii", "ignore").decode().lower()
    name = "_".join(filter(None, ("".join(c for c in word if c.isalnum()) for word in text.split("_"))))
    return name[:_LONGEST_NAME].strip("_") if name[:1].isalpha() else ""

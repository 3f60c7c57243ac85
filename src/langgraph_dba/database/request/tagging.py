"""Which words are nouns, which are verbs: by what they can be, and by what stands around them.

English reuses its nouns as verbs (book, order, review). A word that can be both is a verb after `to`, `can`, `who`, or
a plural that could act; it is a noun after an article, a preposition, or within a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.request.attributes import known_attribute
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.tokens import BULLET, Token
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.word_lists import words

Tag = Literal[
    "noun", "verb", "participle", "gerund", "adj", "det", "prep", "conj", "pron", "modal", "aux", "adv", "num", "mark"
]
_CLOSED: tuple[tuple[str, Tag], ...] = (
    ("pronouns", "pron"),
    ("modals", "modal"),
    ("auxiliaries", "aux"),
    ("determiners", "det"),
    ("prepositions", "prep"),
    ("conjunctions", "conj"),
    ("adverbs", "adv"),
)
# plurals that stand before another noun: "sales order", "goods receipt"
_MODIFYING_PLURALS = frozenset(
    {"sales", "goods", "sports", "news", "savings", "accounts", "customs", "operations", "systems", "claims"}
)
_WINDOW = 40  # words looked back over; no clause that people write is longer
_ADJECTIVE_ENDINGS = ("able", "ible", "ful", "ous", "less", "ish", "wide", "proof", "like")
_DIRECTED_TO = frozenset(
    {"belong", "assign", "link", "relate", "connect", "attach", "refer", "point", "apply", "subscribe", "add"}
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A token with its part of speech; `block` counts the words of a known phrase that begins here."""

    token: Token
    tag: Tag
    block: int = 0

    @property
    def text(self) -> str:
        return self.token.text


def tag(tokens: Sequence[Token]) -> list[Tagged]:
    """Return the tokens with their tags."""
    tagger = _Tagger(tokens)
    while len(tagger.done) < len(tokens):
        tagger.step()
    return tagger.done


def phrase_length(tokens: Sequence[Token], start: int) -> int:
    """Return how many tokens from `start` on form the longest phrase of two words or more that means something."""
    most = min(lexicon().longest, len(tokens) - start)
    for length in range(most, 1, -1):
        part = tokens[start : start + length]
        if not all(token.is_word for token in part):
            continue
        phrase = " ".join([*(token.text for token in part[:-1]), part[-1].lemma])
        if lexicon().knows(phrase) or known_attribute(phrase) or phrase in lexicon().domains:
            return length
    return 0


class _Tagger:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.done: list[Tagged] = []

    def step(self) -> None:
        place = len(self.done)
        length = phrase_length(self.tokens, place)
        if length and not self._hides_verb(place, length):
            phrase = self.tokens[place : place + length]
            self.done += [Tagged(token, "noun", 0 if number else length) for number, token in enumerate(phrase)]
        else:
            self.done.append(Tagged(self.tokens[place], self._tag(place)))

    def _hides_verb(self, place: int, length: int) -> bool:
        """Whether a verb begins or ends what looks like one phrase: `members order items`, `a customer orders it`."""
        if verb_form(self.tokens[place].text) and self._acts(place):
            return True
        form, before = verb_form(self.tokens[place + length - 1].text), self._before()
        following = self._at(place + length)
        subject = before is not None and before.text in ("each", "every", "a", "an", "one")
        if form is None or form[1] != "s" or not subject or following is None:
            return False
        return following.is_plural or following.text in words("determiners") or following.number is not None

    def _tag(self, place: int) -> Tag:
        token = self.tokens[place]
        if token.number is not None:
            return "num"
        if not token.is_word:
            return "mark"
        closed = next((tag for name, tag in _CLOSED if token.text in words(name)), None)
        if token.text == "that" and self._follows_verb(place + 1):
            return "pron"
        if token.text in ("like", "likes") and self._acts(place):
            return "verb"
        if closed:
            return closed
        return self._open_class(place, token)

    def _follows_verb(self, place: int) -> bool:
        following = self._at(place)
        return following is not None and (
            following.text in words("modals") | words("auxiliaries") or verb_form(following.text) is not None
        )

    def _open_class(self, place: int, token: Token) -> Tag:
        form = verb_form(token.text)
        noun = is_noun(token)
        if form is None:
            if noun:
                return "noun"
            if token.text in words("adjectives") or token.text.endswith((*_ADJECTIVE_ENDINGS, "ly")):
                return "adv" if token.text.endswith("ly") else "adj"
            return "verb" if self._is_unknown_verb(place) else "noun"
        match form[1]:
            case "ing":
                return self._ing(place, noun=noun)
            case "ed":
                return self._ed(place, noun=noun)
            case _:
                acts = self._acts(place) if noun or token.text in words("adjectives") else not self._is_named(place)
                return "verb" if acts else "adj" if token.text in words("adjectives") and not noun else "noun"

    # -- what stands around ---------------------------------------------------------------------------------------

    def _at(self, place: int) -> Token | None:
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def _before(self) -> Tagged | None:
        """The tagged word before this one, adverbs left out."""
        return next((tagged for tagged in reversed(self.done[-_WINDOW:]) if tagged.tag != "adv"), None)

    def _object_follows(self, place: int) -> bool:
        following = self._at(place + 1)
        if following is None or not (following.is_word or following.number is not None):
            return False
        return following.text not in words("conjunctions") | words("auxiliaries") | words("modals")

    def _is_named(self, place: int) -> bool:
        """Whether an article, an adjective or a list makes a noun of what is usually a verb: `the update`."""
        before, following = self._before(), self._at(place + 1)
        if before is not None and before.tag in ("det", "adj", "num"):
            return not self._starts_with_to(place)
        # a verb needs more than a comma behind it: "lift passes, ski lessons", "book walks,"
        listed = before is None or before.tag in ("mark", "conj", "prep", "verb", "gerund")
        one = before is not None and before.tag == "noun" and not before.token.is_plural and not self._is_quantified()
        return (listed or one) and (following is None or not following.is_word or following.text in ("and", "or"))

    def _starts_with_to(self, place: int) -> bool:
        before = self._at(place - 1)
        return before is not None and before.text == "to"

    def _acts(self, place: int) -> bool:
        """Whether a word that can be a noun or a verb is a verb here."""
        form, before = verb_form(self.tokens[place].text), self._before()
        if form is None or form[1] in ("ed", "ing"):
            return False
        if before is None or before.text in (".", BULLET):
            # an order begins with its verb, and a verb needs an object: "track orders"
            plain = form[1] == "base" and self._object_follows(place) and before is None
            return plain and not phrase_length(self.tokens, place)
        if before.tag in ("modal", "pron"):
            return True
        if before.text == "to":
            return form[1] == "base" and not self._directed(len(self.done) - 1)
        if before.tag == "conj" or before.text == ",":
            return self._continues(form[1]) and self._object_follows(place) and not phrase_length(self.tokens, place)
        return before.tag == "noun" and self._noun_acts(before.token, form[1], place)

    def _directed(self, place: int) -> bool:
        """Whether the `to` at a place belongs to a verb before it: belongs to, assigned to."""
        earlier = self.done[place - 1] if place else None
        form = verb_form(earlier.text) if earlier else None
        return form is not None and form[0] in _DIRECTED_TO

    def _continues(self, form: str) -> bool:
        """Whether a verb of the same form stands in this sentence before: `users write posts, like posts and …`."""
        for tagged in reversed(self.done[-_WINDOW:]):
            if tagged.text in (".", ";", "\n", BULLET):
                return False
            if tagged.tag == "verb":
                known = verb_form(tagged.text)
                return known is None or known == (known[0], form)
        return False

    def _noun_acts(self, subject: Token, form: str, place: int) -> bool:
        following = self._at(place + 1)
        if form == "base":
            many = subject.is_plural or subject.text in ("people", "staff", "personnel")
            # "users comment," and "users comment on": nothing else can follow a plural noun without a mark
            return many and subject.text not in _MODIFYING_PLURALS
        if subject.is_plural or following is None or not self._is_quantified():
            return False
        opens = words("determiners") | words("prepositions") | words("adjectives")
        return following.text in opens or following.number is not None or following.is_plural

    def _is_quantified(self) -> bool:
        """Whether the noun phrase that ends here is a subject: each customer, a user."""
        for tagged in reversed(self.done[-_WINDOW:]):
            if tagged.tag == "det":
                return True
            if tagged.tag not in ("noun", "adj"):
                return False
        return False

    def _is_unknown_verb(self, place: int) -> bool:
        """Whether a word nobody knows acts: `members adopt a pet`, `who adopt pets`."""
        token, before = self.tokens[place], self._before()
        if before is None or not self._object_follows(place):
            return False
        if before.tag == "modal" or before.text in ("who", "they", "we"):
            return True
        known = before.tag == "noun" and lexicon().knows(before.token.lemma)
        return known and before.token.is_plural and not token.is_plural and self._noun_acts(before.token, "base", place)

    # -- forms ----------------------------------------------------------------------------------------------------

    def _ing(self, place: int, *, noun: bool) -> Tag:
        before = self._before()
        governed = before is not None and before.text in ("for", "by", "of", "when", "while", "from")
        follows = self._object_follows(place)
        following = self._at(place + 1)
        if noun:
            bare = following is not None and following.text not in words("prepositions")
            described = following is not None and following.text in words("determiners")
            plain = before is not None and before.tag not in ("det", "adj")
            acts = follows and plain and (described or (before is not None and before.tag in ("aux", "pron")))
            return "gerund" if acts or (governed and follows and bare) else "noun"
        if following is not None and following.text in words("system_nouns") and not governed:
            return "noun"
        if follows and (governed or before is None or before.tag != "det"):
            return "gerund"
        return "noun" if before is not None and before.tag in ("noun", "adj", "det") else "gerund"

    def _ed(self, place: int, *, noun: bool) -> Tag:
        before, following = self._before(), self._at(place + 1)
        if noun and (before is None or before.tag in ("det", "adj", "mark", "prep", "conj")):
            return "noun"
        opens = (
            following is not None
            and following.is_word
            and not any(
                following.text in words(name)
                for name in ("prepositions", "determiners", "conjunctions", "adverbs", "pronouns")
            )
        )
        if opens and (before is None or before.tag not in ("noun", "pron", "aux", "modal")):
            return "adj"
        acts = before is not None and before.tag == "pron"
        return "verb" if acts else "participle"


def is_noun(token: Token) -> bool:
    """Whether a word is known as a thing or as a fact about one."""
    known = lexicon().knows(token.lemma) or known_attribute(token.text) is not None
    return known or token.lemma in words("noise_nouns") or token.text in words("noise_nouns") | words("system_nouns")

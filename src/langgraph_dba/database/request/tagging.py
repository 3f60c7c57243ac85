"""Tag parts of speech by word lists and context.

Many English nouns are verbs too (book, order, review). A word that can be both is a verb after `to`, `can`, `who`, or
after a plural subject; it is a noun after an article, a preposition, or within a list.
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
# plurals that modify another noun: "sales order", "goods receipt"
_MODIFYING_PLURALS = frozenset(
    {"sales", "goods", "sports", "news", "savings", "accounts", "customs", "operations", "systems", "claims"}
)
_FREQUENCIES = frozenset({"never", "always", "often", "sometimes", "usually"})
_WINDOW = 40  # words to search backwards; limits the time for very long sentences
_ADJECTIVE_ENDINGS = ("able", "ible", "ful", "ous", "less", "ish", "wide", "proof", "like")
_DIRECTED_TO = frozenset(
    {"belong", "assign", "link", "relate", "connect", "attach", "refer", "point", "apply", "subscribe", "add"}
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A token with its part of speech; `block` is the number of words of a known phrase that starts here."""

    token: Token
    tag: Tag
    block: int = 0

    @property
    def text(self) -> str:
        return self.token.text


def tag(tokens: Sequence[Token]) -> list[Tagged]:
    """Return the tokens with their tags."""
    tagger = _Tagger(tokens)
    while len(tagger.tagged_tokens) < len(tokens):
        tagger.step()
    return tagger.tagged_tokens


def phrase_length(tokens: Sequence[Token], start: int) -> int:
    """Return the length of the longest known phrase of two or more words from `start`; 0 if there is none."""
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
        self.tagged_tokens: list[Tagged] = []

    def step(self) -> None:
        position = len(self.tagged_tokens)
        length = phrase_length(self.tokens, position)
        # a known phrase is one noun: "purchase order" contains no verb
        if length and not self._hides_verb(position, length):
            phrase = self.tokens[position : position + length]
            self.tagged_tokens += [
                Tagged(token, "noun", 0 if number else length) for number, token in enumerate(phrase)
            ]
        else:
            self.tagged_tokens.append(Tagged(self.tokens[position], self._tag(position)))

    def _hides_verb(self, position: int, length: int) -> bool:
        """Return whether a known phrase starts or ends with a verb: `members order items`, `a customer orders it`."""
        if verb_form(self.tokens[position].text) and self._is_verb(position):
            return True
        form, before = verb_form(self.tokens[position + length - 1].text), self._before()
        following = self._at(position + length)
        subject = before is not None and before.text in ("each", "every", "a", "an", "one")
        if form is None or form[1] != "s" or not subject or following is None:
            return False
        return following.is_plural or following.text in words("determiners") or following.number is not None

    def _tag(self, position: int) -> Tag:
        token = self.tokens[position]
        if token.number is not None:
            return "num"
        if not token.is_word:
            return "mark"
        if token.text == "not":
            return "adv"
        closed = next((tag for name, tag in _CLOSED if token.text in words(name)), None)
        # "users that write" against "that user"
        if token.text == "that" and self._follows_verb(position + 1):
            return "pron"
        if token.text in ("like", "likes") and self._is_verb(position):
            return "verb"
        if closed:
            return closed
        return self._open_class(position, token)

    def _follows_verb(self, position: int) -> bool:
        following = self._at(position)
        return following is not None and (
            following.text in words("modals") | words("auxiliaries") or verb_form(following.text) is not None
        )

    def _open_class(self, position: int, token: Token) -> Tag:
        form = verb_form(token.text)
        noun = is_noun(token)
        if form is None:
            if noun:
                before, following = self._before(), self._at(position + 1)
                acts = before is not None and before.text in ("i", "we", "who", "they", "you")
                return "verb" if acts and following and following.text in words("determiners") else "noun"
            if token.text in words("adjectives") or token.text.endswith((*_ADJECTIVE_ENDINGS, "ly")):
                return "adv" if token.text.endswith("ly") else "adj"
            return "verb" if self._is_unknown_verb(position) else "noun"
        match form[1]:
            case "ing":
                return self._ing(position, noun=noun)
            case "ed":
                return self._ed(position, noun=noun)
            case _:
                acts = (
                    self._is_verb(position)
                    if noun or token.text in words("adjectives")
                    else not self._is_named(position)
                )
                return "verb" if acts else "adj" if token.text in words("adjectives") and not noun else "noun"

    def _at(self, position: int) -> Token | None:
        return self.tokens[position] if 0 <= position < len(self.tokens) else None

    def _before(self) -> Tagged | None:
        """The tagged word before this one, adverbs left out."""
        return next((tagged for tagged in reversed(self.tagged_tokens[-_WINDOW:]) if tagged.tag != "adv"), None)

    def _object_follows(self, position: int) -> bool:
        following = self._at(position + 1)
        if following is None or not (following.is_word or following.number is not None):
            return False
        return following.text not in words("conjunctions") | words("auxiliaries") | words("modals")

    def _is_named(self, position: int) -> bool:
        """Return whether an article, an adjective or a list makes a verb a noun: `the update`."""
        before, following = self._before(), self._at(position + 1)
        if before is not None and before.tag in ("det", "adj", "num"):
            return not self._starts_with_to(position)
        # a word before a comma is no verb, which needs an object: "lift passes, ski lessons", "book walks,"
        listed = before is None or before.tag in ("mark", "conj", "prep", "verb", "gerund")
        one = before is not None and before.tag == "noun" and not before.token.is_plural and not self._is_quantified()
        return (listed or one) and (following is None or not following.is_word or following.text in ("and", "or"))

    def _starts_with_to(self, position: int) -> bool:
        before = self._at(position - 1)
        return before is not None and before.text == "to"

    def _is_verb(self, position: int) -> bool:
        """Return whether a word that can be a noun or a verb is a verb here."""
        form, before = verb_form(self.tokens[position].text), self._before()
        if form is None or form[1] in ("ed", "ing"):
            return False
        if before is None or before.text in (".", BULLET):
            # an imperative starts the request and has an object: "track orders"
            plain = form[1] == "base" and self._object_follows(position) and before is None
            return plain and not phrase_length(self.tokens, position)
        if before.tag in ("modal", "pron"):
            return True
        if before.text == "to":
            return form[1] == "base" and not self._directed(len(self.tagged_tokens) - 1)
        if before.tag == "conj" or before.text == ",":
            return (
                self._continues(form[1]) and self._object_follows(position) and not phrase_length(self.tokens, position)
            )
        if before.tag == "noun" and self.tokens[position - 1].text in _FREQUENCIES:
            return self._object_follows(position)  # "a garage never holds more vehicles"
        return before.tag == "noun" and self._subject_allows_verb(before.token, form[1], position)

    def _directed(self, position: int) -> bool:
        """Return whether the `to` at a position belongs to the verb before it: belongs to, assigned to."""
        earlier = self.tagged_tokens[position - 1] if position else None
        form = verb_form(earlier.text) if earlier else None
        return form is not None and form[0] in _DIRECTED_TO

    def _continues(self, form: str) -> bool:
        """Return whether the sentence has an earlier verb in the same form: `users write posts, like posts and …`."""
        for tagged in reversed(self.tagged_tokens[-_WINDOW:]):
            if tagged.text in (".", ";", "\n", BULLET):
                return False
            if tagged.tag == "verb":
                known = verb_form(tagged.text)
                return known is None or known == (known[0], form)
        return False

    def _subject_allows_verb(self, subject: Token, form: str, position: int) -> bool:
        following = self._at(position + 1)
        if form == "base":
            many = subject.is_plural or subject.text in ("people", "staff", "personnel")
            # "users comment," and "users comment on": only a verb can follow a plural noun without a comma
            return many and subject.text not in _MODIFYING_PLURALS
        if subject.is_plural or following is None or not self._is_quantified():
            return False
        opens = words("determiners") | words("prepositions") | words("adjectives")
        if following.text in opens or following.number is not None or following.is_plural:
            return True
        # "our bakery ships bread to cafes": the first verb of a sentence
        after = self._at(position + 2)
        has_verb = after is not None and after.is_word and (verb_form(after.text) or after.text in words("auxiliaries"))
        return following.is_word and not has_verb and self._starts_sentence()

    def _starts_sentence(self) -> bool:
        """Return whether the words up to here are the subject with which a sentence starts."""
        for tagged in reversed(self.tagged_tokens[-_WINDOW:]):
            if tagged.tag == "mark":
                return tagged.text in (".", BULLET)
            if tagged.tag not in ("det", "noun", "adj"):
                return False
        return True

    def _is_quantified(self) -> bool:
        """Return whether the noun phrase that ends here has a determiner, as a subject has: each customer, a user."""
        for tagged in reversed(self.tagged_tokens[-_WINDOW:]):
            if tagged.tag == "det":
                return True
            if tagged.tag not in ("noun", "adj"):
                return False
        return False

    def _is_unknown_verb(self, position: int) -> bool:
        """Return whether an unknown word is a verb: `members adopt a pet`, `who adopt pets`."""
        token, before = self.tokens[position], self._before()
        if before is None or not self._object_follows(position):
            return False
        if before.tag == "modal" or before.text in ("who", "they", "we", "i", "you", "he", "she", "nobody"):
            return True
        if before.tag == "noun" and not before.token.is_plural and token.is_plural and self._is_quantified():
            following = self._at(position + 1)
            opens = words("prepositions") | words("determiners")
            return following is not None and following.text in opens  # "each hive stands in an apiary"
        known = before.tag == "noun" and lexicon().knows(before.token.lemma)
        return (
            known
            and before.token.is_plural
            and not token.is_plural
            and self._subject_allows_verb(before.token, "base", position)
        )

    def _ing(self, position: int, *, noun: bool) -> Tag:
        before = self._before()
        governed = before is not None and before.text in ("for", "by", "of", "when", "while", "from")
        follows = self._object_follows(position)
        following = self._at(position + 1)
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

    def _ed(self, position: int, *, noun: bool) -> Tag:
        before, following = self._before(), self._at(position + 1)
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
    """Return whether a word is known as an entity or an attribute."""
    known = lexicon().knows(token.lemma) or known_attribute(token.text) is not None
    return known or token.lemma in words("noise_nouns") or token.text in words("noise_nouns") | words("system_nouns")

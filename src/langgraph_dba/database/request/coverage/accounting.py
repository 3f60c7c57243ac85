"""Account for every word of a request: rules, parts of the design, assumptions, and what nothing stands on."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from langgraph_dba.database.request.attributes import known_attribute
from langgraph_dba.database.request.compliance import compliance_words
from langgraph_dba.database.request.coverage.citations import Citation, Names, is_neutral
from langgraph_dba.database.request.coverage.contradictions import contradictory_clauses, contradictory_rules
from langgraph_dba.database.request.coverage.permissions import permission_words
from langgraph_dba.database.request.coverage.span import Coverage, CoverageState, RuleOutcome, Span, counted
from langgraph_dba.database.request.idioms import IDIOMS, SALUTATION
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.tenancy import tenancy_words
from langgraph_dba.database.request.text_parts import Part, Word, parts_of
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.request.withdrawal import withdrawn_words
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.word_lists import words

_STATES_OF_RULES: Mapping[str, CoverageState] = {"enforced": "enforced", "allowed": "allowed"}
_SHORT = 8  # words of a clause
_EACH = frozenset({"each", "every"})
_HEADS = frozenset({"entity", "entities", "table", "tables", "schema", "requirement", "requirements", "list"})
_JOINTS = frozenset({"and", "but", "or", "so", "then", "also", "oh"})
_FEW = frozenset({"one", "single", "two", "1", "2"})
_AT_A_TIME = re.compile(r"at (?:a|the same|one|any one) time\b|at once\b|simultaneously\b", re.IGNORECASE)
_QUOTED = re.compile(r"'([^']+)'")
_CHATTER = "no noun of the design, number or rule"
_CONTRADICTS = "contradicts '{}': say which of the two holds"
_GRANT = "no rule of the design says who may do it: grant privileges to roles, or check it in the application"
_NOTHING = "no part of the design stands on these words"


def coverage_of(requirements: Requirements, outcomes: Iterable[RuleOutcome] = ()) -> Coverage:
    """Return what stands on each word of the request; `outcomes` are the states of the rules.

    A rule without an outcome counts as not enforced. Requirements without a request have only the words of rules.
    """
    found = {one.id: one for one in outcomes}
    rules = list(_rule_spans(requirements, found))
    request = requirements.request
    if not request.strip():
        absent = "The requirements have no `request`: only the words of rules are accounted for"
        return counted(rules, absent)
    rules += [
        Span(
            words=requirements.request[start:end], start=start, state="contradicted", reason=_CONTRADICTS.format(other)
        )
        for start, end, other in contradictory_clauses(request)
    ]
    names, before, spans = Names(requirements), frozenset[str](), list(rules)
    shown: set[tuple[str, str]] = set()
    for part in parts_of(request):
        citations = names.citations(part, before)
        before = frozenset(one.entity for one in citations if one.entity)
        spans += _Accountant(requirements, part, citations, rules, frozenset(names.related)).spans(shown)
    return counted(spans)


def _rule_spans(requirements: Requirements, outcomes: Mapping[str, RuleOutcome]) -> Iterator[Span]:
    contradicted = contradictory_rules(requirements)
    for rule in requirements.rules:
        if not rule.words:
            continue
        outcome = outcomes.get(rule.id)
        state = _STATES_OF_RULES.get(outcome.state, "not enforced") if outcome else "not enforced"
        reason = outcome.why if outcome else "nothing was proved"
        if outcome and outcome.state not in ("enforced", "allowed", "not enforced"):
            reason = f"{outcome.state}: {reason}"
        if rule.id in contradicted:
            state, reason = "contradicted", _CONTRADICTS.format(contradicted[rule.id])
        places = [match.start() for match in re.finditer(re.escape(rule.words), requirements.request)]
        for start in places or [-1]:
            yield Span(words=rule.words, start=start, state=state, form=rule.form, rule=rule.id, reason=reason)


class _Accountant:
    """Accounts for the words of one sentence or list item."""

    def __init__(
        self,
        requirements: Requirements,
        part: Part,
        citations: Sequence[Citation],
        rules: Sequence[Span],
        related: frozenset[frozenset[str]],
    ) -> None:
        self.requirements, self.part, self.related = requirements, part, related
        self.is_first = not requirements.request[: part.start].strip()
        taken_back = [(part.start + first, part.start + last) for first, last, _ in withdrawn_words(part.text)]
        self.citations = [
            one
            for one in citations
            if not any(first <= part.words[one.first].start < last for first, last in taken_back)
        ]
        end = part.start + len(part.text)
        self.rules = [span for span in rules if span.start < end and span.end > part.start and span.start >= 0]

    def spans(self, shown: set[tuple[str, str]]) -> Iterator[Span]:
        """Yield the spans of this part; `shown` are the parts of the design that an earlier span has."""
        withdrawn = list(self._withdrawn())
        others = list(self._others())
        covered = self._covered([*self.rules, *withdrawn, *others])
        yield from withdrawn
        yield from others
        modelled = list(self._modelled(shown))
        yield from modelled
        open_words = [
            position
            for position, word in enumerate(self.part.words)
            if (position not in covered and not word_is_empty(word)) or self._says_one_of(position)
        ]
        related = self._related_words([*self.rules, *withdrawn, *others])
        open_words = sorted({*open_words, *self._unfounded(covered), *self._unrelated(related)})
        if not open_words:
            if not (self.rules or withdrawn or others or modelled):
                yield from self._repeated()
            if not covered and any(not is_neutral(word) and word.text not in _HEADS for word in self.part.words):
                yield self._span((0, len(self.part.words)), "not about data", _CHATTER)
            return
        if not self._is_about_data():
            yield self._span((0, len(self.part.words)), "not about data", _CHATTER)
            return
        for stretch in self._stretches(open_words):
            yield self._span(stretch, "not understood", _NOTHING)

    def _modelled(self, shown: set[tuple[str, str]]) -> Iterator[Span]:
        for one in self.citations:
            if one.form and (one.form, one.name) not in shown:
                shown.add((one.form, one.name))
                yield self._span((one.first, one.last), "modelled", one.reason, form=one.form, rule=one.name)

    def _repeated(self) -> Iterator[Span]:
        """Yield what stands on a sentence that names only parts of the design which an earlier span has."""
        found = [one for one in self.citations if one.form]
        widest = max(found, key=lambda one: (one.last - one.first, -one.first), default=None)
        if widest:
            yield self._span((widest.first, widest.last), "modelled", widest.reason, form=widest.form, rule=widest.name)

    def _withdrawn(self) -> Iterator[Span]:
        for first, last, what in withdrawn_words(self.part.text):
            words_, start = self.part.text[first:last], self.part.start + first
            yield Span(words=words_, start=start, state="withdrawn", reason=f"nothing is designed for '{what}'")

    def _others(self) -> Iterator[Span]:
        """Yield the words that tenants, laws, the title and assumptions stand on."""
        text, start = self.part.text, self.part.start
        if self.requirements.tenancy.model != "none":
            for first, last in tenancy_words(text):
                why = f"each {self.requirements.tenancy.entity or 'tenant'} sees only its own rows"
                yield Span(words=text[first:last], start=start + first, state="modelled", form="tenancy", reason=why)
        for name, first, last in compliance_words(text):
            why = f"'{name}' has weight in decisions; no rule of the design stands on it: write the rules that it means"
            yield Span(words=text[first:last], start=start + first, state="not enforced", form="compliance", reason=why)
        for first, last in permission_words(text):
            if not any(span.start < start + last and span.end > start + first for span in self.rules):
                yield Span(
                    words=text[first:last], start=start + first, state="not enforced", form="permission", reason=_GRANT
                )
        yield from self._assumed()

    def _assumed(self) -> Iterator[Span]:
        """Yield the words that an assumption quotes, unless a part of the design stands on them."""
        cited = {self.part.words[n].start for one in self.citations for n in range(one.first, one.last)}
        text, start = self.part.text, self.part.start
        for sentence in self.requirements.assumptions:
            for quoted in _QUOTED.findall(sentence):
                match = re.search(rf"\b{re.escape(quoted)}\b", text, re.IGNORECASE)
                if match and start + match.start() not in cited:
                    at = start + match.start()
                    yield Span(words=match[0], start=at, state="assumed", form="assumption", reason=sentence)

    def _covered(self, spans: Sequence[Span]) -> set[int]:
        places = {position for one in self.citations for position in range(one.first, one.last)}
        for position, word in enumerate(self.part.words):
            if any(span.start <= word.start and word.end <= span.end for span in spans):
                places.add(position)
        return places | self._headings()

    def _headings(self) -> set[int]:
        """Return the positions of words that name the kind of business, such as the title, and those of idioms."""
        idioms = [match.span() for one in (IDIOMS, SALUTATION) for match in one.finditer(self.part.text)]
        title = set(re.findall(r"\w+", self.requirements.title.lower()))
        return {
            position
            for position, word in enumerate(self.part.words)
            if (not word.is_signal and (word.text in title or word.lemma in lexicon().domains))
            or any(first <= word.start - self.part.start < last for first, last in idioms)
        }

    def _is_about_data(self) -> bool:
        return bool(self.citations or self.rules) or any(
            word.speaks_of_rules or lexicon().knows(word.lemma) or known_attribute(word.text)
            for word in self.part.words
        )

    def _stretches(self, positions: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield the words that nothing stands on: clauses as a whole if they state a rule, otherwise runs of words.

        The few open words of a rule (`at least`) would not tell a reader what is meant.
        """
        is_open = set(positions)
        run: tuple[int, int] | None = None
        for first, last in self._clauses():
            inside = [position for position in range(first, last) if position in is_open]
            if not inside:
                continue
            found = self.part.words
            # a few words are quoted as a whole clause
            if (
                last - first <= _SHORT
                or any(found[n].is_signal or self._says_one_of(n) for n in inside)
                or any(found[n].text in _EACH for n in range(first, last))
            ):
                yield from [run] if run else []
                run = None
                yield self._without_joints(first, last)
            else:
                joins = run and not self._has_rule_between(run[1] - 1, inside[0])
                if run and not joins:
                    yield run
                # with a verb, the rest of the clause says what is done
                acts = any(verb_form(self.part.words[position].text) for position in inside)
                begin = self._with_modals(inside[0]) if acts else inside[0]
                run = (run[0] if run and joins else begin, last if acts else inside[-1] + 1)
        yield from [run] if run else []

    def _says_one_of(self, position: int) -> bool:
        """Return whether a word is the `one` of `who is one of its players`, or `for one patient at a time`.

        Outside of a rule they say something that no relationship says.
        """
        here, *following = self.part.words[position : position + 2]
        if any(span.start <= here.start < span.end for span in self.rules):
            return False
        if any(one.form == "value" and one.first <= position < one.last for one in self.citations):
            return False  # "the colour is one of red, blue or green" lists the values
        before = self.part.words[position - 1].text if position else ""
        if here.text == "another" and before in ("at", "to", "from", "in"):
            # "returned at another" is a second reference: a transfer has two to accounts, a rental may have one
            ends = [(one.source, one.target) for one in self.requirements.relationships]
            return not any(ends.count(pair) > 1 for pair in ends)
        is_one_of = here.text == "one" and [word.text for word in following] == ["of"]
        # "may have several at the same time" forbids nothing
        forbids = any(word.text in _FEW for word in self.part.words)
        return is_one_of or (forbids and _AT_A_TIME.match(self.part.text, here.start - self.part.start) is not None)

    def _with_modals(self, position: int) -> int:
        """Return the position of the first modal or auxiliary verb before a verb."""
        verbs = words("permissions") | words("auxiliaries")
        while position and self.part.words[position - 1].text in verbs:
            position -= 1
        return position

    def _unfounded(self, covered: set[int]) -> list[int]:
        """Return the positions of words that count in clauses on which nothing stands: `its number may be used again`.

        Nouns such as `level` and `number` need no citation where something else of the clause has one.
        """
        noise = words("noise_nouns")
        return [
            position
            for first, last in self._clauses()
            if covered.isdisjoint(range(first, last))
            for position in range(first, last)
            if (word := self.part.words[position]).text in _EACH | words("permissions")
            or ({word.text, word.lemma} & noise and word.text not in _HEADS and not is_neutral(word))
        ]

    def _related_words(self, spans: Sequence[Span]) -> set[int]:
        """Return the positions of words on which more stands than a table, an attribute or a value."""
        places = {n for one in self.citations if one.form in ("", "relationship") for n in range(one.first, one.last)}
        for position, word in enumerate(self.part.words):
            if any(span.start <= word.start and word.end <= span.end for span in spans):
                places.add(position)
        return places

    def _unrelated(self, covered: set[int]) -> Iterator[int]:
        """Yield the positions of verbs between two entities that nothing relates: `invoices list the repairs`."""
        for one, other in pairwise([one for one in self.citations if one.form == "entity"]):
            between = range(one.last, other.first)
            is_cut = any(self._is_cut(position - 1, position) for position in range(one.last, other.first + 1))
            is_related = one.entity == other.entity or frozenset((one.entity, other.entity)) in self.related
            if is_cut or is_related or not covered.isdisjoint(between):
                continue
            yield from (n for n in between if verb_form(self.part.words[n].text))

    def _clauses(self) -> Iterator[tuple[int, int]]:
        """Yield the runs of words between commas, brackets and the ends of rules."""
        first = 0
        for last in range(1, len(self.part.words) + 1):
            if last == len(self.part.words) or self._is_cut(last - 1, last):
                yield first, last
                first = last

    def _without_joints(self, first: int, last: int) -> tuple[int, int]:
        """Return a clause without the conjunctions before and after it."""
        while first < last - 1 and self.part.words[first].text in _JOINTS:
            first += 1
        while first < last - 1 and self.part.words[last - 1].text in _JOINTS:
            last -= 1
        return first, last

    def _is_cut(self, one: int, other: int) -> bool:
        """Return whether a comma, a bracket or the end of a rule is between two neighbouring words."""
        start, end = self.part.words[one].end, self.part.words[other].start
        marks = self.part.text[start - self.part.start : end - self.part.start]
        edges = {place for span in self.rules for place in (span.start, span.end)}
        return bool(set(marks) & set(",:()[]")) or any(start <= place <= end for place in edges)

    def _has_rule_between(self, one: int, other: int) -> bool:
        start, end = self.part.words[one].end, self.part.words[other].start
        return any(start <= span.start and span.end <= end for span in self.rules)

    def _span(
        self, stretch: tuple[int, int], state: CoverageState, reason: str, *, form: str = "", rule: str = ""
    ) -> Span:
        first, last = stretch
        start, end = self.part.words[first].start, self.part.words[last - 1].end
        said = self.part.text[start - self.part.start : end - self.part.start]
        return Span(words=said, start=start, state=state, form=form, rule=rule, reason=reason)


def word_is_empty(word: Word) -> bool:
    """Return whether a word needs no citation: function words, and nouns such as `data` and `list`."""
    if word.text in ("id", "ids"):
        return True
    if word.is_signal:
        return False
    # the plural of an adjective is a noun: "minors"
    is_noise = bool({word.text, word.lemma} & words("noise_nouns")) or word.text in words("adjectives")
    return is_neutral(word) or is_noise

"""Convert clauses to a draft: decide which nouns are entities, and which are attributes of one."""

from collections.abc import Sequence

from langgraph_dba.database.request.attributes import attribute_of_phrase, known_attribute
from langgraph_dba.database.request.business import Business
from langgraph_dba.database.request.clauses import Clause, Series
from langgraph_dba.database.request.draft import Draft, Relation, Thing
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.links import Link, read_link
from langgraph_dba.database.request.mentions import Mention, ascii_name, resolve
from langgraph_dba.database.request.statements import add_statement
from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.model import Attribute
from langgraph_dba.database.requirements.word_lists import words

_ANYONE = frozenset({"someone", "anyone", "somebody", "anybody"})
_MAKING = frozenset({"make", "write", "record", "create", "issue", "file", "store", "enter"})
_PEOPLE = ("user", "employee", "member", "customer", "student")
_OWNING = ("has", "with", "colon")
_LISTED = Link("with")
_BESIDE = frozenset(
    {"in", "on", "by", "at", "as", "through", "via", "under", "from", "about", "regarding", "into", "over", "during"}
)


class ClauseReader:
    """Reads clauses into `draft`; `weak` are the mentions that name the business, not an entity.

    `rules` are the positions of tokens in sentences that state a rule.
    """

    def __init__(self, clauses: Sequence[Clause], context: frozenset[str], rules: frozenset[int] = frozenset()) -> None:
        self.rules = rules
        self.clauses = clauses
        self.context = context
        self.draft = Draft()
        self.weak: list[Mention] = []
        self.roles: list[tuple[str, Mention]] = []
        self.counted = {
            mention.name
            for clause in clauses
            for mention in clause.right.mentions
            if mention.term and not mention.system and not (mention.attribute and mention.start in rules)
            if mention.counted or (len(clause.right.mentions) > 1 and not mention.attribute and not _is_fact(mention))
        }

        # by reference: `things` and `weak` grow while clauses are read
        self.business = Business(clauses, self.counted, self.draft.things, self.weak)

    def read(self) -> Draft:
        """Return the draft of all clauses."""
        for number, clause in enumerate(self.clauses):
            self._read(number, clause)
        for owner, mention in self.roles:
            self._add_role(owner, mention)
        return self.draft

    def _read(self, number: int, clause: Clause) -> None:
        link = read_link(clause.connector)
        # users of the system are no owners: "a tool for teachers, with courses"
        if self.business.is_audience(number, clause, link):
            link = Link("none", intro=True)
        owner = self._owner(clause, link)
        things: list[Mention] = []
        for mention in clause.right.mentions:
            if self.business.is_named_by(number, clause, mention, link):
                self.weak.append(mention)
            elif owner and mention.name == owner and known_attribute(mention.phrase):
                self._add_attribute(owner, mention, link)  # the lexicon knows a product as an SKU too
            elif self._is_part_of_itself(mention):
                whole = mention.name.removeprefix("sub").strip("_")
                self.draft.add_relation(Relation(whole, whole, name=f"parent_{whole}", required=False, stated=True))
            elif self._is_role_of(clause, mention, link):
                self.roles.append((clause.left.mentions[-1].name if clause.left else "", mention))
            elif owner and not (mention.counted and mention.term) and self._is_attribute(mention, link):
                self._add_attribute(owner, mention, link)
            elif self._is_entity(number, clause, mention, link):
                self.draft.add(mention.name, mention.term, mention.phrase, noun=mention.noun)
                things.append(mention)
        self._read_attached(clause.right)
        if clause.left:
            subjects = [m for m in clause.left.mentions if m.name in self.draft.things and m not in self.weak]
            add_statement(self.draft, subjects, link, things, facts=len(things) < len(clause.right.mentions))
        self._relate_owners(things)

    def _owner(self, clause: Clause, link: Link) -> str | None:
        """Return the entity whose attributes the right side may list."""
        if clause.left is None or link.kind not in _OWNING:
            return None
        last = clause.left.mentions[-1]
        return last.name if last.name in self.draft.things and last not in self.weak else None

    def _is_attribute(self, mention: Mention, link: Link) -> bool:
        """Return whether a noun in a list after an owner is one of its attributes (`name`, `price`)."""
        if mention.term and mention.name in self.counted:
            return False
        if mention.attribute:
            return not (mention.plural and mention.term)
        if mention.phrase in words("role_words"):
            return True
        if _is_fact(mention):
            return link.kind in _OWNING
        return mention.term is None and not mention.counted and link.kind in _OWNING

    def _add_attribute(self, owner: str, mention: Mention, link: Link = _LISTED) -> None:
        thing = self.draft.things[owner]
        if self._is_identifier(owner, mention):
            return
        if mention.phrase in words("role_words"):
            self.roles.append((owner, mention))  # resolved after the last clause, when all kinds of people are known
            return
        fact = _attribute_of(mention.phrase, thing)
        if mention.optional:
            fact = fact.model_copy(update={"required": False})
        if fact.name not in thing.attributes:
            thing.attributes[fact.name] = fact
        thing.exhaustive = thing.exhaustive or link.kind != "has"

    def _is_identifier(self, owner: str, mention: Mention) -> bool:
        """Return whether an attribute is an identifier: each table has one already, and `user id` is a reference."""
        *named, last = mention.phrase.split()
        if last not in ("id", "ids", "uuid"):
            return False
        term = lexicon().find(" ".join(named), self.context) if named else None
        name = term.name if term else ascii_name(named)
        if name and (term or name in self.draft.things) and name != owner:
            self.draft.add(name, term)
            add_statement(
                self.draft,
                [_mention_of(owner, mention)],
                Link("belongs", "refer"),
                [_mention_of(name, mention)],
                facts=False,
            )
            return True
        return not named or name == owner

    def _is_part_of_itself(self, mention: Mention) -> bool:
        """Return whether a noun is a part of its own kind: the subcategory of a category."""
        return (
            mention.term is None
            and mention.name.startswith("sub")
            and (mention.name.removeprefix("sub").strip("_") in self.draft.things)
        )

    def _is_role_of(self, clause: Clause, mention: Mention, link: Link) -> bool:
        """Return whether a noun is the role of a person: `an employee reports to a manager`."""
        speaks = link.kind in ("acts", "belongs", "passive") and mention.phrase in words("role_words")
        return speaks and mention.term is None and not mention.plural and self._is_known_entity(clause.left)

    def _add_role(self, owner: str, mention: Mention) -> None:
        """Relate the owner to an existing kind of people in that role: `an assignee` is a user."""
        target = self.draft.first_of(_PEOPLE)
        if target is None:
            target = self.draft.add_implied("user", f"'{mention.phrase}' is a person").name
        name = ascii_name([mention.phrase])
        required = not mention.optional and name != "assignee" and owner != target
        self.draft.add_relation(Relation(owner, target, name=name, required=required, stated=True))

    def _read_attached(self, series: Series) -> None:
        """Read the words in parentheses of `products (name, price, sku)`."""
        for position, tagged in series.attached.items():
            mention = series.mentions[position]
            values = any(item.text == "or" for item in tagged)
            if mention.name in self.draft.things and tagged and not values and not _gives_examples(tagged):
                for phrase in _phrases(tagged):
                    self._read_phrase(mention.name, phrase)

    def _read_phrase(self, owner: str, phrase: list[Tagged]) -> None:
        text = " ".join(item.text for item in phrase)
        fact = known_attribute(text)
        if phrase[-1].text in ("id", "ids"):
            self._add_attribute(owner, Mention(text, text, 0, 0))
            return
        mention = resolve([item.token for item in phrase], self.context)
        if mention is None or not mention.name:
            return
        if mention.term and (mention.name in self.counted or (not fact and not mention.plural)):
            self.draft.add(mention.name, mention.term, mention.phrase, noun=mention.noun)
            add_statement(self.draft, [_mention_of(owner, mention)], Link("belongs", "refer"), [mention], facts=False)
        elif fact or not mention.plural:
            self._add_attribute(owner, Mention(mention.name, text, 0, 0, attribute=fact))

    def _is_entity(self, number: int, clause: Clause, mention: Mention, link: Link) -> bool:
        if not mention.name or (link.kind == "examples" and self._is_known_entity(clause.left)):
            return False
        if mention.name in self.draft.things:
            return True
        if {":", "either"} <= {item.text for item in clause.connector}:
            return False  # "category: either adult or child" lists values
        if _names_no_rows(clause, mention):
            return False
        if number and self._is_compared(number):
            return False  # "no more guests than the boat has seats": numbers of the trip and of the boat
        if mention.plural and not mention.attribute and self._is_known_entity(clause.left) and _holds(link):
            return True  # "stations have docks", "animals in enclosures"
        if mention.start in self.rules and self._means_no_table(mention):
            return False
        if mention.term:
            return self._is_known_noun_of_rows(number, clause, mention, link)
        if (mention.attribute and not mention.plural) or len(mention.name) < 3:  # noqa: PLR2004
            return False
        return self._is_unknown_entity(number, clause, mention, link)

    def _is_compared(self, number: int) -> bool:
        """Return whether a clause says with what something is compared: `than the boat has seats`."""
        before, here = self.clauses[number - 1], self.clauses[number]
        said = [item.text for item in (*before.connector, *here.connector)]
        said += [word for mention in before.right.mentions for word in mention.phrase.split()]
        verbs = [item.text for item in here.connector if item.tag == "verb"]
        if here.left is not None and "than" in said and verbs in (["has"], ["have"]):
            return True
        # "can't have more guests than"
        following = [item.text for one in self.clauses[number + 1 : number + 2] for item in one.connector[:1]]
        return following == ["than"] and here.right.mentions[-1].quantity == "many"

    def _is_known_noun_of_rows(self, number: int, clause: Clause, mention: Mention, link: Link) -> bool:
        """Return whether a noun of the lexicon is an entity: listed, quantified, or in a sentence about one."""
        if mention.counted:
            return True
        alone = len(clause.right.mentions) == 1
        if mention.possessive or mention.quantity == "same":  # "a parent's phone number", "the same person"
            return False
        left = clause.left.mentions[-1] if clause.left else None
        is_strange = left is not None and left.name not in self.draft.things and left not in self.weak
        if (
            alone
            and is_strange
            and link.kind in ("none", "acts")
            and any(one.tag == "verb" for one in clause.connector)
        ):
            return False
        if mention.quantity != "" or not alone:
            return mention.quantity != "" or mention.start not in self.rules
        if left is None and number and not (link.intro or clause.bullet or self._is_subject(number)):
            return False
        if mention.attribute or mention.term is None:
            return False
        beside = bool(clause.connector) and clause.connector[-1].text in _BESIDE and link.kind != "passive"
        if beside and not self._is_default_target(clause.left, mention.term.name):
            return False
        # "the menu changes with the season"
        return link.kind != "acts" or link.preposition is None

    def _means_no_table(self, mention: Mention) -> bool:
        """Return whether a noun of the lexicon is no entity in a sentence that states a rule: `log every change`."""
        facts = {known.name for thing in self.draft.things.values() if thing.term for known in thing.term.attributes}
        facts |= {name for thing in self.draft.things.values() for name in thing.attributes}
        # "between 1 and 8 persons per booking", which has a number of persons
        if mention.name in words("rule_nouns") or mention.attribute in facts or f"{mention.name}_count" in facts:
            return True
        return mention.term is not None and mention.name not in (mention.term.name, mention.term.key)

    def _is_default_target(self, left: Series | None, name: str) -> bool:
        """Return whether the left side refers to it by default: `expenses by category`."""
        thing = self.draft.things.get(left.mentions[-1].name) if left else None
        return bool(thing and thing.term and any(name in reference.targets for reference in thing.term.references))

    def _is_known_entity(self, series: Series | None) -> bool:
        return series is not None and series.mentions[-1].name in self.draft.things

    def _is_unknown_entity(self, number: int, clause: Clause, mention: Mention, link: Link) -> bool:
        """Return whether an unknown noun is an entity: in a list of entities, or in a sentence about one."""
        if mention.phrase.split()[-1] in words("unit_nouns") or self._is_known_attribute(mention):
            return False
        peers = [m for m in clause.right.mentions if m is not mention]
        known = any(m.term for m in peers)
        listed = bool(peers) and (known or (mention.plural and any(m.plural for m in peers)))
        counts = mention.plural or mention.quantity in ("each", "many", "one")
        if clause.bullet and not clause.connector[1:]:
            return True
        if mention.start in self.rules and not listed:
            return mention.plural and self._is_made(number)
        if mention.quantity == "each":
            return not self._is_act_on_entity(number, mention)
        if listed:
            return link.intro or known or clause.left is None or link.kind != "none"
        speaks = link.kind in ("has", "belongs", "per", "passive", "acts", "with", "of")
        if speaks and clause.left and any(m.name in self.draft.things for m in clause.left.mentions):
            return counts or (link.kind == "belongs" and mention.quantity != "")
        subject = self._is_subject(number)
        if mention.attribute and not (subject and mention.plural and self._says_more_than_is(number)):
            return False  # "amounts are in EUR"
        return (counts and (link.intro or subject)) or (subject and mention.quantity == "a")

    def _says_more_than_is(self, number: int) -> bool:
        """Return whether the next clause does not begin with `are`: "prices per hour change over time"."""
        return all(one.connector[:1] and one.connector[0].tag != "aux" for one in self.clauses[number + 1 : number + 2])

    def _is_made(self, number: int) -> bool:
        """Return whether the next clause says what they do, or that they are made: "reports are written before …"."""
        following = self.clauses[number + 1 : number + 2]
        used = [item for one in following for item in one.connector[:2]]
        if [item.tag for one in following for item in one.connector] == ["verb"]:
            return read_link(following[0].connector).kind == "acts"
        forms = [verb_form(item.text) for item in used if item.tag == "participle"]
        return any(item.tag == "aux" for item in used[:1]) and any(form and form[0] in _MAKING for form in forms)

    def _is_act_on_entity(self, number: int, mention: Mention) -> bool:
        """Return whether a noun is what is done with an entity: "every correction of a donation"."""
        following = self.clauses[number + 1 : number + 2]
        acts = mention.phrase.endswith(("tion", "sion", "ment", "change"))
        return acts and any(item.text == "of" for one in following for item in one.connector[:1])

    def _is_known_attribute(self, mention: Mention) -> bool:
        """Return whether an entity has the attribute already: the `shirt numbers` of players."""
        terms = (thing.term for thing in self.draft.things.values() if thing.term)
        return mention.quantity != "each" and any(
            mention.attribute == known.name for term in terms for known in term.attributes if " " in mention.phrase
        )

    def _is_subject(self, number: int) -> bool:
        """Return whether the next clause has a verb of which this is the subject."""
        following = self.clauses[number + 1 : number + 2]
        speaks = ("has", "belongs", "passive", "acts", "per")
        return bool(following and following[0].left) and read_link(following[0].connector).kind in speaks

    def _relate_owners(self, things: Sequence[Mention]) -> None:
        """Relate `customer orders` to the customer, if there is such an entity."""
        for mention in things:
            business = mention.term is not None and mention.term.may_be_tenant
            owner = mention.owner.name if mention.owner and not business else None
            if owner and owner in self.counted | self.draft.things.keys() and owner != mention.name:
                self.draft.add(owner, mention.owner)
                usual = self.draft.default_reference(mention.name, owner)
                if usual is None and not self.draft.is_default_many(mention.name, owner):
                    self.draft.add_relation(Relation(mention.name, owner, stated=True))


def _names_no_rows(clause: Clause, mention: Mention) -> bool:
    """Return whether a noun is that of a remark ("someone who can fix a coffee machine") or a unit ("in kilograms")."""
    is_unit = not clause.bullet and len(clause.right.mentions) == 1
    is_unit = is_unit and mention.phrase.rpartition(" ")[2] in words("unit_nouns")
    return is_unit or any(item.text in _ANYONE for item in clause.connector)


def _is_fact(mention: Mention) -> bool:
    """Return whether a noun is an attribute beside its owner, although it may be an entity: "a device has a role"."""
    return mention.noun in words("generic_heads") and mention.quantity in ("", "a") and not mention.plural


def _holds(link: Link) -> bool:
    """Return whether what follows a link belongs to what is before it, or is around it."""
    return link.kind == "has" or (link.kind == "in" and link.preposition in ("in", "at", "on"))


def _attribute_of(phrase: str, thing: Thing) -> Attribute:
    """Return the attribute of an entity that a word means: `date` is the `ordered_at` of an order."""
    usual = thing.term.attributes if thing.term else ()
    fact = attribute_of_phrase(phrase, thing.name)
    if phrase in ("date", "time"):
        return next((known for known in usual if known.type in ("instant", "date")), fact)
    same = (known for known in usual if known.name == fact.name or known.name.startswith(f"{fact.name}_"))
    return next(same, fact)


def _mention_of(name: str, like: Mention) -> Mention:
    return Mention(name, name, like.start, like.end)


def _gives_examples(tagged: Sequence[Tagged]) -> bool:
    return tagged[0].text in ("eg", "ie", "such", "like", "for", "incl", "including")


def _phrases(tagged: Sequence[Tagged]) -> list[list[Tagged]]:
    """Split words at commas and conjunctions, without articles."""
    result: list[list[Tagged]] = [[]]
    for item in tagged:
        if item.text in (",", ";", "\n") or item.tag == "conj":
            result.append([])
        elif item.tag not in ("det", "mark", "num"):
            result[-1].append(item)
    return [phrase for phrase in result if phrase]

"""Triggers that refuse a change of a row because of a business rule.

Each looks only at the old and the new row of the change itself, so two transactions cannot both pass it: the second one
waits for the row and then sees what the first one left. It may look at other rows only on an engine with one writer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import literal
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import EnforcedRule
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Routine, Schema, Table, Trigger

Event = Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"]
_LONGEST_MESSAGE = 128  # characters: MariaDB accepts no longer one


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that is refused where a condition over the rows NEW and OLD is true."""

    event: Event
    condition: str = ""  # empty for TRUNCATE, which has no rows
    on: Table | None = None  # another table than that of the rule's other triggers


def with_refusals(schema: Schema, table: Table, rule: EnforcedRule, refusals: list[Refusal], traits: Traits) -> Schema:
    """Return the schema with the triggers of a rule, and their routine if the engine needs one."""
    templates, names = traits.sql_templates, Names(traits)
    function, message = names.of(routine_of(rule)), literal(_message(rule), traits)
    triggers = []
    for one in refusals:
        template = templates.refusal_of_truncate if one.event == "TRUNCATE" else templates.refusal
        name, on = fit_name(f"{rule.table}_{rule.id}_{one.event.lower()}"), one.on or table
        if template:
            text = template.format(
                name=names.of(name),
                event=one.event,
                table=names.table(on),
                condition=one.condition,
                function=function,
                message=message,
            )
            triggers.append(Trigger(name=name, on=on.sql_name, definition=text))
    routines = list(_routines(rule, function, message, traits))
    return schema.model_copy(
        update={"triggers": (*schema.triggers, *triggers), "routines": (*schema.routines, *routines)}
    )


def routine_of(rule: EnforcedRule) -> str:
    """Return the name of the routine of a rule's triggers, which errors report as the constraint."""
    return fit_name(f"{rule.table}_{rule.id}_rule")


def _routines(rule: EnforcedRule, function: str, message: str, traits: Traits) -> Iterator[Routine]:
    if form := traits.sql_templates.refusal_routine:
        definition = form.format(function=function, message=message)
        yield Routine(name=f"{routine_of(rule)}()", definition=definition)


def _message(rule: EnforcedRule) -> str:
    words = " ".join(rule.title.replace("$", "").split())
    # `:word` would be a parameter in SQLAlchemy's text
    return re.sub(r":(?=\w)", ": ", f"{rule.id}: {words}")[:_LONGEST_MESSAGE]

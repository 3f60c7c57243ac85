"""The topics of the panel and their options."""

from collections import Counter
from typing import get_args

import pytest

from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.panel import Question
from langgraph_dba.agents.panel.topics import canonical_option, complete, topic_named
from langgraph_dba.database.schema_design.design_schema import TenancyChoice
from langgraph_dba.database.schema_design.index_choice import IndexChoice
from langgraph_dba.errors import InputError


def test_there_are_fifteen_triggers_five_in_each_group() -> None:
    triggers = [topic for topic in TOPICS if not topic.part_of]

    assert Counter(topic.group for topic in triggers) == {
        "schema design": 5,
        "performance": 5,
        "migration and evolution": 5,
    }
    assert {topic.part_of for topic in TOPICS} - {""} <= {topic.name for topic in triggers}


def test_every_vocabulary_is_canonical_and_combines_only_its_own_options() -> None:
    for topic in TOPICS:
        assert [canonical_option(option) for option in topic.options] == list(topic.options)
        assert len(set(topic.options)) == len(topic.options) >= 2
        assert set().union(*topic.combines) <= set(topic.options)


def test_the_options_of_the_analysts_topics_are_choices_of_the_design() -> None:
    assert set(topic_named("index-design", TOPICS).options) == set(get_args(IndexChoice))
    assert {*topic_named("tenancy", TOPICS).options, "none"} == set(get_args(TenancyChoice))


def test_a_hybrid_needs_every_pair_to_go_together() -> None:
    scaling = topic_named("scaling", TOPICS)

    assert scaling.combine(["sharding", "read-replicas"]) == "read-replicas+sharding"
    assert scaling.combine(["sharding", "read-replicas", "larger-machine"]) is None
    assert scaling.combine(["sharding"]) is None


def test_a_question_is_completed_from_its_topic_and_may_leave_options_out() -> None:
    whole = complete(Question(topic="tenancy"), TOPICS)
    narrowed = complete(
        Question(topic="tenancy", text="Where?", options=("database-per-tenant", "shared-schema")), TOPICS
    )

    assert (whole.text, len(whole.options)) == ("How tenants are isolated", 3)
    assert (narrowed.text, narrowed.options) == ("Where?", ("shared-schema", "database-per-tenant"))


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question(topic="colour"), "there is no topic 'colour': choose from database-selection"),
        (Question(topic="tenancy", options=("cloud",)), "'cloud' is no option of tenancy"),
    ],
)
def test_an_unknown_topic_or_option_is_the_askers_mistake(question: Question, message: str) -> None:
    with pytest.raises(InputError, match=message):
        complete(question, TOPICS)

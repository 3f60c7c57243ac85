"""The ER diagram is one that Mermaid parses, whatever tables and references are called."""

import pytest

from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.database.schema_design.er_diagram import to_mermaid

WORDS = (
    "class", "style", "end", "to", "one", "many", "only", "subgraph", "graph", "title", "default", "click", "note",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_an_entity_may_have_the_name_of_a_keyword(word: str) -> None:
    requirements = Requirements.model_validate(
        {
            "title": "Words",
            "entities": [{"name": name, "attributes": [{"name": "label"}]} for name in (word, "lesson")],
            "relationships": [{"from": "lesson", "to": word}],
        }
    )

    mmdr = pytest.importorskip("mmdr")
    source = to_mermaid(design(requirements))

    assert "</svg>" in str(mmdr.Diagram(source).svg())
    assert "lessons" in source

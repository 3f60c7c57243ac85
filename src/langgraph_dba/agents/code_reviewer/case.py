"""What lies before the reviewer: whose work it is, the schema, what is claimed of it, and for which time it comes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_dba.agents.kit.contracts import ReviewRequest
from langgraph_dba.agents.kit.shared_results import review_in, schema_in
from langgraph_dba.database import session_files
from langgraph_dba.database.engines import ENGINES, Rejected, engines_for
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.errors import EngineUnavailable, InputError
from langgraph_dba.evidence import EvidenceSet
from langgraph_dba.findings import Finding, SchemaLocation

_STATEMENTS = re.compile(rf"(?:.*/)?[\w-]+\.({'|'.join(ENGINES)})\.sql")


@dataclass(frozen=True, slots=True)
class Case:
    """`owner` is empty where nobody handed the work over; `obstacles` are findings that stand before any rule."""

    owner: str
    round: int
    schema: Schema | None
    evidence: EvidenceSet
    obstacles: tuple[Finding, ...] = ()


def read_case(turn: Mapping[str, Any]) -> Case:
    """Read the newest schema of the inbox, else the team's, else that of a file, else run the statements of a file.

    Evidence is that of the team and of every request; the newest counts where a claim was tried again. If the last
    review returned the work, this is the next round, whatever its sender counted.
    """
    last = review_in(turn)
    asked = [
        (str(item["from"]), ReviewRequest.model_validate(item["payload"]))
        for item in turn.get("inbox") or ()
        if item["contract"] == ReviewRequest.__name__ and item["payload"]
    ]
    returned = last["rounds"] + 1 if last and last["decision"] == "returned" else 1
    schema, obstacles = _schema(asked, turn)
    return Case(
        owner=_owner(turn, asked),
        round=max([returned, *(request.round for _, request in asked)]),
        schema=schema,
        evidence=_evidence(turn, asked),
        obstacles=obstacles,
    )


Asked = list[tuple[str, ReviewRequest]]


def _owner(turn: Mapping[str, Any], asked: Asked) -> str:
    senders = [str(item["from"]) for item in turn.get("inbox") or ()]
    # The designer hands over its schema before those who build on it and hand over a copy.
    designers = [sender for sender, request in asked if request.database_schema]
    return next(iter([*designers, *reversed(senders)]), "")


def _evidence(turn: Mapping[str, Any], asked: Asked) -> EvidenceSet:
    return EvidenceSet(turn.get("evidence") or ()).merge(one for _, request in asked for one in request.evidence)


def _schema(asked: Asked, turn: Mapping[str, Any]) -> tuple[Schema | None, tuple[Finding, ...]]:
    handed = [request.database_schema for _, request in asked if request.database_schema]
    if handed:
        return handed[-1], ()
    if designed := schema_in(turn):
        return designed, ()
    files: Mapping[str, str] = turn.get("artifacts") or {}
    own = [request.artifacts for _, request in asked if isinstance(request.artifacts, dict)]
    texts = {**files, **{path: text for artifacts in own for path, text in artifacts.items()}}
    if session_files.SCHEMA in texts:
        return _declared(texts[session_files.SCHEMA])
    return _existing(texts)


def _declared(text: str) -> tuple[Schema | None, tuple[Finding, ...]]:
    try:
        return session_files.read_schema(text), ()
    except InputError as error:
        return None, (_obstacle("unreadable-schema", str(error), "hand over a schema"),)


def _existing(texts: Mapping[str, str]) -> tuple[Schema | None, tuple[Finding, ...]]:
    """Run somebody's statements on the engine that the file's name gives, and read what comes of them."""
    named = [(path, found[1]) for path in sorted(texts) if (found := _STATEMENTS.fullmatch(path))]
    for path, name in named:
        engine = engines_for([name])[name]
        if isinstance(engine, EngineUnavailable):
            continue
        try:
            return schema_from_sql(texts[path], engine, name=path), ()
        except Rejected as refusal:
            return None, (_obstacle("unreadable-schema", f"{path} does not run: {refusal}", "fix the statement"),)
    wanted = session_files.either_statements_file(ENGINES)
    return None, (_obstacle("nothing-to-review", "there is no schema to look at", f"hand over a schema, or {wanted}"),)


def _obstacle(rule: str, message: str, instead: str) -> Finding:
    return Finding(rule=rule, severity="critical", location=SchemaLocation(), message=message, help=instead)

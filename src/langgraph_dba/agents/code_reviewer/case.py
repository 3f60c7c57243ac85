"""Read a review case from a turn: the owner of the work, the schema, the evidence, and the round."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_dba.agents.kit.contracts import ReviewRequest
from langgraph_dba.agents.kit.shared_results import coverage_in, review_in, schema_in
from langgraph_dba.database import session_files
from langgraph_dba.database.engines import ENGINES, Rejected, engines_for
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.database.request.coverage import Coverage
from langgraph_dba.errors import EngineUnavailable, InputError
from langgraph_dba.evidence import EvidenceSet
from langgraph_dba.findings import Finding, SchemaLocation

_STATEMENTS = re.compile(rf"(?:.*/)?[\w-]+\.({'|'.join(ENGINES)})\.sql")


@dataclass(frozen=True, slots=True)
class Case:
    """A case for review; `owner` is empty if there is no sender, `obstacles` are findings why no rule can be run."""

    owner: str
    round: int
    schema: Schema | None
    evidence: EvidenceSet
    obstacles: tuple[Finding, ...] = ()
    coverage: Coverage | None = None
    handed: tuple[Finding, ...] = ()  # findings of the sender, such as those about a live database


def read_case(turn: Mapping[str, Any]) -> Case:
    """Read the newest schema of the inbox, else the team's, else that of a file, else run the statements of a file.

    The evidence is that of the team and of every request; newer evidence replaces older. If the last review returned
    the work, this is the next round, whatever round the request states.
    """
    last = review_in(turn)
    requests = [
        (str(item["from"]), ReviewRequest.model_validate(item["payload"]))
        for item in turn.get("inbox") or ()
        if item["contract"] == ReviewRequest.__name__ and item["payload"]
    ]
    # Counted here too: a sender that always states round 1 would have its work returned forever.
    next_round = last["rounds"] + 1 if last and last["decision"] == "returned" else 1
    schema, obstacles = _schema(requests, turn)
    evidence = _evidence(turn, requests)
    return Case(
        owner=_owner(turn, requests),
        round=max([next_round, *(request.round for _, request in requests)]),
        schema=schema,
        evidence=evidence,
        obstacles=obstacles,
        coverage=coverage_in(turn, evidence),
        handed=tuple(finding for _, request in requests for finding in request.findings),
    )


Requests = list[tuple[str, ReviewRequest]]


def _owner(turn: Mapping[str, Any], requests: Requests) -> str:
    senders = [str(item["from"]) for item in turn.get("inbox") or ()]
    # The first sender with a schema is its designer: agents that build on the schema hand over a copy later.
    designers = [sender for sender, request in requests if request.database_schema]
    return next(iter([*designers, *reversed(senders)]), "")


def _evidence(turn: Mapping[str, Any], requests: Requests) -> EvidenceSet:
    return EvidenceSet(turn.get("evidence") or ()).merge(one for _, request in requests for one in request.evidence)


def _schema(requests: Requests, turn: Mapping[str, Any]) -> tuple[Schema | None, tuple[Finding, ...]]:
    schemas = [request.database_schema for _, request in requests if request.database_schema]
    # the newest request first: an earlier one may be what the last review returned
    if schemas:
        return schemas[-1], ()
    if schema := schema_in(turn):
        return schema, ()
    files: Mapping[str, str] = turn.get("artifacts") or {}
    own = [request.artifacts for _, request in requests if isinstance(request.artifacts, dict)]
    texts = {**files, **{path: text for artifacts in own for path, text in artifacts.items()}}
    if session_files.SCHEMA in texts:
        return _schema_from_json(texts[session_files.SCHEMA])
    return _schema_from_statements(texts)


def _schema_from_json(text: str) -> tuple[Schema | None, tuple[Finding, ...]]:
    try:
        return session_files.read_schema(text), ()
    except InputError as error:
        return None, (_obstacle("unreadable-schema", str(error), "hand over a schema"),)


def _schema_from_statements(texts: Mapping[str, str]) -> tuple[Schema | None, tuple[Finding, ...]]:
    """Run the statements of a file on the engine in its name, and return the reflected schema."""
    scripts = [(path, match[1]) for path in sorted(texts) if (match := _STATEMENTS.fullmatch(path))]
    for path, name in scripts:
        engine = engines_for([name])[name]
        if isinstance(engine, EngineUnavailable):
            continue  # the file of another engine may be usable
        try:
            return schema_from_sql(texts[path], engine, name=path), ()
        except Rejected as refusal:
            return None, (_obstacle("unreadable-schema", f"{path} does not run: {refusal}", "fix the statement"),)
    file = session_files.either_statements_file(ENGINES)
    return None, (_obstacle("nothing-to-review", "there is no schema to review", f"hand over a schema, or {file}"),)


def _obstacle(rule: str, message: str, fix: str) -> Finding:
    return Finding(rule=rule, severity="critical", location=SchemaLocation(), message=message, help=fix)

"""What lies before the reviewer: whose work it is, the schema, what is claimed of it, and for which time it comes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from langgraph_dba.database.engines import ENGINES, Rejected, engines_for
from langgraph_dba.database.schema.model import Schema
from langgraph_dba.database.schema.reflect import schema_from_sql
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.findings import Finding, SchemaLocation
from langgraph_dba.handoffs.contracts import ReviewRequest

SPECIALIST = "database-specialist"
_DECLARED = "schema.json"
_STATEMENTS = re.compile(rf"(?:.*/)?[\w-]+\.({'|'.join(ENGINES)})\.sql")


@dataclass(frozen=True, slots=True)
class Case:
    """`owner` is empty where nobody handed the work over; `obstacles` are findings that stand before any rule."""

    owner: str
    round: int
    schema: Schema | None
    evidence: tuple[Mapping[str, Any], ...]
    obstacles: tuple[Finding, ...] = ()


def read_case(turn: Mapping[str, Any], last: Mapping[str, Any]) -> Case:
    """Read the newest schema of the inbox, else the declared one among the files, else statements run on an engine.

    Evidence is that of the team and of every request; the newest counts where a claim was tried again. `last` is the
    record of the review before: one that returned the work makes this the next round, whatever its sender counted.
    """
    asked = [
        (str(item["from"]), ReviewRequest.model_validate(item["payload"]))
        for item in turn.get("inbox") or ()
        if item["contract"] == ReviewRequest.__name__ and item["payload"]
    ]
    returned = int(last.get("rounds", 0)) + 1 if last.get("decision") == "returned" else 1
    schema, obstacles = _schema(asked, turn.get("artifacts") or {})
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
    designers = [sender for sender, request in asked if request.database_schema]
    return SPECIALIST if SPECIALIST in senders else next(reversed([*senders, *designers]), "")


def _evidence(turn: Mapping[str, Any], asked: Asked) -> tuple[Mapping[str, Any], ...]:
    items: list[Mapping[str, Any]] = list(turn.get("evidence") or ())
    items += [one.model_dump(mode="json") for _, request in asked for one in request.evidence]
    newest = {(str(one.get("claim")), str(one.get("proof")), str(one.get("engine"))): one for one in items}
    return tuple(newest.values())


def _schema(asked: Asked, files: Mapping[str, str]) -> tuple[Schema | None, tuple[Finding, ...]]:
    handed = [request.database_schema for _, request in asked if request.database_schema]
    if handed:
        return handed[-1], ()
    own = [request.artifacts for _, request in asked if isinstance(request.artifacts, dict)]
    texts = {**files, **{path: text for artifacts in own for path, text in artifacts.items()}}
    if _DECLARED in texts:
        return _declared(texts[_DECLARED])
    return _existing(texts)


def _declared(text: str) -> tuple[Schema | None, tuple[Finding, ...]]:
    try:
        return Schema.model_validate_json(text), ()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return None, (_obstacle("unreadable-schema", f"{_DECLARED}: {where}: {first['msg']}", "hand over a schema"),)


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
    wanted = " or ".join(f"schema.{name}.sql" for name in ENGINES)
    return None, (_obstacle("nothing-to-review", "there is no schema to look at", f"hand over a schema, or {wanted}"),)


def _obstacle(rule: str, message: str, instead: str) -> Finding:
    return Finding(rule=rule, severity="critical", location=SchemaLocation(), message=message, help=instead)

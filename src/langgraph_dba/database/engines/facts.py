"""Facts about an engine as typed data for prompts: models cannot open the engine themselves."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from langgraph_dba.database.engines import engines_for, traits_of
from langgraph_dba.errors import EngineUnavailable

NO_ROW_LEVEL_SECURITY = "no-row-level-security"


class EngineFacts(BaseModel):
    """One engine on this machine: `usable` is false with the `reason`; `fallbacks` name what replaces a missing trait.

    An unknown key is an error: a fact under another name would never be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    usable: bool = True
    reason: str = ""
    version: str = ""
    row_level_security: bool | None = Field(None, description="None: not known")
    include_columns: bool | None = None
    fallbacks: dict[str, str] = Field(default_factory=dict)


def engine_facts(name: str) -> EngineFacts:
    """Return the facts of the engine of that name; InputError for an unknown one.

    The traits of an engine that cannot be used here are those of its best known version.
    """
    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        usable, traits, version, reason = False, traits_of(name), "", str(engine)
    else:
        usable, traits, version, reason = True, engine.traits, engine.version(), ""
    return EngineFacts(
        usable=usable,
        reason=reason,
        version=version,
        row_level_security=traits.row_level_security,
        include_columns=traits.include_columns,
        fallbacks=dict(traits.fallbacks),
    )


def project_constraints(facts: Mapping[str, EngineFacts]) -> Iterable[str]:
    """Yield the constraints that the engines put on a design: `no-row-level-security` if none of them has it."""
    if facts and all(one.row_level_security is False for one in facts.values()):
        yield NO_ROW_LEVEL_SECURITY

"""Database design, engines and proofs: no LangGraph, no model.

The names below are the public ones. They are loaded when they are first used.
"""

from typing import TYPE_CHECKING

from langgraph_dba.lazy import lazy_names

if TYPE_CHECKING:
    from langgraph_dba.database.data.generator.learn import learn
    from langgraph_dba.database.data.generator.profile import (
        ColumnProfile,
        Profile,
        ReferenceProfile,
        Spread,
        TableProfile,
    )
    from langgraph_dba.database.data.generator.row_generation import generate
    from langgraph_dba.database.data.scratch_database import scratch
    from langgraph_dba.database.ddl.rendering import render
    from langgraph_dba.database.ddl.script import Ddl
    from langgraph_dba.database.engines import (
        ENGINES,
        Engine,
        Plan,
        Rejected,
        Traits,
        engines_for,
        equal_catalogues,
        read_condition,
        traits_of,
    )
    from langgraph_dba.database.engines.condition import LiveCondition
    from langgraph_dba.database.engines.live.live_database import LiveDatabase, open_live
    from langgraph_dba.database.engines.live.statement_limits import Limits
    from langgraph_dba.database.engines.servers.watchdog import Bounds
    from langgraph_dba.database.existing_database import ExistingDatabase, read_existing
    from langgraph_dba.database.model.schema import Column, ColumnType, Loss, OtherObject, Schema, Table
    from langgraph_dba.database.proofs.runner.proof_run import prove
    from langgraph_dba.database.proofs.runner.registry import all_proofs, proofs_by_name
    from langgraph_dba.database.reflection.engine_round_trip import ROUND_TRIP_LOSSES, as_stored_by
    from langgraph_dba.database.reflection.read_schema import reflect, schema_from_sql
    from langgraph_dba.database.request.sentence_reader import read_request
    from langgraph_dba.database.requirements.file import dump_requirements, load_requirements
    from langgraph_dba.database.requirements.model import Requirements
    from langgraph_dba.database.rules.live_registry import find_live
    from langgraph_dba.database.rules.registry import find, fix_all
    from langgraph_dba.database.schema_design.design_schema import Choices, design

__all__ = [
    "ENGINES",
    "ROUND_TRIP_LOSSES",
    "Bounds",
    "Choices",
    "Column",
    "ColumnProfile",
    "ColumnType",
    "Ddl",
    "Engine",
    "ExistingDatabase",
    "Limits",
    "LiveCondition",
    "LiveDatabase",
    "Loss",
    "OtherObject",
    "Plan",
    "Profile",
    "ReferenceProfile",
    "Rejected",
    "Requirements",
    "Schema",
    "Spread",
    "Table",
    "TableProfile",
    "Traits",
    "all_proofs",
    "as_stored_by",
    "design",
    "dump_requirements",
    "engines_for",
    "equal_catalogues",
    "find",
    "find_live",
    "fix_all",
    "generate",
    "learn",
    "load_requirements",
    "open_live",
    "proofs_by_name",
    "prove",
    "read_condition",
    "read_existing",
    "read_request",
    "reflect",
    "render",
    "schema_from_sql",
    "scratch",
    "traits_of",
]

_MODULES = {
    "Bounds": "engines.servers.watchdog",
    "Choices": "schema_design.design_schema",
    "Column": "model.schema",
    "ColumnProfile": "data.generator.profile",
    "ColumnType": "model.schema",
    "Ddl": "ddl.script",
    "ENGINES": "engines",
    "Engine": "engines",
    "ExistingDatabase": "existing_database",
    "Limits": "engines.live.statement_limits",
    "LiveCondition": "engines.condition",
    "LiveDatabase": "engines.live.live_database",
    "Loss": "model.schema",
    "OtherObject": "model.schema",
    "Plan": "engines",
    "Profile": "data.generator.profile",
    "ROUND_TRIP_LOSSES": "reflection.engine_round_trip",
    "ReferenceProfile": "data.generator.profile",
    "Rejected": "engines",
    "Requirements": "requirements.model",
    "Schema": "model.schema",
    "Spread": "data.generator.profile",
    "Table": "model.table",
    "TableProfile": "data.generator.profile",
    "Traits": "engines",
    "all_proofs": "proofs.runner.registry",
    "as_stored_by": "reflection.engine_round_trip",
    "design": "schema_design.design_schema",
    "dump_requirements": "requirements.file",
    "engines_for": "engines",
    "equal_catalogues": "engines",
    "find": "rules.registry",
    "find_live": "rules.live_registry",
    "fix_all": "rules.registry",
    "generate": "data.generator.row_generation",
    "learn": "data.generator.learn",
    "load_requirements": "requirements.file",
    "open_live": "engines.live.live_database",
    "proofs_by_name": "proofs.runner.registry",
    "prove": "proofs.runner.proof_run",
    "read_condition": "engines",
    "read_existing": "existing_database",
    "read_request": "request.sentence_reader",
    "reflect": "reflection.read_schema",
    "render": "ddl.rendering",
    "schema_from_sql": "reflection.read_schema",
    "scratch": "data.scratch_database",
    "traits_of": "engines",
}
__getattr__, __dir__ = lazy_names(__name__, _MODULES)

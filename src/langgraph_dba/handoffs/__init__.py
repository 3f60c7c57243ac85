"""Handoffs between agents: briefs, typed contracts, the log, and the scheduler."""

if __name__ != "langgraph_dba.handoffs":  # through the link at the top of the repository
    raise ImportError(f"import langgraph_dba.handoffs, not {__name__}")

from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.contracts import Contract, contract_schemas, validate_payload
from langgraph_dba.handoffs.handoff import Handoff, read_handoff
from langgraph_dba.handoffs.log import merge_log
from langgraph_dba.handoffs.scheduler import SchedulePolicy, Wave, next_wave
from langgraph_dba.handoffs.worklog import render_worklog

__all__ = [
    "Brief",
    "Contract",
    "Handoff",
    "SchedulePolicy",
    "Wave",
    "contract_schemas",
    "merge_log",
    "next_wave",
    "read_handoff",
    "render_worklog",
    "validate_payload",
]

"""The panel: seats that answer a critical question, the grading of their agreement, and the record of it."""

from langgraph_dba.agents.panel.decision import Ballot, Decision, Question, SeatClaim
from langgraph_dba.agents.panel.document import consultation_markdown, decision_markdown
from langgraph_dba.agents.panel.grading import grade
from langgraph_dba.agents.panel.levels import DATABASE_LEVELS, Level
from langgraph_dba.agents.panel.panel import Panel, Section
from langgraph_dba.agents.panel.scripted_seat import ScriptedSeat
from langgraph_dba.agents.panel.seat import Abstention, Seat
from langgraph_dba.agents.panel.topics import Topic
from langgraph_dba.agents.panel.verdict import Ruling, Verdict

__all__ = [
    "DATABASE_LEVELS",
    "Abstention",
    "Ballot",
    "Decision",
    "Level",
    "Panel",
    "Question",
    "Ruling",
    "ScriptedSeat",
    "Seat",
    "SeatClaim",
    "Section",
    "Topic",
    "Verdict",
    "consultation_markdown",
    "decision_markdown",
    "grade",
]

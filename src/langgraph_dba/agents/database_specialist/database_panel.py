"""The database panel: three seats, the database levels, and seven sections of the record."""

from langgraph_dba.agents.database_specialist.analysts import decide_by_context, decide_by_measuring, decide_by_weights
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.panel.levels import DATABASE_LEVELS
from langgraph_dba.agents.panel.panel import Panel, Section
from langgraph_dba.agents.panel.seat import Seat, with_occupant

# The seats see different channels: Gemini gets no context, so that an existing decision cannot influence it.
CLAUDE = Seat(
    name="Claude",
    role="project context",
    brief="Assess the question by the requirements, the existing schema and code, and the team's constraints.",
    sees=("requirements", "context"),
    answer=decide_by_context,
    occupant="analyst: project context",
    kind="analyst",
)
GEMINI = Seat(
    name="Gemini",
    role="independent assessment",
    brief="Assess the question independently: by the requirements alone, without any recommendation.",
    sees=("requirements",),
    answer=decide_by_weights,
    occupant="analyst: weighted score",
    kind="analyst",
)
CODEX = Seat(
    name="Codex",
    role="implementation",
    brief="State with numbers what each option costs to build and run on the target engines.",
    sees=("requirements", "context", "targets", "engine_facts"),
    answer=decide_by_measuring,
    occupant="analyst: measuring",
    kind="analyst",
)
DATABASE_SECTIONS = (
    Section("Requirements", "requirements"),
    *(Section(f"{seat.name}'s analysis", "seat", seat.name) for seat in (CLAUDE, GEMINI, CODEX)),
    Section("Consensus architecture with confidence", "consensus"),
    Section("Implementation roadmap", "roadmap"),
    Section("Risk assessment", "risks"),
)


def database_panel(*, claude: object = None, gemini: object = None, codex: object = None) -> Panel:
    """Return the panel of three seats; each occupant is a callable, a ScriptedSeat, a Seat, or None for its analyst.

    A callable gets the question and the channels of its seat as one mapping of plain data, and returns a Decision or a
    mapping of its fields; it may be async. Raises InputError for names of models, addresses and chat models, which this
    version does not support.
    """
    occupants = ((CLAUDE, claude), (GEMINI, gemini), (CODEX, codex))
    seats = tuple(seat if occupant is None else with_occupant(seat, occupant) for seat, occupant in occupants)
    return Panel(seats=seats, levels=DATABASE_LEVELS, sections=DATABASE_SECTIONS, topics=TOPICS)

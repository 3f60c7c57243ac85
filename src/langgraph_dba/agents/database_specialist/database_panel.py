"""The database panel: three seats, the specification's levels, seven sections of record."""

from langgraph_dba.agents.database_specialist.analysts import measuring, project_context, weighted_score
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.panel.levels import DATABASE_LEVELS
from langgraph_dba.agents.panel.panel import Panel, Section
from langgraph_dba.agents.panel.seat import Seat, occupied

CLAUDE = Seat(
    name="Claude",
    role="project context",
    brief="Weigh the question against the requirements, the existing schema and code, and what constrains the team.",
    sees=("requirements", "context"),
    answer=project_context,
    occupant="analyst: project context",
    kind="analyst",
)
GEMINI = Seat(
    name="Gemini",
    role="independent assessment",
    brief="Judge the question afresh, from the requirements alone and without anybody's recommendation.",
    sees=("requirements",),
    answer=weighted_score,
    occupant="analyst: weighted score",
    kind="analyst",
)
CODEX = Seat(
    name="Codex",
    role="implementation",
    brief="Say what each option costs to build and run on the engines aimed at, with numbers.",
    sees=("requirements", "context", "targets", "engine_facts"),
    answer=measuring,
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
    """Return the panel of three seats; each is taken by a callable, a ScriptedSeat or a Seat, or by its analyst (None).

    A callable gets the question and what its seat may see as one mapping of plain data, and gives a Decision or a
    mapping of its fields; it may be async. Raises InputError for names of models, addresses and chat models: they are
    not available in this version.
    """
    given = ((CLAUDE, claude), (GEMINI, gemini), (CODEX, codex))
    seats = tuple(chair if who is None else occupied(chair, who) for chair, who in given)
    return Panel(seats=seats, levels=DATABASE_LEVELS, sections=DATABASE_SECTIONS, topics=TOPICS)

"""Edit the statements of a generated folder and print what `prove` finds: `python benchmarks/edit_table.py [ENGINE…]`.

The edits are those of the tests: some change the meaning of the statements, and the others, behind them, do not. Each
cell names the proofs that refute; `-` means that the edit does not exist on the engine. The first table has the planted
defects of two of the proofs.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from sql_edits import SOUND, UNSOUND, Edit

from langgraph_dba.database import engines_for, prove
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import ENGINES, Engine
from langgraph_dba.database.proofs import Proof, proofs_by_name
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.proofs.runner.registry import can_run_on
from langgraph_dba.errors import EngineUnavailable

_PROOFS = ("catalogue-as-declared", "up-down-up", "relationships", "tenant-isolation")


def refuted_by(engine: Engine, up: str, down: str) -> str:
    """Return the proofs that refute edited statements of the specimen, or `nothing`."""
    name, schema = engine.traits.name, specimen_for(engine.traits)
    evidence = prove(schema, {name: Ddl(up, down)}, {name: engine}, proofs=proofs_by_name(_PROOFS))
    return ", ".join(one.proof for one in evidence if one.state == "refuted") or "nothing"


def of_edit(engine: Engine, edit: Edit | None) -> str:
    """Return what an edit of the text gives; `-` if it leaves the statements as they are."""
    ddl = render(specimen_for(engine.traits), engine.traits)
    up = edit(ddl.up) if edit else ddl.up
    return "-" if up == ddl.up else refuted_by(engine, up, ddl.down)


def of_defect(engine: Engine, proof: Proof, defect: Defect) -> str:
    """Return what a planted defect of a proof gives; `-` if it cannot exist on the engine."""
    if not (can_run_on(proof, engine.traits) and defect.exists(engine.traits)):
        return "-"
    ddl = defect.plant(specimen_for(engine.traits), engine).ddl
    return refuted_by(engine, ddl.up, ddl.down)


def table(title: str, names: Iterable[str], engines: Sequence[Engine], cell: Callable[[Engine, str], str]) -> None:
    """Print a table in Markdown: an edit in each row, an engine in each column."""
    titles = [engine.traits.title for engine in engines]
    print(f"| {title} | {' | '.join(titles)} |\n|{'---|' * (len(titles) + 1)}")
    for name in names:
        print(f"| {name} | {' | '.join(cell(engine, name) for engine in engines)} |", flush=True)
    print()


def main(names: Sequence[str]) -> None:
    """Print the three tables."""
    opened = engines_for(tuple(names or ENGINES))
    engines = [one for one in opened.values() if not isinstance(one, EngineUnavailable)]
    proofs = proofs_by_name(("catalogue-as-declared", "tenant-isolation"))
    defects = {one.name: (proof, one) for proof in proofs for one in proof.DEFECTS if one.declared is None}
    table("planted defect", defects, engines, lambda engine, name: of_defect(engine, *defects[name]))
    edits = dict.fromkeys(name for own in UNSOUND.values() for name in own)
    table(
        "edit that changes the meaning",
        edits,
        engines,
        lambda engine, name: of_edit(engine, UNSOUND[engine.traits.name].get(name)),
    )
    table("edit that does not", SOUND, engines, lambda engine, name: of_edit(engine, SOUND[name]))


if __name__ == "__main__":
    main(sys.argv[1:])

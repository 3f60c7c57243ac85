"""The page about the proofs, made of the registry: `python -m langgraph_dba.database.proofs.runner.documentation`."""

import inspect
import sys

from langgraph_dba.database.engines import ENGINES, traits_of
from langgraph_dba.database.proofs.kit.proof import Proof, proof_name
from langgraph_dba.database.proofs.runner.registry import PROOFS, possible

_HEAD = """# Proofs

Each proof is an executable check on an engine: a claim goes in, evidence comes out: `supported`, `refuted` by a
counterexample, or `not run` with what stood in its way. The receipt names the engine's version, the numbers, a digest
of what was looked at, and the command that runs the check again from the folder alone.

A proof that cannot fail is no proof: each carries defects that it must catch. `langgraph-dba proofs check` plants them
in a sound schema, on every engine that this machine has.

| proof | {engines} | claim |
|---|{rules}|---|
{rows}
"""


def render_proofs() -> str:
    """Return the page in Markdown: which proof runs where, then each with its defects."""
    head = _HEAD.format(
        engines=" | ".join(traits_of(name).title for name in ENGINES),
        rules="|".join("---" for _ in ENGINES),
        rows="\n".join(_row(proof) for proof in PROOFS),
    )
    return "\n".join((head, *(_section(proof) for proof in PROOFS)))


def _row(proof: Proof) -> str:
    name = proof_name(proof)
    where = " | ".join("yes" if possible(proof, traits_of(engine)) else "no" for engine in ENGINES)
    return f"| [{name}](#{name}) | {where} | {proof.CLAIM} |"


def _section(proof: Proof) -> str:
    wanted = ", ".join(f"`{trait}`" for trait in proof.NEEDS)
    lines = [f"## {proof_name(proof)}", "", f"*{proof.CAPABILITY}.* {(inspect.getdoc(proof) or '').strip()}", ""]
    lines += [f"Needs an engine with {wanted}.", ""] if wanted else []
    lines += ["Planted defects:", "", *(f"- {_defect(defect.name, defect.needs)}" for defect in proof.DEFECTS), ""]
    return "\n".join(lines)


def _defect(name: str, wanted: tuple[str, ...]) -> str:
    return f"{name} (where an engine has {', '.join(f'`{trait}`' for trait in wanted)})" if wanted else name


if __name__ == "__main__":
    sys.stdout.write(render_proofs())

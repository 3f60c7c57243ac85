"""Generate docs/proofs.md from the registry: `python -m langgraph_dba.database.proofs.runner.documentation`."""

import inspect
import sys

from langgraph_dba.database.engines import ENGINES, traits_of
from langgraph_dba.database.proofs.kit.proof import Proof, proof_name
from langgraph_dba.database.proofs.runner.registry import PROOFS, can_run_on

_HEAD = """# Proofs

Each proof is an executable check of a claim on an engine. It returns evidence: `supported`, `refuted` by a
counterexample, or `not run` with the reason. The receipt contains the version of the engine, the measured numbers, a
digest of the schema and its statements, and the command that repeats the check from the folder alone.

Each proof has planted defects that it must find, because a check that cannot fail shows nothing. `langgraph-dba proofs
check` plants them in a sound schema, on every engine that can be used on the machine.

| proof | {engines} | claim |
|---|{rules}|---|
{rows}
"""


def render_proofs() -> str:
    """Return the Markdown page: a table of proofs and engines, then each proof with its defects."""
    head = _HEAD.format(
        engines=" | ".join(traits_of(name).title for name in ENGINES),
        rules="|".join("---" for _ in ENGINES),
        rows="\n".join(_row(proof) for proof in PROOFS),
    )
    return "\n".join((head, *(_section(proof) for proof in PROOFS)))


def _row(proof: Proof) -> str:
    name = proof_name(proof)
    where = " | ".join("yes" if can_run_on(proof, traits_of(engine)) else "no" for engine in ENGINES)
    return f"| [{name}](#{name}) | {where} | {proof.CLAIM} |"


def _section(proof: Proof) -> str:
    needs = ", ".join(f"`{trait}`" for trait in proof.NEEDS)
    lines = [f"## {proof_name(proof)}", "", f"*{proof.CAPABILITY}.* {(inspect.getdoc(proof) or '').strip()}", ""]
    lines += [f"Needs an engine with {needs}.", ""] if needs else []
    lines += ["Planted defects:", "", *(f"- {_defect(defect.name, defect.needs)}" for defect in proof.DEFECTS), ""]
    return "\n".join(lines)


def _defect(name: str, needs: tuple[str, ...]) -> str:
    return f"{name} (on engines with {', '.join(f'`{trait}`' for trait in needs)})" if needs else name


if __name__ == "__main__":
    sys.stdout.write(render_proofs())

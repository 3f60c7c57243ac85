"""Which proofs there are, and what each declares of itself.

A proof is one module:

- its docstring says what is tried; `CLAIM` is the sentence, `CAPABILITY` the line of the specification it stands for;
- `NEEDS` (optional) names the traits an engine must have to run it at all;
- `obstacle(subject)` (optional) says what stands in its way for this schema, or nothing;
- `run(subject)` returns a `Result`: failures, or what speaks for the claim, and the numbers;
- `DEFECTS` are flaws it must catch; `langgraph-dba proofs check` plants them.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from langgraph_dba.database.engines import ENGINES, Traits, traits_of
from langgraph_dba.database.proofs import (
    column_order,
    covering_indexes,
    data_types,
    denormalisation,
    first_normal_form,
    foreign_keys_indexed,
    identity_room,
    index_rebuild,
    index_types,
    needless_indexes,
    normal_form,
    partial_indexes,
    primary_order,
    relationships,
    tenant_isolation,
    up_down_up,
)
from langgraph_dba.errors import InputError

# In the order in which they are told: the first one that fails explains most of what follows.
PROOFS: tuple[ModuleType, ...] = (
    up_down_up,
    relationships,
    first_normal_form,
    normal_form,
    denormalisation,
    data_types,
    identity_room,
    tenant_isolation,
    foreign_keys_indexed,
    covering_indexes,
    column_order,
    partial_indexes,
    index_types,
    needless_indexes,
    primary_order,
    index_rebuild,
)
GROUP = "langgraph_dba.proofs"
_PARTS = ("CLAIM", "CAPABILITY", "DEFECTS", "run")


def proof_name(proof: ModuleType) -> str:
    """Return a proof's name: its file's, in kebab-case."""
    return proof.__name__.rpartition(".")[2].replace("_", "-")


@cache
def all_proofs() -> tuple[ModuleType, ...]:
    """Return our proofs, and behind them those that other packages bring as entry points of `langgraph_dba.proofs`.

    InputError if one of theirs lacks a part or takes a name that exists.
    """
    theirs = tuple(entry.load() for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name))
    for number, proof in enumerate(theirs):
        _sound(proof, (*PROOFS, *theirs[:number]))
    return (*PROOFS, *theirs)


def _sound(proof: ModuleType, before: Iterable[ModuleType]) -> None:
    lacking = [part for part in _PARTS if not hasattr(proof, part)]
    if lacking:
        raise InputError(f"the proof {proof.__name__} (entry point group {GROUP}) lacks {', '.join(lacking)}")
    if proof_name(proof) in {proof_name(other) for other in before}:
        raise InputError(f"the proof {proof.__name__} (entry point group {GROUP}) takes a name that exists: rename it")


def needs(proof: ModuleType) -> tuple[str, ...]:
    """Return the traits that an engine must have for a proof."""
    return tuple(getattr(proof, "NEEDS", ()))


def possible(proof: ModuleType, traits: Traits) -> bool:
    """Whether an engine can run a proof at all."""
    return not lacking(needs(proof), traits)


def lacking(wanted: Iterable[str], traits: Traits) -> tuple[str, ...]:
    """Return which of these traits an engine does not have."""
    return tuple(name for name in wanted if not traits.has(name))


def named(names: Sequence[str]) -> tuple[ModuleType, ...]:
    """Return the proofs of those names in their order, all of them without names; InputError for an unknown one."""
    known = {proof_name(proof): proof for proof in all_proofs()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"there is no proof {unknown[0]!r}: choose from {', '.join(known)}")
    return tuple(proof for name, proof in known.items() if not names or name in names)


def catalogue() -> list[dict[str, Any]]:
    """Return the proofs as plain data: name, claim, engines on which it can run, capability, what it must catch."""
    return [
        {
            "name": proof_name(proof),
            "claim": proof.CLAIM,
            "engines": [name for name in ENGINES if possible(proof, traits_of(name))],
            "capability": proof.CAPABILITY,
            "defects": [defect.name for defect in proof.DEFECTS],
        }
        for proof in all_proofs()
    ]

"""The registry of proofs: those of this package, and those that other packages add by entry points."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from langgraph_dba.database.engines import ENGINES, Traits, traits_of
from langgraph_dba.database.proofs import (
    bounds,
    catalogue_as_declared,
    chosen_columns,
    column_order,
    covering_indexes,
    data_types,
    denormalisation,
    first_normal_form,
    foreign_keys_indexed,
    frozen_rows,
    identity_room,
    index_rebuild,
    index_types,
    needless_indexes,
    no_overlap,
    normal_form,
    only_one,
    partial_indexes,
    primary_order,
    relationships,
    row_conditions,
    state_moves,
    tenant_isolation,
    up_down_up,
)
from langgraph_dba.database.proofs.kit.proof import PARTS, Proof, missing_traits, proof_name
from langgraph_dba.errors import InputError
from langgraph_dba.plugins import load_plugins, missing_parts

# Reports use this order. The first says whether the others, which read the declaration, speak of what was created.
PROOFS: tuple[Proof, ...] = (
    catalogue_as_declared,
    up_down_up,
    relationships,
    only_one,
    no_overlap,
    row_conditions,
    chosen_columns,
    frozen_rows,
    state_moves,
    bounds,
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


# cached: the entry points of installed packages do not change while a process runs
@cache
def all_proofs() -> tuple[Proof, ...]:
    """Return our proofs, then those of other packages (entry points of `langgraph_dba.proofs`), sorted by name.

    InputError if a proof of another package cannot be imported, lacks a part or has the name of another proof.
    """
    plugins = load_plugins(GROUP, lambda module: missing_parts(module, PARTS), reserved=[proof_name(p) for p in PROOFS])
    if plugins.broken:
        raise InputError("; ".join(f"the proof {plugin}" for plugin in plugins.broken))
    # mypy cannot check modules of other packages; `missing_parts` has checked their attributes
    return (*PROOFS, *(cast("Proof", module) for module in plugins.modules))


def can_run_on(proof: Proof, traits: Traits) -> bool:
    """Return whether an engine has all traits that a proof needs."""
    return not missing_traits(proof, traits)


def proofs_by_name(names: Sequence[str]) -> tuple[Proof, ...]:
    """Return the proofs with these names in the order of the registry, or all if there are none.

    InputError for an unknown name.
    """
    known = {proof_name(proof): proof for proof in all_proofs()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"there is no proof {unknown[0]!r}: choose from {', '.join(known)}")
    return tuple(proof for name, proof in known.items() if not names or name in names)


def list_proofs() -> list[dict[str, Any]]:
    """Return the proofs as plain data: name, claim, engines on which it can run, capability, names of its defects."""
    return [
        {
            "name": proof_name(proof),
            "claim": proof.CLAIM,
            "engines": [name for name in ENGINES if can_run_on(proof, traits_of(name))],
            "capability": proof.CAPABILITY,
            "defects": [defect.name for defect in proof.DEFECTS],
        }
        for proof in all_proofs()
    ]

"""The proofs of this package, in order, and those that other packages add as entry points."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

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
from langgraph_dba.database.proofs.kit.proof import PARTS, Proof, missing_traits, proof_name
from langgraph_dba.errors import InputError
from langgraph_dba.plugins import load_plugins, missing_parts

# In the order of reports: the first proof that fails explains most failures after it.
PROOFS: tuple[Proof, ...] = (
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


@cache
def all_proofs() -> tuple[Proof, ...]:
    """Return our proofs, then those of other packages (entry points of `langgraph_dba.proofs`) by name.

    InputError if one of another package cannot be imported, lacks a part or has a name that exists.
    """
    plugins = load_plugins(GROUP, lambda module: missing_parts(module, PARTS), reserved=[proof_name(p) for p in PROOFS])
    if plugins.broken:
        raise InputError("; ".join(f"the proof {plugin}" for plugin in plugins.broken))
    # mypy cannot see modules of other packages: their parts were checked when they were loaded
    return (*PROOFS, *(cast("Proof", module) for module in plugins.modules))


def possible(proof: Proof, traits: Traits) -> bool:
    """Return whether an engine has all the traits that a proof needs."""
    return not missing_traits(proof, traits)


def named(names: Sequence[str]) -> tuple[Proof, ...]:
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

"""Draw a team: as Mermaid text, and with the `report` extra as SVG or PNG.

Solid arrows are handoffs, dotted lines join agents that may work in parallel, dashed arrows are returns. The entry
is a stadium, a gate is a hexagon, an agent outside the team has a dashed border.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from langgraph_dba.agents.team.edges import Pair, reachable
from langgraph_dba.extras import require_extra

PICTURE_SUFFIXES = (".svg", ".png")

_NODE_STYLES = (
    "classDef entry fill:#dbeafe,stroke:#1d4ed8,stroke-width:2px,color:#111827",
    "classDef gate fill:#fef3c7,stroke:#b45309,stroke-width:2px,color:#111827",
    "classDef agent fill:#f9fafb,stroke:#6b7280,color:#111827",
    "classDef outside fill:#ffffff,stroke:#6b7280,stroke-dasharray:4 4,color:#6b7280",
)

_BESIDE = "stroke:#059669,stroke-width:2px,stroke-dasharray:2 4"
_BACK = "stroke:#b45309,stroke-width:1px,stroke-dasharray:7 5"
_SHAPES = {"entry": ("([", "])"), "gate": ("{{", "}}"), "agent": ("[", "]"), "outside": ("(", ")")}


def mermaid(
    names: Sequence[str],
    edges: Sequence[Pair],
    parallel: Sequence[Pair] = (),
    *,
    entry: str | None = None,
    gates: Collection[str] = (),
    leaving: Sequence[Pair] = (),
    returns: bool = False,
) -> str:
    """Return a Mermaid flowchart; `leaving` are handoffs to agents that are not in `names`.

    `returns` adds an arrow back for each handoff within the team that has no handoff in the other direction.
    """
    # Mermaid lays out nodes in the order of the text: in the order of distance from the entry, the picture reads from
    # left to right.
    names = tuple(dict.fromkeys([*(reachable(entry, edges) if entry else ()), *names]))
    edges = sorted(edges, key=lambda edge: names.index(edge[0]))
    all_names = (*names, *dict.fromkeys(to for _, to in leaving))
    ids = _ids(all_names)
    kinds = dict.fromkeys(all_names, "outside") | dict.fromkeys(names, "agent") | dict.fromkeys(gates, "gate")
    kinds |= {entry: "entry"} if entry else {}
    handoffs = [f"{ids[sender]} --> {ids[to]}" for sender, to in (*edges, *leaving)]
    beside = [f"{ids[a]} -.- {ids[b]}" for a, b in parallel]
    back = [f"{ids[to]} -.-> {ids[sender]}" for sender, to in _one_way(edges)] if returns else []
    nodes = [_node(ids[name], name, kinds[name]) for name in all_names]
    styles = [
        *_NODE_STYLES,
        *_link_style(len(handoffs), beside, _BESIDE),
        *_link_style(len(handoffs) + len(beside), back, _BACK),
    ]
    return "\n    ".join(["flowchart LR", *nodes, *handoffs, *beside, *back, *styles]) + "\n"


def _link_style(first: int, links: Sequence[str], style: str) -> Iterator[str]:
    # Mermaid's `linkStyle` refers to links by their number in the text.
    if links:
        yield f"linkStyle {','.join(str(first + index) for index in range(len(links)))} {style}"


def _ids(names: Sequence[str]) -> dict[str, str]:
    # With a number: `end` and `graph` are keywords of Mermaid, and two names may differ only in replaced characters.
    return {name: f"{re.sub(r'[^A-Za-z0-9]', '_', name)}_{number}" for number, name in enumerate(names, 1)}


def _node(node_id: str, name: str, kind: str) -> str:
    opening, closing = _SHAPES[kind]
    return f'{node_id}{opening}"{name}"{closing}:::{kind}'


def _one_way(edges: Sequence[Pair]) -> Iterator[Pair]:
    pairs = set(edges)
    return (edge for edge in edges if (edge[1], edge[0]) not in pairs)


def svg_text(source: str) -> str:
    """Render Mermaid text as SVG; InputError if the extra `report` is not installed."""
    return str(_picture(source).svg())


def save_picture(source: str, path: Path) -> None:
    """Render Mermaid text to a file by its suffix; InputError if the extra `report` is not installed."""
    picture = _picture(source)
    if path.suffix == ".svg":
        path.write_text(picture.svg(), encoding="utf-8")
    else:
        path.write_bytes(picture.png(background="#ffffff"))


def _picture(source: str) -> Any:
    require_extra("report")
    import mmdr

    # At its natural size: a fixed width would make the text of a large team too small.
    return mmdr.render(source)

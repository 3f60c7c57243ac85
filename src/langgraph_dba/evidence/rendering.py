"""Evidence as text for reports, terminals and Markdown files."""

from collections.abc import Iterable

from langgraph_dba.evidence.evidence import Evidence


def reason_lines(items: Iterable[Evidence]) -> list[str]:
    """Return `proof on engine: reason` for each item, without duplicates."""
    # two claims of one proof may have the same reason
    return list(dict.fromkeys(f"{item.proof} on {item.engine}: {item.reason}" for item in items))


def counts_by_engine(items: Iterable[Evidence]) -> str:
    """Return `3 claims on sqlite, 5 claims on postgresql`; empty without items."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.engine] = counts.get(item.engine, 0) + 1
    return ", ".join(f"{count} claims on {engine}" for engine, count in counts.items())


def markdown_lines(items: Iterable[Evidence]) -> list[str]:
    """Return one Markdown list item for each piece of evidence: state, engine, claim, reason."""
    return [f"- {item.state} on {item.engine}: {item.claim} ({item.reason})" for item in items]

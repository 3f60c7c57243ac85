"""Show coverage: one line for a terminal, a table in Markdown for a report."""

from collections.abc import Iterator

from langgraph_dba.database.request.coverage.span import Coverage, CoverageState, Span

_WORDS_SHOWN = 60  # characters of each
_QUOTES_SHOWN = 5
_AS_RULES: frozenset[CoverageState] = frozenset({"enforced", "not enforced"})


def coverage_line(coverage: Coverage) -> str:
    """Return the counts, such as `9 rules enforced, 14 modelled, 1 not understood: '…'`; what is open is quoted."""
    counts = (f"{number} {_noun(state, number)}{state}" for state, number in coverage.counts.items())
    quoted = [f"'{_short(words)}'" for words in coverage.words_of("not understood")]
    more = len(quoted) - _QUOTES_SHOWN
    quoted = [*quoted[:_QUOTES_SHOWN], *([f"and {more} more, listed in the report"] if more > 0 else [])]
    return ", ".join(counts) + (f": {', '.join(quoted)}" if quoted else "")


def coverage_table(coverage: Coverage) -> str:
    """Return the spans as a table in Markdown; what is not about data is folded."""
    spans = [span for span in coverage.spans if span.state != "not about data"]
    folded = [span for span in coverage.spans if span.state == "not about data"]
    return "\n\n".join(
        [
            *filter(None, [coverage.absent and f"{coverage.absent}."]),
            *_table(spans),
            *_folded(folded),
        ]
    )


def _table(spans: list[Span]) -> Iterator[str]:
    if spans:
        rows = (f"| {' | '.join(map(_cell, (one.words, one.state, _what(one), one.reason)))} |" for one in spans)
        yield "\n".join(("| your words | state | what | why |\n|---|---|---|---|", *rows))


def _folded(spans: list[Span]) -> Iterator[str]:
    if spans:
        lines = "\n".join(f"- {_cell(one.words)}" for one in spans)
        yield f"<details><summary>{len(spans)} not about data</summary>\n\n{lines}\n\n</details>"


def _what(span: Span) -> str:
    return f"{span.form}: {span.rule}" if span.form and span.rule else span.form


def _noun(state: CoverageState, number: int) -> str:
    return ("rule " if number == 1 else "rules ") if state in _AS_RULES else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _short(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _WORDS_SHOWN else f"{shown[: _WORDS_SHOWN - 1]}…"

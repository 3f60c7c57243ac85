"""Statements that are joined to a script are split again, with their places in the file; engines are the oracles."""

import sqlite3
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from langgraph_dba.database.statements import mask, placeholders, split
from langgraph_dba.database.statements import postgres_grammar as grammar

DIALECTS = ["sqlite", "postgresql", "mariadb"]
# what is likely to be read as a token; `'` and so on are doubled or escaped below
INSIDE = st.lists(
    st.sampled_from([
        ";", "a", "ü", "€😀", " ", "\n", "--", "/*", "*/", "#", "$$", "$x$", "$1", "'", '"', "`", "\\", "BEGIN", "END",
        ":a", "?", "%s", "%(a)s", "{{", "}}",
        "{%", "{#", "[", "]", "(", ")", "DELIMITER //", ".mode",
        "\\.", "COPY",
    ]),
    max_size=8,
).map("".join)  # fmt: skip


def literal(inside: str, dialect: str) -> str:
    text = inside.replace("'", "''")
    return f"'{text.replace(chr(92), chr(92) * 2)}'" if dialect == "mariadb" else f"'{text}'"


def quoted_name(inside: str, dialect: str) -> str:
    mark = "`" if dialect == "mariadb" else '"'
    return mark + (inside.replace(mark, mark * 2) or "a") + mark


def comment(inside: str, dialect: str) -> str:
    text = inside.replace("/*", "").replace("*/", "").replace("/", "").replace("*", "").replace("!", "")
    return f"/*{text} */" if dialect != "mariadb" else f"/* {text} */"


def statement(pieces: list[str], dialect: str) -> str:
    kinds = [literal, quoted_name, comment]
    columns = [kinds[number % 3](inside, dialect) for number, inside in enumerate(pieces)]
    return "SELECT 1" + "".join(text if text.startswith("/*") else f", {text}" for text in columns) + " AS x"


STATEMENTS = st.lists(st.lists(INSIDE, max_size=5), max_size=6)
BETWEEN = st.sampled_from(["", " ", "\n", "\n-- it's; a comment\n", " /* a; 'comment' */ ", "\n\n;;\n"])


@pytest.mark.parametrize("dialect", DIALECTS)
@given(parts=STATEMENTS, between=st.lists(BETWEEN, min_size=12, max_size=12))
def test_joined_statements_are_split_again(dialect: str, parts: list[list[str]], between: list[str]) -> None:
    texts = [statement(pieces, dialect) for pieces in parts]
    script = "".join(f"{between[2 * n]}{text}{between[2 * n + 1]};" for n, text in enumerate(texts))

    found = list(split(script, dialect))

    assert [part.text for part in found] == texts
    encoded = script.encode()
    for part in found:
        assert script[part.start : part.end] == part.text
        assert encoded[part.start_byte : part.end_byte].decode() == part.text
        assert part.line == script.count("\n", 0, part.start) + 1
        assert part.column == part.start - script.rfind("\n", 0, part.start)
        assert part.end_line == script.count("\n", 0, part.end) + 1


@pytest.mark.parametrize("dialect", DIALECTS)
@given(script=INSIDE, second=INSIDE)
def test_any_text_is_split_without_an_error_and_without_overlap(dialect: str, script: str, second: str) -> None:
    text = f"{script};{second}\n{script}"

    found = [part for part in split(text, dialect) if part.kind != "meta"]

    assert all(part.start < part.end for part in found)
    assert all(first.end <= later.start for first, later in pairwise(found))


@pytest.mark.parametrize("dialect", DIALECTS)
@given(parts=STATEMENTS)
def test_nothing_inside_of_literals_names_and_comments_is_a_placeholder(dialect: str, parts: list[list[str]]) -> None:
    text = " UNION ".join(statement(pieces, dialect) for pieces in parts)

    assert placeholders(text, dialect) == ()
    assert mask(text, dialect) == text


@pytest.mark.parametrize("dialect", DIALECTS)
@given(
    text=st.lists(st.one_of(INSIDE, st.sampled_from(["{{ a }}", "{{\na\n}}", "{% if %}", " = ? ", " :b ", "%(c)s"])))
)
def test_a_mask_keeps_length_and_lines_and_masks_nothing_twice(dialect: str, text: list[str]) -> None:
    source = " ".join(text)
    assume("?$" not in source)  # no SQL: a dollar quote directly behind an operand, which a masked name would close

    masked = mask(source, dialect)

    assert len(masked) == len(source)
    assert [at for at, sign in enumerate(masked) if sign == "\n"] == [
        at for at, sign in enumerate(source) if sign == "\n"
    ]
    assert not any(item.style.startswith(("{", "%")) for item in placeholders(masked, dialect))


@given(parts=STATEMENTS)
def test_libpg_query_splits_a_script_at_the_same_places(parts: list[list[str]]) -> None:
    script = ";\n".join(statement(pieces, "postgresql").replace("$x$", "$x$;'$x$") for pieces in parts)

    whole = grammar.parse(script)

    found = list(split(script, "postgresql"))
    if not isinstance(whole, grammar.GrammarError):
        assert [script[item.start : item.end] for item in whole] == [part.text for part in found]
        assert all(isinstance(grammar.parse(part.text), tuple) for part in found)


TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)"
TRIGGER = (
    "CREATE TRIGGER tr{n} AFTER INSERT ON t BEGIN UPDATE t SET note = CASE id WHEN 1 THEN {text} END; SELECT 1; END"
)


@given(texts=st.lists(INSIDE, max_size=5))
def test_statements_run_one_by_one_make_the_database_of_the_script(texts: list[str]) -> None:
    quoted = [literal(text.replace("\x00", ""), "sqlite") for text in texts]
    script = f"{TABLE}; /* ; */" + "".join(
        f"{TRIGGER.format(n=n, text=text)}\n; -- ;\nINSERT INTO t (note) VALUES ({text});"
        for n, text in enumerate(quoted)
    )
    whole, single = sqlite3.connect(":memory:"), sqlite3.connect(":memory:", isolation_level=None)

    whole.executescript(script)
    for part in split(script, "sqlite"):
        single.execute(part.text)

    assert list(whole.iterdump()) == list(single.iterdump())
    whole.close()
    single.close()

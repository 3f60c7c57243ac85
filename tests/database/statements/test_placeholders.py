"""Placeholders are found outside of literals and comments, and masked by SQL of the same length."""

import pytest

from langgraph_dba.database.statements import mask, placeholders

# text -> what is found, and the masked text
POSTGRESQL = {
    "a = %s AND b = %(b)s": (["%s", "%(b)s"], "a = $1 AND b = $1   "),
    "a = :a AND b = :b_1::int": ([":a", ":b_1"], "a = $1 AND b = $1  ::int"),
    "a::int, b[1:n], c[1:2], d := 1": ([], None),
    "'100%s :a ?', \"%s\", $$ ? :a $$, $x$ %s $x$ -- ? :a\n/* %s /* ? */ :a */": ([], None),
    "E'\\' :a', 'b\\', :c": ([":c"], "E'\\' :a', 'b\\', $1"),
    "a = ? AND ? < b": (["?", "?"], "a = 0 AND 0 < b"),
    "VALUES (?, ?) LIMIT ?": (["?", "?", "?"], "VALUES (0, 0) LIMIT 0"),
    "id=? OR a IN (?,?)": (["?", "?", "?"], "id=0 OR a IN (0,0)"),
    "doc ? 'key'": ([], None),
    "doc ? ?": (["?"], "doc ? 0"),
    "doc ?| array[?] AND (a -> 'b') ?& c AND d @? '$.x'": (["?"], "doc ?| array[0] AND (a -> 'b') ?& c AND d @? '$.x'"),
    "doc::jsonb ?? 'key' AND t.\"doc\" ? 'b'": ([], None),
    "a = $1 AND b = $12": (["$1", "$12"], None),
    "a$1, b": ([], None),
    "a = :'v' AND :\"col\" = 1": ([":'v'", ':"col"'], "a = 'v'  AND \"col\"  = 1"),
    "a LIKE 'x%' AND b % score = 0 AND c%s": (["%s"], None),
}
MARIADB = {
    "a = ? AND b = :b AND c = %s": (["?", ":b", "%s"], "a = ? AND b = ?  AND c = ? "),
    "@a := 1, 'it\\'s ?', \"?\", `?` # ?\n-- ?\n, ?": (["?"], None),
    "again: LOOP SELECT 1; END LOOP": ([], None),
}
SQLITE = {
    "a = ? AND b = ?2 AND c = :c AND d = @d AND e = $e": (["?", "?2", ":c", "@d", "$e"], None),
    "[?], `?`, \"?\", '?', %(a)s": (["%(a)s"], "[?], `?`, \"?\", '?', ?    "),
}
JINJA = {
    "SELECT * FROM {{ ref('a?') }} t": (["{{ ref('a?') }}"], "SELECT * FROM j1              t"),
    "SELECT {% if x %}a{% else %}b{% endif %}{# it's ? #}": (
        ["{% if x %}", "{% else %}", "{% endif %}", "{# it's ? #}"],
        "SELECT           a          b                       ",
    ),
    "FROM s_{{ env }}.t, {{ a }}_x": (["{{ env }}", "{{ a }}"], "FROM s_j1       .t, j2______x"),
    "{{ config(a='b') }}\nSELECT 1": (["{{ config(a='b') }}"], " " * 19 + "\nSELECT 1"),
    "SELECT {{ f(\n1) }}": (["{{ f(\n1) }}"], "SELECT j1   \n     "),
    "'{{ x }}'": ([], None),
}
CASES = [
    *(("postgresql", text, *expected) for text, expected in POSTGRESQL.items()),
    *(("mariadb", text, *expected) for text, expected in MARIADB.items()),
    *(("sqlite", text, *expected) for text, expected in SQLITE.items()),
    *(
        (dialect, text, *expected)
        for text, expected in JINJA.items()
        for dialect in ("postgresql", "mariadb", "sqlite")
    ),
]


@pytest.mark.parametrize(("dialect", "text", "found", "masked"), CASES)
def test_placeholders_and_mask(dialect: str, text: str, found: list[str], masked: str | None) -> None:
    spans = [text[item.start : item.end] for item in placeholders(text, dialect)]

    assert spans == found
    if masked is not None:
        assert mask(text, dialect) == masked
    elif not found:
        assert mask(text, dialect) == text


def test_names_and_numbers() -> None:
    sql = "SELECT %(a)s, :b, ?3, $4, $c, @d, {{- ref('e') -}}"

    found = [(item.style, item.name, item.number) for item in placeholders(sql, "sqlite")]

    assert found == [
        ("%(name)s", "a", None),
        (":name", "b", None),
        ("?", "", 3),
        ("$1", "", 4),
        ("$name", "c", None),
        ("@name", "d", None),
        ("{{ }}", "ref('e')", None),
    ]

"""The rows of COPY … FROM stdin are decoded as the server decodes them."""

import pytest

from langgraph_dba.database.statements import CopyRow, split

TEXT = {
    "1\ta": [("1", "a")],
    "\\N\t\\\\N\t": [(None, r"\N", "")],
    r"a\tb\nc\\d\be": [("a\tb\nc\\d\be",)],
    "a\\\tb\tc": [("a\tb", "c")],
    "a\\\nb": [("a\nb",)],
    r"\x41\101\303\274\q": [("AAüq",)],
    "\n": [("",)],
    "": [],
}
OPTIONS: dict[str, tuple[str, list[CopyRow]]] = {
    "(FORMAT csv)": ('1,"a,""b""\nc",\n,"",x', [("1", 'a,"b"\nc', None), (None, "", "x")]),
    "WITH CSV HEADER DELIMITER AS ';' NULL AS 'nil'": ("a;b\n1;nil\n", [("1", None)]),
    "(FORMAT csv, QUOTE '''', ESCAPE E'\\\\')": ("'a\\'b',c\r\n", [("a'b", "c")]),
    "WITH DELIMITER '|' NULL ''": ("1||a\\|b\n", [("1", None, "a|b")]),
    "(DELIMITER E'\\t', HEADER false)": ("1\t2\n", [("1", "2")]),
}


@pytest.mark.parametrize("data", TEXT)
def test_text_format(data: str) -> None:
    (statement,) = split(f"COPY t FROM stdin;\n{data}\n\\.\n" if data else "COPY t FROM stdin;\n\\.\n", "postgresql")

    assert list(statement.rows()) == (TEXT[data] if data != "\n" else [("",), ("",)])


@pytest.mark.parametrize("options", OPTIONS)
def test_options(options: str) -> None:
    data, rows = OPTIONS[options]

    (statement,) = split(f"COPY t FROM stdin {options};\n{data.rstrip(chr(10))}\n\\.\n", "postgresql")

    assert list(statement.rows()) == rows


def test_the_span_of_the_data_is_that_of_the_file() -> None:
    script = "COPY t FROM stdin;\nä\n\\.\nSELECT 1;"

    copy, _ = split(script, "postgresql")

    assert script[copy.data_start : copy.data_end] == copy.data == "ä\n"

"""A script is split only at the end of a statement, whatever its literals, comments and bodies contain.

In the expected texts, `meta:` and `copy:` name the kind of a statement that is not SQL.
"""

import subprocess
import sys

import pytest

from langgraph_dba.database.statements import Statement, split

TRIGGER = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN IF NEW.x THEN SET NEW.x = 1; END IF; SET @y = 2; END"
MARIADB = {
    "SELECT 1; SELECT 2": ["SELECT 1", "SELECT 2"],
    "SELECT ';', \"a;b\", `c;d`;": ["SELECT ';', \"a;b\", `c;d`"],
    r"SELECT 'it\'s;', 'it''s;'; SELECT 2": [r"SELECT 'it\'s;', 'it''s;'", "SELECT 2"],
    r"SELECT 'a\\'; SELECT 2": [r"SELECT 'a\\'", "SELECT 2"],
    "SELECT 1 -- a; b\n; # c; d\nSELECT /* e; f */ 2": ["SELECT 1", "SELECT /* e; f */ 2"],
    "SELECT 1--2; SELECT 3": ["SELECT 1--2", "SELECT 3"],
    "SELECT 1 --\u00a0; SELECT 3": ["SELECT 1 --\u00a0", "SELECT 3"],
    "-----------\n--title; x\nSELECT 1": ["SELECT 1"],
    "/*! SET @a = 1 */; SELECT 1": ["/*! SET @a = 1 */", "SELECT 1"],
    "/*M!100000 SET @a = ';' */; SELECT 1": ["/*M!100000 SET @a = ';' */", "SELECT 1"],
    f"{TRIGGER}; SELECT 1": [TRIGGER, "SELECT 1"],
    f"/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 {TRIGGER[7:]} */; SELECT 1": [
        f"/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 {TRIGGER[7:]} */",
        "SELECT 1",
    ],
    "/*M!999999\\- enable the sandbox mode */\nSELECT 1;": [
        "meta:/*M!999999\\- enable the sandbox mode */",
        "SELECT 1",
    ],
    "SELECT CASE WHEN 1 THEN 2 END; SELECT 3": ["SELECT CASE WHEN 1 THEN 2 END", "SELECT 3"],
    "BEGIN; SELECT 1; COMMIT": ["BEGIN", "SELECT 1", "COMMIT"],
    "BEGIN NOT ATOMIC SELECT 1; END; SELECT 2": ["BEGIN NOT ATOMIC SELECT 1; END", "SELECT 2"],
    "DELIMITER //\nCREATE PROCEDURE p() SELECT 1; SELECT 2//\nDELIMITER ;\nSELECT 3;": [
        "meta:DELIMITER //",
        "CREATE PROCEDURE p() SELECT 1; SELECT 2",
        "meta:DELIMITER ;",
        "SELECT 3",
    ],
    "delimiter $$\nSELECT 1; SELECT 2 $$\nSELECT 3\nDelimiter ;\nSELECT 4;": [
        "meta:delimiter $$",
        "SELECT 1; SELECT 2",
        "SELECT 3",
        "meta:Delimiter ;",
        "SELECT 4",
    ],
    "SELECT 1\\G SELECT 2\\g": ["SELECT 1", "SELECT 2"],
    "source a.sql\nUSE b;\n\\! ls; ls\nSELECT 1": ["meta:source a.sql", "USE b", "meta:\\! ls; ls", "SELECT 1"],
    "CREATE PROCEDURE p() IF a THEN SELECT 1; END IF; SELECT 2": [
        "CREATE PROCEDURE p() IF a THEN SELECT 1; END IF",
        "SELECT 2",
    ],
    "CREATE PROCEDURE IF NOT EXISTS p() SELECT IF(1, 2, 3); SELECT 2": [
        "CREATE PROCEDURE IF NOT EXISTS p() SELECT IF(1, 2, 3)",
        "SELECT 2",
    ],
    "CREATE FUNCTION f() RETURNS INT RETURN CASE 1 WHEN 1 THEN 2 END; SELECT 2": [
        "CREATE FUNCTION f() RETURNS INT RETURN CASE 1 WHEN 1 THEN 2 END",
        "SELECT 2",
    ],
    "CREATE FUNCTION f RETURNS STRING SONAME 'f.so'; SELECT 2": [
        "CREATE FUNCTION f RETURNS STRING SONAME 'f.so'",
        "SELECT 2",
    ],
    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = IF(1, 2, 3); SELECT 1": [
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = IF(1, 2, 3)",
        "SELECT 1",
    ],
    "CREATE TABLE event (begin int); SELECT 1": ["CREATE TABLE event (begin int)", "SELECT 1"],
    "CREATE OR REPLACE VIEW trigger AS SELECT 1 begin; SELECT 1": [
        "CREATE OR REPLACE VIEW trigger AS SELECT 1 begin",
        "SELECT 1",
    ],
    ";;\n -- nothing\n;": [],
}
# each is the body of a procedure; the statement ends behind it
MARIADB_BODIES = [
    "BEGIN END",
    "BEGIN CASE @a WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; SELECT 2; END",
    "BEGIN a: LOOP SET @b = CASE WHEN @c THEN IF(1, 2, 3) ELSE REPEAT('x', 2) END; LEAVE a; END LOOP a; SELECT 2; END",
    "BEGIN REPEAT SET @a = @a + 1; UNTIL @a > CASE 1 WHEN 1 THEN 2 END END REPEAT; SELECT 2; END",
    "BEGIN WHILE @a DO IF @b THEN CALL x; ELSEIF @c THEN CALL x; ELSE IF @d THEN CALL x; END IF; END IF; END WHILE;END",
    "BEGIN FOR i IN 1..3 DO SELECT i; END FOR; SELECT 1 FOR UPDATE; END",
    "BEGIN DECLARE EXIT HANDLER FOR NOT FOUND BEGIN SELECT 1; END; DECLARE CONTINUE HANDLER FOR 1062 SET @a = 1; END",
    "outer_one: BEGIN `l;`: BEGIN SELECT 1; END `l;`; DROP TABLE IF EXISTS a; END outer_one",
    "BEGIN SELECT t.end, t.`begin`, end FROM t; SELECT 1; END",
    "BEGIN\n-- END; it's\nSELECT 1 /* END */; # BEGIN\nSELECT ';END;'; END",
    "SQL SECURITY INVOKER COMMENT 'BEGIN;' REPEAT SELECT 1; UNTIL 1 END REPEAT",
    "WHILE 1 DO SELECT 1; END WHILE",
]
POSTGRESQL = {
    "SELECT 1; SELECT 2": ["SELECT 1", "SELECT 2"],
    r"SELECT 'a\'; SELECT E'b\';c'; SELECT 3": [r"SELECT 'a\'", r"SELECT E'b\';c'", "SELECT 3"],
    "SELECT e'a' \n\n 'b\\';c'; SELECT 2": ["SELECT e'a' \n\n 'b\\';c'", "SELECT 2"],
    r"SELECT type'a\'; SELECT U&'b\'; SELECT 2": [r"SELECT type'a\'", r"SELECT U&'b\'", "SELECT 2"],
    "SELECT $$a;'$$, $x$;$$;$x$; SELECT 2": ["SELECT $$a;'$$, $x$;$$;$x$", "SELECT 2"],
    "SELECT a$b$; SELECT c$b$ FROM t": ["SELECT a$b$", "SELECT c$b$ FROM t"],
    "SELECT ü$$; SELECT b2$$ FROM t": ["SELECT ü$$", "SELECT b2$$ FROM t"],
    "SELECT $1; SELECT $2": ["SELECT $1", "SELECT $2"],
    "/* a /* b; */ c; */ SELECT 1 /* d; */; SELECT 2 -- e;": ["SELECT 1", "SELECT 2"],
    'SELECT "a;""b"; SELECT 2': ['SELECT "a;""b"', "SELECT 2"],
    "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); SELECT 1": [
        "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)",
        "SELECT 1",
    ],
    "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE a WHEN 1 THEN 2 END; SELECT 3; END; END;": [
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE a WHEN 1 THEN 2 END; SELECT 3; END",
        "END",
    ],
    "CREATE PROCEDURE p() BEGIN ATOMIC SELECT (CASE WHEN a THEN b END); END; BEGIN; CREATE TABLE t(); END;": [
        "CREATE PROCEDURE p() BEGIN ATOMIC SELECT (CASE WHEN a THEN b END); END",
        "BEGIN",
        "CREATE TABLE t()",
        "END",
    ],
    "\\restrict a;b\n\\connect x\nSELECT 1;": ["meta:\\restrict a;b", "meta:\\connect x", "SELECT 1"],
    "SELECT 1 \\gset a_\nSELECT 2 \\g\n": ["SELECT 1", "meta:\\gset a_", "SELECT 2", "meta:\\g"],
    "SELECT 1 \\; SELECT 2; SELECT 3": ["SELECT 1", "SELECT 2", "SELECT 3"],
    "\\set a 'x\\'y' \\\\ SELECT 1;": ["meta:\\set a 'x\\'y'", "SELECT 1"],
    "\\copy t from 'a;b\\c'\nSELECT 1;": ["meta:\\copy t from 'a;b\\c'", "SELECT 1"],
    "\\copy t from stdin\na;b\n\\.\nSELECT 1;": ["meta:\\copy t from stdin", "SELECT 1"],
    "SELECT :'a;b', :\"c;d\", x[1:2], y::int; SELECT 2": ["SELECT :'a;b', :\"c;d\", x[1:2], y::int", "SELECT 2"],
    "COPY t (a, b) FROM stdin;\nit's;\t$$\n\\.\nSELECT 1;": ["copy:COPY t (a, b) FROM stdin", "SELECT 1"],
    "copy t from STDIN with (format csv) -- x;\n;\n1;\r\n\\.\r\nSELECT 1;": [
        "copy:copy t from STDIN with (format csv)",
        "SELECT 1",
    ],
    "COPY t FROM stdin;\n\\.\nSELECT 1;": ["copy:COPY t FROM stdin", "SELECT 1"],
    "COPY t FROM stdin; DROP TABLE t;\n1\n\\.\nSELECT 1;": ["copy:COPY t FROM stdin", "DROP TABLE t", "SELECT 1"],
    "COPY t TO stdout; COPY (SELECT 1 AS stdin) TO '/x'; COPY t FROM '/stdin'; SELECT 1": [
        "COPY t TO stdout",
        "COPY (SELECT 1 AS stdin) TO '/x'",
        "COPY t FROM '/stdin'",
        "SELECT 1",
    ],
    "SET standard_conforming_strings = off; SELECT 'a\\';b'; SET standard_conforming_strings = on; SELECT 'a\\';": [
        "SET standard_conforming_strings = off",
        "SELECT 'a\\';b'",
        "SET standard_conforming_strings = on",
        "SELECT 'a\\'",
    ],
    "CREATE TABLE function AS SELECT 1 AS begin; SELECT 1": ["CREATE TABLE function AS SELECT 1 AS begin", "SELECT 1"],
    "-- a\rDROP TABLE t; SELECT 1": ["DROP TABLE t", "SELECT 1"],
    "\ufeffSELECT 1;": ["SELECT 1"],
}
SQLITE = {
    'SELECT \';\', "a;""b", `c;d`, [e;\']; SELECT 2': ['SELECT \';\', "a;""b", `c;d`, [e;\']', "SELECT 2"],
    r"SELECT 'a\'; SELECT 2": [r"SELECT 'a\'", "SELECT 2"],
    "SELECT 1 --a;\n, 2 /* b; /* */; SELECT 3": ["SELECT 1 --a;\n, 2", "SELECT 3"],
    "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3; END; SELECT 4": [
        "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3; END",
        "SELECT 4",
    ],
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT end, NEW.end FROM a; /* x */ END /* y */; SELECT 4": [
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT end, NEW.end FROM a; /* x */ END",
        "SELECT 4",
    ],
    "BEGIN TRANSACTION; CREATE TABLE t (trigger, begin, end); COMMIT; PRAGMA user_version = 1;": [
        "BEGIN TRANSACTION",
        "CREATE TABLE t (trigger, begin, end)",
        "COMMIT",
        "PRAGMA user_version = 1",
    ],
    ".mode csv\n.read 'a;b.sql'\nSELECT 1;\n.quit": [
        "meta:.mode csv",
        "meta:.read 'a;b.sql'",
        "SELECT 1",
        "meta:.quit",
    ],
    "SELECT a\n.b FROM a; # x\n": ["SELECT a\n.b FROM a", "# x"],
}
CASES = [(dialect, script) for dialect in ("mariadb", "postgresql", "sqlite") for script in globals()[dialect.upper()]]
JINJA = {
    'SELECT {{ "a;b" }}; SELECT 2': ['SELECT {{ "a;b" }}', "SELECT 2"],
    "SELECT {{ f({'a': {'b': ';'}}) }}; SELECT 2": ["SELECT {{ f({'a': {'b': ';'}}) }}", "SELECT 2"],
    "{% if a == '%};' %}\nSELECT 1;\n{% endif %}\n{# it's; #}": ["SELECT 1"],
    "SELECT 1 {# it's; #} + 2; SELECT 3": ["SELECT 1 {# it's; #} + 2", "SELECT 3"],
}
UNTERMINATED = [
    ("sqlite", "SELECT 'a; b", "literal"),
    ("sqlite", 'SELECT "a; b', "quoted name"),
    ("sqlite", "SELECT [a; b", "quoted name"),
    ("sqlite", "/* a; b", "comment"),
    ("sqlite", "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;", "block"),
    ("mariadb", 'SELECT "a; b', "literal"),
    ("mariadb", "SELECT `a; b", "quoted name"),
    ("mariadb", "/*!50003 SELECT 1;", "executed comment"),
    ("mariadb", "CREATE PROCEDURE p() BEGIN SELECT 1;", "block"),
    ("postgresql", "SELECT E'a\\'; b", "literal"),
    ("postgresql", "SELECT $x$a; $$ b", "dollar quote $x$"),
    ("postgresql", "SELECT 1 /* /* a */; b", "comment"),
    ("postgresql", "SELECT (1; SELECT 2;", "parenthesis"),
    ("postgresql", "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;", "block"),
    ("postgresql", "SELECT {{ 'a' ;", "Jinja expression"),
    ("postgresql", "SELECT {% 'a' ;", "Jinja tag"),
    ("postgresql", "SELECT {# 'a' ;", "Jinja comment"),
]


def kinds_and_texts(script: str, dialect: str) -> list[str]:
    return [("" if part.kind == "sql" else f"{part.kind}:") + part.text for part in split(script, dialect)]


@pytest.mark.parametrize(("dialect", "script"), CASES)
def test_a_script_is_split_at_the_end_of_each_statement(dialect: str, script: str) -> None:
    expected = {"mariadb": MARIADB, "postgresql": POSTGRESQL, "sqlite": SQLITE}[dialect][script]

    assert kinds_and_texts(script, dialect) == expected


@pytest.mark.parametrize("body", MARIADB_BODIES)
def test_a_body_without_delimiter_is_one_statement(body: str) -> None:
    statement = f"CREATE DEFINER=a@`b` PROCEDURE p(IN n INT) {body}"

    assert kinds_and_texts(f"{statement}; SELECT 9;", "mariadb") == [statement, "SELECT 9"]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mariadb"])
@pytest.mark.parametrize("script", JINJA)
def test_jinja_is_opaque(script: str, dialect: str) -> None:
    assert kinds_and_texts(script, dialect) == JINJA[script]


@pytest.mark.parametrize(("dialect", "text", "name"), UNTERMINATED)
def test_open_text_runs_to_the_end_and_is_named(dialect: str, text: str, name: str) -> None:
    first, last = split(f"SELECT 1; {text}", dialect)

    assert (first.text, first.unterminated) == ("SELECT 1", "")
    assert (last.text, last.unterminated) == (text, name)


def test_copy_without_an_end_keeps_its_data() -> None:
    (statement,) = split("COPY t FROM stdin;\n1\n2", "postgresql")

    assert (statement.text, statement.data, statement.unterminated) == ("COPY t FROM stdin", "1\n2", "COPY data")


def test_a_psql_command_inside_of_a_statement_becomes_blanks() -> None:
    """Two branches of `\\if` within one statement would otherwise make it unreadable."""
    command, statement = split("SELECT 1,\n\\echo a;b\n2;", "postgresql")

    assert (command.kind, command.text) == ("meta", "\\echo a;b")
    assert statement.text == "SELECT 1,\n         \n2"


def test_places_are_those_of_the_file() -> None:
    script = "-- ü\r\n\r\n  SELECT 'ä\n€' ; SELECT 2"

    first, second = split(script, "postgresql")

    assert (first.line, first.column, first.end_line) == (3, 3, 4)
    assert (second.line, second.column, second.start, second.start_byte) == (4, 6, 25, 29)


def test_an_unknown_dialect_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no dialect 'oracle'; the dialects are sqlite, postgresql, mariadb"):
        split("SELECT 1", "oracle")


def test_importing_loads_no_parser() -> None:
    parsers = {"postgast", "psycopg", "sqlglot"}
    code = f"import sys, langgraph_dba.database.statements; print(sorted({parsers} & {{*sys.modules}}))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_statement_is_immutable() -> None:
    assert Statement.__slots__
    with pytest.raises(AttributeError):
        next(split("SELECT 1", "sqlite")).text = "x"  # type: ignore[misc]

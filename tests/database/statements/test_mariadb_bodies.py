"""MariaDB takes each body that the splitter keeps whole as one statement."""

from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database.statements import split

DUMP = Path(__file__).parent / "dumps" / "mariadb_dump.sql"
BODIES = """
CREATE PROCEDURE p1() BEGIN CASE @a WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; SELECT 2; END;
CREATE PROCEDURE p2() BEGIN a: LOOP SET @b = CASE WHEN @c THEN IF(1, 2, 3) ELSE REPEAT('x', 2) END;
LEAVE a; END LOOP a; END;
CREATE PROCEDURE p3() BEGIN REPEAT SET @a = 1; UNTIL @a > CASE 1 WHEN 1 THEN 2 END END REPEAT; SELECT 2; END;
CREATE PROCEDURE p4() WHILE @a DO IF @b THEN SELECT 1; ELSEIF @c THEN SELECT 2; ELSE IF @d THEN SELECT 3; END IF;
END IF;
END WHILE;
CREATE PROCEDURE p5() BEGIN FOR i IN 1..3 DO SELECT i; END FOR; SELECT 1 FOR UPDATE; END;
CREATE PROCEDURE p6() BEGIN DECLARE EXIT HANDLER FOR NOT FOUND BEGIN SELECT 1; END; SELECT 2; END;
CREATE PROCEDURE p7() outer_one: BEGIN `l;`: BEGIN SELECT 1; END `l;`; DROP TABLE IF EXISTS a; END outer_one;
CREATE PROCEDURE p8() BEGIN SELECT t.end, t.`begin`, end FROM t; /* END; */ SELECT ';END;'; END;
CREATE PROCEDURE p9() SQL SECURITY INVOKER COMMENT 'BEGIN;' IF @a THEN SELECT 1; END IF;
CREATE FUNCTION f1() RETURNS INT RETURN CASE 1 WHEN 1 THEN IF(1, 2, 3) END;
BEGIN NOT ATOMIC SET @a = 1; SET @b = 2; END;
"""


@pytest.mark.server
def test_bodies_without_delimiter_are_created() -> None:
    with usable("mariadb").scratch() as scratch, scratch.connect("owner") as owner:
        owner.script(BODIES)
        routines = owner.run(
            "SELECT count(*) FROM information_schema.routines WHERE routine_schema = database()"
        ).scalar

    assert routines == 10


@pytest.mark.server
def test_a_dump_is_loaded() -> None:
    # a definer and an event need rights that the owner of a scratch database lacks
    script = DUMP.read_text(encoding="utf-8").replace("DEFINER=`root`@`localhost`", "")
    texts = [part.text for part in split(script, "mariadb") if part.kind == "sql" and "EVENT" not in part.text]
    with usable("mariadb").scratch() as scratch, scratch.connect("owner") as owner:
        for text in texts:
            owner.run(text)
        rows = owner.run("SELECT note FROM `odd;name` ORDER BY id").rows

    assert rows == (("it's; # no",), ("line\ntwo; ü",), (None,))


CONTINUED = """
DELIMITER $$
CREATE PROCEDURE p() BEGIN
  SELECT 'a\\\\
', 1, \\
    2; -- three \\
END$$
DELIMITER ;
SELECT 4 \\
;
"""


@pytest.mark.server
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_backslash_at_the_end_of_a_line_is_dropped_outside_of_literals(line_end: str) -> None:
    """The client does it: MariaDB itself refuses the statement."""
    texts = [one.text for one in split(CONTINUED.replace("\n", line_end), "mariadb") if one.kind == "sql"]
    with usable("mariadb").scratch() as scratch, scratch.connect("owner") as owner:
        for text in texts:
            owner.run(text)
        rows = owner.run("CALL p()").rows

    assert len(texts) == 2
    assert rows == ((f"a\\{line_end}", 1, 2),)

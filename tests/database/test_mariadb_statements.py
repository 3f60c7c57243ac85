"""A MariaDB script is split only at the end of a statement."""

import pytest

from langgraph_dba.database.engines.mariadb.script_splitter import split_script

TRIGGER = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN IF NEW.x THEN SET NEW.x = 1; END IF; SET @y = 2; END"
CASES = {
    "SELECT 1; SELECT 2": ["SELECT 1", "SELECT 2"],
    "SELECT ';', \"a;b\", `c;d`;": ["SELECT ';', \"a;b\", `c;d`"],
    r"SELECT 'it\'s;', 'it''s;'; SELECT 2": [r"SELECT 'it\'s;', 'it''s;'", "SELECT 2"],
    "SELECT 1 -- a; b\n; # c; d\nSELECT /* e; f */ 2": ["SELECT 1", "SELECT   2"],
    "SELECT 1--2; SELECT 3": ["SELECT 1--2", "SELECT 3"],
    "/*! SET @a = 1 */; SELECT 1": ["/*! SET @a = 1 */", "SELECT 1"],
    f"{TRIGGER}; SELECT 1": [TRIGGER, "SELECT 1"],
    "SELECT CASE WHEN 1 THEN 2 END; SELECT 3": ["SELECT CASE WHEN 1 THEN 2 END", "SELECT 3"],
    "BEGIN; SELECT 1; COMMIT": ["BEGIN", "SELECT 1", "COMMIT"],
    "DELIMITER //\nCREATE PROCEDURE p() SELECT 1; SELECT 2//\nDELIMITER ;\nSELECT 3;": [
        "CREATE PROCEDURE p() SELECT 1; SELECT 2",
        "SELECT 3",
    ],
    ";;\n -- nothing\n;": [],
}


@pytest.mark.parametrize("script", CASES)
def test_a_script_is_split_at_the_end_of_each_statement(script: str) -> None:
    assert list(split_script(script)) == CASES[script]

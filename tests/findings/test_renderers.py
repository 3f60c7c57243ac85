"""Tests of the renderers: text, JSON, SARIF and GitHub commands."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from langgraph_dba.findings import FileLocation, Finding, RuleInfo, SchemaLocation, Severity
from langgraph_dba.findings.renderers import render_github, render_json, render_sarif, render_text
from langgraph_dba.findings.source import SourceFiles

RULES = (RuleInfo("unknown-tool", "minor", "The tool is unknown."), RuleInfo("money-as-float", "critical", "Why."))
IN_SCHEMA = Finding.in_schema("money_as_float", "critical", "bills", "is a float", "use decimal", column="total")


def in_file(
    file: str = "a.md", line: int = 0, column: int = 0, end_column: int = 0, severity: Severity = "minor"
) -> Finding:
    location = FileLocation(file=file, line=line, column=column, end_column=end_column)
    return Finding(rule="unknown-tool", severity=severity, location=location, message="is unknown", help="write Write")


# -- text --------------------------------------------------------------------------------------------------------


def test_carets_are_under_the_range(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("---\ntools: Read, Wirte\r\n\tx: Wirte\n", encoding="utf-8")

    text = render_text([in_file(str(file), 2, 14, 19), in_file(str(file), 3, 5, 10)], SourceFiles())

    assert text.split("\n") == [
        f"{file}:2: unknown-tool is unknown: write Write",
        "    2 | tools: Read, Wirte",
        "      |              ^^^^^",
        f"{file}:3: unknown-tool is unknown: write Write",
        "    3 | \tx: Wirte",
        "      | \t   ^^^^^",
    ]


def test_a_range_without_end_or_beyond_the_line_ends_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("tools: Wirte\n", encoding="utf-8")

    for end_column in (0, 90):
        text = render_text([in_file(str(file), 1, 8, end_column)], SourceFiles())
        assert text.endswith("      |        ^^^^^")


@pytest.mark.parametrize("finding", [in_file("no/such/file.md", 2, 1, 3), in_file("", 0), IN_SCHEMA])
def test_without_a_source_there_is_one_line(finding: Finding) -> None:
    assert render_text([finding], SourceFiles()) == str(finding)


def test_a_line_without_columns_has_no_carets_and_passwords_are_redacted(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("url: postgresql://app:secret-word@db/x\n", encoding="utf-8")

    assert render_text([in_file(str(file), 1)], SourceFiles()).endswith("    1 | url: postgresql://app:***@db/x")
    assert render_text([in_file(str(file), 1, 6, 9)], SourceFiles()).endswith("    1 | url: postgresql://app:***@db/x")


# -- JSON --------------------------------------------------------------------------------------------------------


def test_json_has_the_documented_keys() -> None:
    first, second = json.loads(render_json([in_file("a.md", 4, 8, 13), IN_SCHEMA]))["findings"]

    assert {"rule", "severity", "file", "line", "column", "message", "help", "fix"} <= first.keys()
    assert {"rule", "severity", "table", "column", "constraint", "message", "help", "fix"} == second.keys()


# -- SARIF -------------------------------------------------------------------------------------------------------

POSITION = {"type": "integer", "minimum": 1}
# The parts of https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json in use here.
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"enum": ["2.1.0"]},
        "runs": {"type": "array", "items": {"$ref": "#/definitions/run"}},
    },
    "definitions": {
        "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "run": {
            "type": "object",
            "required": ["tool"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "properties": {"driver": {"$ref": "#/definitions/driver"}},
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/definitions/result"}},
            },
        },
        "driver": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string"},
                "version": {"type": "string"},
                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/definitions/rule"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/definitions/message"},
                "defaultConfiguration": {"type": "object", "properties": {"level": {"$ref": "#/definitions/level"}}},
            },
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "level": {"$ref": "#/definitions/level"},
                "message": {"$ref": "#/definitions/message"},
                "locations": {"type": "array", "items": {"$ref": "#/definitions/location"}},
            },
        },
        "location": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "additionalProperties": False,
                    "properties": {
                        "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string"}}},
                        "region": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["startLine"],
                            "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), POSITION),
                        },
                    },
                },
                "logicalLocations": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"fullyQualifiedName": {"type": "string"}}},
                },
            },
        },
    },
}


def sarif(*findings: Finding) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render_sarif(findings, RULES))
    jsonschema.validate(document, SARIF)
    run: dict[str, Any] = document["runs"][0]
    return run


def test_sarif_names_the_tool_and_its_rules() -> None:
    driver = sarif()["tool"]["driver"]

    assert (driver["name"], driver["rules"][0]["id"]) == ("langgraph-dba", "unknown-tool")
    assert [rule["defaultConfiguration"]["level"] for rule in driver["rules"]] == ["warning", "error"]


def test_sarif_has_a_region_with_one_based_positions() -> None:
    (result,) = sarif(in_file("my team/a.md", 4, 8, 13))["results"]

    assert (result["ruleId"], result["level"]) == ("unknown-tool", "warning")
    assert result["message"]["text"] == "is unknown: write Write"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20team/a.md"},
        "region": {"startLine": 4, "startColumn": 8, "endColumn": 13},
    }


def test_sarif_omits_unknown_positions() -> None:
    whole, nowhere, schema = sarif(in_file("/t/a.md"), in_file(""), IN_SCHEMA)["results"]

    assert whole["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "file:///t/a.md"}}}]
    assert nowhere["locations"] == []
    assert schema["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "bills.total"}]}]


# -- GitHub ------------------------------------------------------------------------------------------------------


def test_github_gets_one_command_per_finding() -> None:
    findings = [in_file("a.md", 4, 8, 13), IN_SCHEMA, in_file(severity="nit")]

    assert render_github(findings).split("\n") == [
        "::warning file=a.md,line=4,col=8,endColumn=12,title=unknown-tool::is unknown: write Write",
        "::error title=money-as-float::bills.total: is a float: use decimal",
        "::notice file=a.md,title=unknown-tool::is unknown: write Write",
    ]


def test_github_commands_are_escaped() -> None:
    location = FileLocation(file="C:\\a,b%.md", line=1)
    finding = Finding(rule="r", severity="minor", location=location, message="50% of\r\nlines::error::x")

    assert render_github([finding]) == "::warning file=C%3A\\a%2Cb%25.md,line=1,title=r::50%25 of%0D%0Alines::error::x"


# -- all ---------------------------------------------------------------------------------------------------------


def test_without_findings_documents_are_empty() -> None:
    assert (render_text([], SourceFiles()), render_github([])) == ("", "")
    assert json.loads(render_json([])) == {"findings": []}
    assert sarif()["results"] == []


def test_a_finding_about_a_schema_without_a_table_names_the_schema() -> None:
    finding = Finding(rule="r", severity="major", location=SchemaLocation(), message="is empty")

    assert render_github([finding]) == "::error title=r::schema: is empty"
    assert sarif(finding)["results"][0]["locations"] == []

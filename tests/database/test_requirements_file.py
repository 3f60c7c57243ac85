"""`requirements.yaml`: parsing, errors with their lines, and writing without loss."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from langgraph_dba.database import requirements as package
from langgraph_dba.database.request import read_request
from langgraph_dba.database.requirements import (
    Requirements,
    dump_requirements,
    load_requirements,
    requirements_json_schema,
)
from langgraph_dba.errors import Problem, RequirementsError

CLINIC = """\
title: Clinic
tenancy: {model: auto, entity: clinic}
entities:
  - name: clinic
    attributes:
      - {name: name, unique: true}
  - name: patient
    attributes:
      - {name: born_on, type: date, personal: true}
      - {name: fee, type: money, minimum: 0, default: 12.5}
relationships:
  - {from: patient, to: clinic}
workload:
  - {name: list_patients, entity: patient, filter: [clinic], sort: [born_on]}
compliance:
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(RequirementsError) as caught:
        load_requirements(text)
    return caught.value.problems


def only_problem(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


def test_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "requirements.yaml"
    path.write_text(CLINIC)

    assert load_requirements(path) == load_requirements(str(path)) == load_requirements(CLINIC)


def test_a_key_without_a_value_is_absent() -> None:
    assert load_requirements(CLINIC).compliance == ()


def test_booleans_and_times_of_yaml_1_1_stay_texts() -> None:
    text = (
        "title: x\nentities:\n  - name: poll\n    attributes: [{name: vote, type: choice, choices: [yes, no, on, 1]}]"
    )

    assert load_requirements(text).entities[0].attributes[0].choices == ("yes", "no", "on", "1")


def test_all_problems_are_reported_together_with_their_lines() -> None:
    text = (
        CLINIC.replace("entity: clinic}", "entity: clinik}")
        .replace("unique: true", "uniqe: true")
        .replace("type: date", "type: dat")
        .replace("to: clinic", "to: hospital")
        .replace("filter: [clinic]", "filter: [nme]")
    )

    assert [(problem.line, problem.rule) for problem in problems_of(text)] == [
        (2, "unknown-entity"),
        (6, "extra-forbidden"),
        (9, "literal-error"),
        (12, "unknown-entity"),
        (14, "unknown-attribute"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("title: Clinic\n", "", 1, "'title' is missing"),
        ("name: patient", "name: Patient File", 7, "lower-case words joined by underscores"),
        ("name: patient", "nmae: patient", 7, "did you mean 'name'"),
        ("name: patient", "name: clinic", 7, "a second entity has the name 'clinic'"),
        ("default: 12.5", "default: -1", 10, "outside minimum and maximum"),
        ("default: 12.5", "default: soon", 10, "use a number"),
        ("minimum: 0, default: 12.5", "maximum: 2, minimum: 3", 10, "swap them"),
        ("type: date", "type: date, length: 4", 9, "'length' has no meaning for type date"),
        ("type: date", "type: choice", 9, "list its values under 'choices'"),
        ("type: date", "type: date, after: fee", 9, "cannot come after 'fee'"),
        ("type: date", "type: date, after: birth", 9, "no other attribute of 'patient'"),
        ("name: fee", "name: order", 10, "a reserved word of SQL"),
        ("name: fee", "name: id", 10, "has an 'id' already"),
        ("name: fee", "name: clinic_id", 10, "creates 'clinic_id' already"),
        ("name: fee", "name: born_on", 10, "twice"),
        ("to: clinic}", "to: clinic, on_delete: set-null}", 12, "cannot be NULL"),
        ("to: clinic}", "to: clinic}\n  - {from: patient, to: clinic}", 13, "distinguish them"),
        ("to: clinic}", "to: patient}", 12, "required: false"),
        ("from: patient, to: clinic", "from: clinic, to: patient", 12, "is the tenant and cannot refer"),
        ("to: clinic}", "to: clinic, via: stay}", 12, "is for many-to-many"),
        ("entity: clinic}", "}", 2, "tenancy is auto without an entity"),
        ("compliance:", "scale: {rows: {doctor: 5}}", 15, "'doctor' is no entity"),
        ("compliance:", "scale: {rows: {patient: -5}}", 15, "greater than or equal to 0"),
        ("compliance:", "  - {name: list_patients, entity: patient}", 15, "rename one"),
        ("compliance:", "title: Again", 15, "a duplicate key (first: line 1)"),
        ("  - name: patient", "  - name: clinics\n  - name: patient", 7, "would both become the table 'clinics'"),
        ("type: date", "type: &birth date", 9, "anchors"),
        ("type: date", "type: !!str date", 9, "tag"),
        ("    attributes:\n      - {name: born_on", "\tattributes:\n      - {name: born_on", 8, "indent with spaces"),
    ],
)
def test_a_problem_states_what_where_and_how_to_fix_it(old: str, new: str, line: int, words: str) -> None:
    assert old in CLINIC

    found = problems_of(CLINIC.replace(old, new, 1))

    (problem,) = [problem for problem in found if words in problem.message]
    assert (problem.line, problem.file) == (line, "requirements.yaml")


def test_required_relationships_in_a_circle_are_refused() -> None:
    text = "title: x\nentities: [{name: egg}, {name: hen}]\nrelationships:\n"

    problem = only_problem(f"{text}  - {{from: egg, to: hen}}\n  - {{from: hen, to: egg}}")

    assert "each of egg, hen requires another to exist first" in problem.message
    assert problem.line == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("- a\n- b", "has no keys"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("[" * 500, "nested deeper"),
        ("a\x07b: 1", "not YAML"),
        ("title: a: b", "in quotes"),
        ("#" * (1024 * 1024 + 1), "larger than"),
    ],
)
def test_other_files_are_refused(text: str, words: str) -> None:
    assert words in only_problem(text).message


def test_a_text_nested_too_deep_is_one_problem() -> None:
    """Newer versions of PyYAML refuse such a text themselves, with their own message."""
    assert only_problem("[" * 100_000).line == 1


@pytest.mark.parametrize("content", [b"title: x\0", b"title: \xff\xfe"])
def test_binary_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "requirements.yaml"
    path.write_bytes(content)

    with pytest.raises(RequirementsError, match="UTF-8") as caught:
        load_requirements(path)

    assert caught.value.problems[0].file == str(path)


def test_unreadable_paths_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.yaml"):
        with pytest.raises(RequirementsError, match="cannot be read"):
            load_requirements(path)


def test_a_dump_has_the_command_to_run_again_and_lists_assumptions_first() -> None:
    requirements = read_request("an online shop with customers and orders")

    text = dump_requirements(requirements)

    assert "langgraph-dba session --requirements requirements.yaml --out DIR" in text
    keys = list(yaml.safe_load(text))
    assert keys[:3] == ["title", "request", "assumptions"]
    assert "required: true" not in text


def test_a_dump_loads_as_the_same_requirements() -> None:
    requirements = load_requirements(CLINIC)

    assert load_requirements(dump_requirements(requirements)) == requirements


def test_the_published_schema_is_the_model() -> None:
    published = Path(__file__).parents[2] / "docs" / "requirements.schema.json"

    assert json.loads(published.read_text(encoding="utf-8")) == requirements_json_schema()


def test_the_published_schema_accepts_a_file_and_refuses_a_wrong_one() -> None:
    validator = jsonschema.Draft202012Validator(requirements_json_schema())

    data = yaml.safe_load(dump_requirements(load_requirements(CLINIC)))

    assert list(validator.iter_errors(data)) == []
    assert list(validator.iter_errors({**data, "entitys": []}))


def test_exported_names_are_sorted_and_exist() -> None:
    assert package.__all__ == sorted(package.__all__)
    assert all(hasattr(package, name) for name in package.__all__)
    assert isinstance(load_requirements(CLINIC), Requirements)

"""Designs with the usual mistakes: the rules find them, the fixes clear them, and the proofs support the result."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Index, Schema
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.rules import RULES, find, fix_all, fix_of
from langgraph_dba.database.rules.kit.contradictions import added_contradictions, contradictions
from langgraph_dba.database.rules.kit.table_check import TableCheck
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.findings import Finding, score

Read = Callable[[str], Schema]


def test_the_usual_mistakes_are_all_found(flawed: Requirements) -> None:
    findings = find(design(flawed))

    assert Counter((finding.rule, str(finding.location)) for finding in findings) == Counter(
        {
            ("money-as-float", "repairs.price"): 1,
            ("unindexed-foreign-key", "repairs.customer_id"): 1,
            ("instant-without-zone", "repairs.started_at"): 1,
            ("instant-without-zone", "repairs.finished_at"): 1,
            ("transitive-dependency", "repairs.customer_city"): 1,
            ("repeating-group", "customers.phone1"): 1,
            ("delimiter-packed-column", "repairs.tags"): 1,
            ("free-text-status", "repairs.status"): 1,
            ("personal-data-unmarked", "customers.email"): 1,
            ("unchecked-amount", "repairs.price"): 1,
            ("end-before-start", "repairs.finished_at"): 1,
        }
    )
    assert score(findings) < 70


def test_the_most_severe_come_first(flawed: Requirements) -> None:
    assert [finding.severity for finding in find(design(flawed))] == ["critical"] + ["major"] * 6 + ["minor"] * 4


def test_the_second_review_passes(flawed: Requirements) -> None:
    """Only the list of states is missing: the rule has no fix, because the owner must name them."""
    schema = design(flawed)

    fixed, changes = fix_all(schema, find(schema))

    assert [finding.rule for finding in find(fixed)] == ["free-text-status"]
    assert score(find(fixed)) >= 90
    assert len(changes) == 10
    assert "money-as-float: repairs.price is decimal(12, 2) instead of float." in changes


def test_a_fixed_schema_is_proved(flawed: Requirements, engine: Engine) -> None:
    schema = design(flawed)
    fixed, _ = fix_all(schema, find(schema))

    evidence = prove(fixed, {engine.traits.name: render(fixed, engine.traits)}, {engine.traits.name: engine})

    assert [one.reason for one in evidence if one.state == "refuted"] == []
    assert sum(one.state == "supported" for one in evidence) >= 5


def test_values_moved_to_rows_keep_the_tenant_and_the_personal_mark(flawed: Requirements) -> None:
    schema = design(flawed)

    phones = fix_all(schema, find(schema))[0].table("customer_phones")

    assert phones.tenant_column == "branch_id"
    assert phones.primary_key == ("branch_id", "customer_id", "phone")
    assert phones.column("phone").personal
    assert [(key.target, key.on_delete) for key in phones.foreign_keys] == [
        ("branches", "restrict"), ("customers", "cascade"),
    ]  # fmt: skip


def test_a_copied_column_moves_to_the_referenced_table(flawed: Requirements) -> None:
    schema = design(flawed)

    fixed, _ = fix_all(schema, find(schema))

    assert "customer_city" not in fixed.table("repairs").column_names
    assert "city" in fixed.table("customers").column_names


def test_fixing_twice_changes_nothing_more(flawed: Requirements) -> None:
    schema = design(flawed)
    fixed, _ = fix_all(schema, find(schema))

    assert fix_all(fixed, find(fixed)) == (fixed, [])


def test_a_finding_that_no_longer_applies_is_skipped(schema: Schema) -> None:
    stale = Finding.in_schema("missing_created_at", "nit", "users", "is so", "add it")
    unknown = stale.model_copy(update={"rule": "no-such-rule"})

    assert fix_all(schema, [stale, unknown]) == (schema, [])


def test_a_fix_that_would_break_the_schema_is_not_applied(schema: Schema) -> None:
    """Columns of a referenced key cannot be moved to rows of another table."""
    users = schema.table("users")
    tags = users.column("display_name").model_copy(update={"name": "tags"})
    keyed = users.with_(
        columns=(*users.columns, tags),
        uniques=(*users.uniques, users.uniques[0].model_copy(update={"name": "users_tags_key", "columns": ("tags",)})),
    )
    schema = schema.replace(keyed.with_(primary_key=("id", "tags")))
    findings = [finding for finding in find(schema) if finding.rule == "delimiter-packed-column"]

    fixed, _ = fix_all(schema, findings)

    assert contradictions(fixed) == contradictions(schema)
    assert "tags" in fixed.table("users").column_names


def test_a_design_of_flawless_requirements_has_no_contradiction(sensible: Requirements) -> None:
    assert contradictions(design(sensible)) == ()


def test_contradictions_are_named(schema: Schema) -> None:
    tasks = schema.table("tasks")
    broken = schema.replace(tasks.with_(primary_key=("nothing",), foreign_keys=(*tasks.foreign_keys,) * 2))

    lines = " ".join(contradictions(broken))

    assert "the primary key of tasks names nothing" in lines
    assert "tasks has two constraints tasks_project_fkey" in lines


EXISTING = """
CREATE TABLE tenants (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE customer (
  id bigint, tenant_id bigint NOT NULL REFERENCES tenants, phone1 text, phone2 text, tags varchar(200), email text
);
CREATE TABLE sales (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, total real,
  customer_id bigint NOT NULL, sold_at timestamp DEFAULT now(), starts_on date, ends_on date
);
CREATE TABLE lines (
  sale_id bigint NOT NULL REFERENCES sales ON DELETE SET NULL, tenant_id bigint NOT NULL,
  price integer CHECK (price < 9)
);
"""


def test_an_existing_schema_can_be_fixed_until_nothing_severe_is_left(from_sql: Read, sqlite: Engine) -> None:
    """A fix can cause findings, such as a foreign key to a table with a new primary key: the next round fixes them."""
    schema = from_sql(EXISTING)
    assert score(find(schema)) == 0

    for _ in range(3):
        schema, _ = fix_all(schema, find(schema))

    assert score(find(schema)) >= 90, find(schema)
    with sqlite.scratch(render(schema, sqlite.traits).up):
        assert contradictions(schema) == ()


def test_added_contradictions_are_those_of_the_whole_schema(schema: Schema) -> None:
    """Comparing only changed tables finds the same as comparing everything."""
    users, tasks = schema.table("users"), schema.table("tasks")
    changes = (
        users.with_(primary_key=(), uniques=()),  # the keys of other tables lose their target
        users.with_(primary_key=("nothing",)),
        tasks.with_(foreign_keys=tasks.foreign_keys * 2),
        tasks.with_(indexes=(*tasks.indexes, Index(name="users", columns=("id",)))),
        tasks.with_(columns=(*tasks.columns, tasks.columns[0])),
    )

    for changed in changes:
        after = schema.replace(changed)
        expected = set(contradictions(after)) - set(contradictions(schema))
        assert expected
        assert added_contradictions(schema, after) == expected
    removed = schema.model_copy(update={"tables": tuple(t for t in schema.tables if t.name != "users")})
    assert added_contradictions(schema, removed) == set(contradictions(removed)) - set(contradictions(schema))


def test_the_check_of_a_fix_reads_only_its_table(monkeypatch: pytest.MonkeyPatch, flawed: Requirements) -> None:
    """Otherwise the review of a schema takes time that is quadratic in the number of tables."""
    schema = design(flawed)
    findings = find(schema)
    for rule in filter(fix_of, RULES):
        monkeypatch.setattr(rule.check, "__class__", _OneTable)

    assert len(fix_all(schema, findings)[1]) == 10


class _OneTable(TableCheck):
    def __call__(self, schema: Schema, /) -> Iterator[Finding]:
        pytest.fail(f"the whole of {schema.name} was checked")

"""The ways in which the condition of a policy can be true."""

import pytest

from langgraph_dba.database.proofs.kit.policy_branches import branches, joined

TENANT = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint)"


@pytest.mark.parametrize(
    ("condition", "terms"),
    [
        ("true", [()]),
        ("false", []),
        ("(a = 1) OR (b = 2)", [("a = 1",), ("b = 2",)]),
        ("(a = 1) AND ((b = 2) OR c)", [("a = 1", "b = 2"), ("a = 1", "c")]),
        ("NOT ((a = 1) OR (b = 2))", [("NOT (a = 1)", "NOT (b = 2)")]),
        ("(a = 1) OR false", [("a = 1",)]),
        ("EXISTS (SELECT FROM p WHERE p.id = x AND (p.a OR p.b))",
         [("EXISTS(SELECT FROM p WHERE p.id = x AND p.a)",), ("EXISTS(SELECT FROM p WHERE p.id = x AND p.b)",)]),
        ("(a <> 1) IS FALSE", [("a = 1",)]),
        # true of a NULL too
        ("(a <> 1) IS NOT TRUE", [("NOT ((a <> 1) IS TRUE)",)]),
        ("CASE WHEN a THEN b = 1 ELSE d END", [("a", "b = 1"), ("NOT (a)", "d"), ("a IS NULL", "d")]),
        ("CASE a WHEN 1 THEN false WHEN 2 THEN b END", [("NOT (a = 1)", "a = 2", "b"), ("a IS NULL", "a = 2", "b")]),
        ("CASE WHEN a <> f() THEN false ELSE true END", [("a = f()",), ("a IS NULL",)]),
        ("NOT CASE WHEN a THEN true ELSE b END", [("NOT (a)", "NOT (b)"), ("a IS NULL", "NOT (b)")]),
        ("CASE WHEN a THEN 'x' ELSE 'y' END = 'y'", [("NOT (a)",), ("a IS NULL",)]),
        # equal, although the literals are not
        ("CASE WHEN a THEN 1.0 ELSE 2 END = 1", [("a", "(1.0) = 1"), ("NOT (a)", "(2) = 1"), ("a IS NULL", "(2) = 1")]),
        ("COALESCE(a, false) OR COALESCE(b, 'x') = 'y'", [("NOT (a IS NULL)", "a"), ("NOT (b IS NULL)", "(b) = 'y'")]),
        ("EXISTS (SELECT FROM p WHERE CASE WHEN p.a THEN p.b ELSE p.c END)",
         [("EXISTS(SELECT FROM p WHERE p.a AND p.b)",), ("EXISTS(SELECT FROM p WHERE NOT (p.a) AND p.c)",),
          ("EXISTS(SELECT FROM p WHERE p.a IS NULL AND p.c)",)]),
        (joined(["true", "a"], ["b"]), [("b",), ("a", "b")]),
        (joined([], ["b"]), []),
        ("no SQL (", [("no SQL (",)]),
        (" AND ".join(f"(a{number} OR b{number})" for number in range(20)), None),
    ],
)  # fmt: skip
def test_a_condition_is_true_in_these_ways(condition: str, terms: list[tuple[str, ...]] | None) -> None:
    found = [branch.terms for branch in branches(condition)]

    assert found == ([(condition,)] if terms is None else terms)  # too many ways: the condition stays whole


@pytest.mark.parametrize(
    ("condition", "selectors"),
    [
        (TENANT, 1),
        ("current_tenant() = tenant_id", 1),
        ("tenant_id IN (SELECT m.t FROM m WHERE m.u = f())", 1),
        ("tenant_id <> current_tenant()", 0),
        ("a = b", 0),
        ("tenant_id = COALESCE(current_tenant(), 1)", 1),
        ("tenant_id = other + current_tenant()", 0),
    ],
)
def test_a_column_equals_an_expression_without_columns(condition: str, selectors: int) -> None:
    (branch,) = branches(condition)

    assert len(branch.selectors) == selectors


@pytest.mark.parametrize(
    ("condition", "assigned"),
    [
        ("(a = 'x'::text) AND (b)::text = 'y'::text", {"a": "CAST('x' AS TEXT)", "b": "CAST('y' AS TEXT)"}),
        ("s = 'void'::public.state", {"s": "CAST('void' AS public.state)"}),
        ("a = ANY (ARRAY[1, 2])", {"a": "1"}),
        ("a IN (1, 2) AND NOT b AND c AND d IS NULL", {"a": "1", "b": "false", "c": "true", "d": "NULL"}),
        ("a <> 1 AND d IS NOT NULL AND a > 3 AND a = b", {}),
    ],
)
def test_literals_make_a_branch_true(condition: str, assigned: dict[str, str]) -> None:
    (branch,) = branches(condition)

    assert dict(branch.assigned) == assigned

"""A branch that no experiment took shows nothing: in triggers, in routines with their owner's rights, and in views."""

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs.kit.routine_branches import conditions_in

TWO = TABLES.format(type="bigint") + SOUND
LOG = """
CREATE TABLE log (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, what text);
ALTER TABLE log ENABLE ROW LEVEL SECURITY; CREATE POLICY t ON log USING (tenant_id = current_tenant());
GRANT SELECT ON log TO app_user;
"""
OWN = "INSERT INTO log (tenant_id, what) VALUES (NEW.tenant_id, NEW.body);"
FIRST = "INSERT INTO log (tenant_id, what) VALUES (1, NEW.body);"
FUNCTION = "CREATE FUNCTION f({arguments}) RETURNS SETOF docs LANGUAGE {language} STABLE SECURITY DEFINER"
RARE = "NEW.body ~ '^\\[SEC-[0-9]{4}\\]'"


def _trigger(body: str, events: str = "INSERT OR UPDATE") -> str:
    return f"""{TWO}{LOG}
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
      AS $$ BEGIN {body} RETURN NULL; END $$;
    CREATE TRIGGER note AFTER {events} ON docs FOR EACH ROW EXECUTE FUNCTION note();"""


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"IF {RARE} THEN {FIRST} ELSE {OWN} END IF;", RARE),
        (f"IF NOT ({RARE}) THEN {OWN} ELSE {FIRST} END IF;", "false"),
        (f"CASE WHEN {RARE} THEN {FIRST} ELSE {OWN} END CASE;", RARE),
        (f"IF NEW.body IS NULL THEN RAISE EXCEPTION 'x'; ELSIF {RARE} THEN {FIRST} ELSE {OWN} END IF;", RARE),
        (OWN.replace("NEW.tenant_id", f"CASE WHEN {RARE} THEN 1 ELSE NEW.tenant_id END"), RARE),
        (OWN.replace("NEW.body", f"CASE WHEN {RARE} THEN (SELECT max(body) FROM docs) ELSE NEW.body END"), RARE),
        (f"IF NEW.body IS NULL OR {RARE} THEN {FIRST} ELSE {OWN} END IF;", RARE),
        (
            f"BEGIN PERFORM 1 / (length(NEW.body) - 777); {OWN} EXCEPTION WHEN division_by_zero THEN {FIRST} END;",
            "the handler of an exception",
        ),
        (f"IF length(NEW.body) <> 777 THEN {OWN} RETURN NULL; END IF; {FIRST}", "length(NEW.body) <> 777 false"),
    ],
)
def test_a_trigger_with_a_branch_that_was_not_taken_is_not_supported(postgresql: Engine, body: str, words: str) -> None:
    evidence = isolation_of(postgresql, _trigger(body))

    assert evidence.state == "not run", evidence.reason
    assert words in evidence.reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("policy", "state"), [("USING (tenant_id = current_tenant())", "supported"), ("USING (true)", "refuted")]
)
def test_a_log_into_which_only_a_superusers_trigger_writes_is_filled(
    postgresql: Engine, policy: str, state: str
) -> None:
    """FORCE binds the owner of a log without a policy for INSERT, and not the superuser who owns the function."""
    forced = (
        f"ALTER TABLE log FORCE ROW LEVEL SECURITY; DROP POLICY t ON log; CREATE POLICY t ON log FOR SELECT {policy};"
    )
    evidence = isolation_of(postgresql, _trigger(OWN) + forced)

    assert evidence.state == state, evidence.reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    "body",
    [
        f"IF NEW.body IS NULL THEN RAISE EXCEPTION 'no body'; END IF; {OWN}",
        f"IF NEW.body IS NULL THEN RETURN NULL; END IF; {OWN}",
        f"IF TG_OP = 'INSERT' THEN {OWN} ELSIF TG_OP = 'UPDATE' THEN {OWN} END IF;",
        f"IF TG_OP = 'UPDATE' AND NEW.body IS DISTINCT FROM OLD.body THEN {OWN} END IF;",
        OWN.replace("NEW.body", "CASE WHEN NEW.body IS NOT NULL THEN NEW.body ELSE '' END"),
        OWN.replace("NEW.body", "CASE TG_OP WHEN 'INSERT' THEN 'new' ELSE 'old' END"),
        f"BEGIN {OWN} EXCEPTION WHEN unique_violation THEN NULL; END;",
        f"BEGIN {OWN} EXCEPTION WHEN others THEN RAISE; END;",
        f"IF NEW.body IS NOT NULL OR {RARE} THEN {OWN} END IF;",
        f"IF TG_OP = 'INSERT' OR NEW.body IS DISTINCT FROM OLD.body THEN {OWN} END IF;",
        f"IF (NEW.body = 'x' OR NEW.body = 'y') AND NEW.id > 0 THEN {OWN} ELSE {OWN} END IF;",
        f"FOR i IN 1 .. 2 LOOP CONTINUE WHEN i = 1; {OWN} END LOOP;",
        f"-- IF never THEN\nIF NEW.tenant_id IS NOT NULL -- always\n THEN {OWN} END IF;",
    ],
)
def test_guards_and_branches_that_were_taken_are_sound(postgresql: Engine, body: str) -> None:
    evidence = isolation_of(postgresql, _trigger(body))

    assert evidence.state == "supported", evidence.reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("arguments", "condition", "state", "words"),
    [
        ("k text", "length(k) = 37", "not run", "LENGTH(k) = 37"),
        ("text", "md5($1) = md5('sup' || 'port')", "not run", "no row satisfies"),
        ("a text, b text, c integer", "(a = 'p' AND b = 'q' AND c = 42 AND length(a || b) = 9)", "not run", "c = 42"),
        ("k text", "k ~ '^sk_[0-9a-f]{8}$'", "not run", "no row satisfies"),
        ("n integer", "n > 9000", "refuted", "another tenant"),
        ("n integer", "n BETWEEN 700 AND 800", "refuted", "another tenant"),
        ("n numeric", "n > 4711.5", "refuted", "another tenant"),
        ("s mood", "s = 'all'", "refuted", "another tenant"),
        ("s mood[]", "'all' = ANY (s)", "refuted", "another tenant"),
        ("s scope", "s = 'all'", "refuted", "another tenant"),
        ("o jsonb", "(o ->> 'all')::boolean", "refuted", "another tenant"),
        ("o jsonb", "o ? 'all'", "refuted", "another tenant"),
        ("k uuid", "k = '7f3c1f9e-0000-4000-8000-000000000001'", "refuted", "another tenant"),
        ("n integer", "false", "supported", ""),
        ("k text", "(tenant_id = current_tenant() AND body LIKE k)", "supported", ""),
        ("k text", "(k IS NULL AND tenant_id = current_tenant())", "supported", ""),
        ("k text", "(k IS NULL OR body = k) AND tenant_id = current_tenant()", "supported", ""),
    ],
)
@pytest.mark.parametrize("language", ["sql", "plpgsql"])
def test_the_arguments_of_a_routine_must_satisfy_its_alternatives(
    postgresql: Engine, language: str, arguments: str, condition: str, *, state: str, words: str
) -> None:
    query = f"SELECT * FROM docs WHERE tenant_id = current_tenant() OR {condition}"
    body = query if language == "sql" else f"BEGIN RETURN QUERY {query}; END"
    head = FUNCTION.format(arguments=arguments, language=language)
    types = "CREATE TYPE mood AS ENUM ('own', 'all'); CREATE DOMAIN scope AS text CHECK (VALUE IN ('own', 'all'));"
    evidence = isolation_of(postgresql, f"{TWO}{types}{head} SET search_path = public AS $${body}$$;")

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        ("v := current_tenant(); RETURN QUERY SELECT * FROM docs WHERE tenant_id = v AND (k IS NULL OR body = k);",
         "supported", ""),
        ("v := length(k); RETURN QUERY SELECT * FROM docs WHERE tenant_id = current_tenant() OR v = 777;",
         "not run", "LENGTH(k)"),
        (("RETURN QUERY SELECT * FROM docs WHERE tenant_id = current_tenant() OR body IN "
         "(SELECT d.body FROM docs d GROUP BY d.body HAVING count(*) > 777);"), "not run", "no row satisfies"),
    ],
)  # fmt: skip
def test_variables_stand_for_their_values(postgresql: Engine, body: str, state: str, words: str) -> None:
    head = FUNCTION.format(arguments="k text", language="plpgsql")
    function = f"{head} SET search_path = public AS $$ DECLARE v bigint; BEGIN {body} END $$;"
    evidence = isolation_of(postgresql, TWO + function)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ("false", "supported"),
        ("body ~ '^\\[PUB-[0-9]{4}\\]'", "not run"),
        ("length(body) = 41", "not run"),
        ("body = 'press'", "refuted"),
        ("(tenant_id = current_tenant() AND body = 'x')", "supported"),
    ],
)
def test_the_alternatives_of_an_owners_view_must_be_satisfied(postgresql: Engine, condition: str, state: str) -> None:
    view = f"CREATE VIEW v AS SELECT * FROM docs WHERE tenant_id = current_tenant() OR {condition};"
    evidence = isolation_of(postgresql, f"{TWO}{view} GRANT SELECT ON v TO app_user;")

    assert evidence.state == state, evidence.reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            """CREATE VIEW v WITH (security_invoker) AS SELECT id, body FROM docs;
            GRANT SELECT, DELETE ON v TO app_user;
            CREATE RULE d AS ON DELETE TO v DO INSTEAD DELETE FROM docs WHERE body = OLD.body;""",
            "what d on v changes",
        ),
        (
            """CREATE FUNCTION acc(s text, x bigint) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public
            AS $$ SELECT coalesce(s, '') || coalesce((SELECT body FROM docs WHERE id = x), '') $$;
            REVOKE EXECUTE ON FUNCTION acc FROM PUBLIC;
            CREATE AGGREGATE bodies (bigint) (SFUNC = acc, STYPE = text);""",
            "what bodies(bigint) shows by acc(text,bigint)",
        ),
    ],
)
def test_rules_and_aggregates_with_their_owners_rights_are_named(
    postgresql: Engine, statements: str, words: str
) -> None:
    evidence = isolation_of(postgresql, TWO + statements)

    assert evidence.state == "not run", evidence.reason
    assert words in evidence.reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(
    "condition",
    [
        "tenant_id IS NOT DISTINCT FROM current_tenant()",
        "NOT (tenant_id <> current_tenant())",
        "tenant_id = ANY (ARRAY[current_tenant()])",
    ],
)
def test_other_forms_of_equality_are_sound(postgresql: Engine, condition: str) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + f"CREATE POLICY t ON docs USING ({condition});")

    assert evidence.state == "supported", evidence.reason


@pytest.mark.server
@pytest.mark.heavy
def test_a_table_whose_policy_is_not_read_has_no_tenant_column(postgresql: Engine) -> None:
    policy = "CREATE POLICY t ON docs USING (tenant_id + 0 = current_tenant());"
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + policy)

    # its `id` is no tenant, although the table of tenants has a policy for `id`
    assert evidence.state == "not run", evidence.reason


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("BEGIN IF a THEN x; END IF; END", [(" a ", True, False)]),
        ("BEGIN IF a THEN RAISE EXCEPTION 'x'; END IF; END", [(" a ", False, True)]),
        ("BEGIN IF a THEN RAISE NOTICE 'x'; ELSE y; END IF; END", [(" a ", True, True)]),
        ("BEGIN IF tg_op = 'X' THEN y; END IF; END", []),
        ("BEGIN IF a OR (b OR c) THEN x; END IF; END", [(" a ", True, False), (" (b OR c) ", True, False)]),
        ("BEGIN RETURN a OR b AND c; END", [(" a ", True, False), (" b AND c", True, False)]),
        ("BEGIN RETURN QUERY SELECT a OR b; END", []),
        ("BEGIN x; EXCEPTION WHEN others THEN y; END", [("", True, False)]),
        ("BEGIN x; EXCEPTION WHEN others THEN RAISE; END", []),
        ("BEGIN IF a THEN x; ELSIF b THEN y; END IF; END", [(" a ", True, True), (" b ", True, False)]),
        ("SELECT CASE WHEN a THEN 1 END, CASE b WHEN 1 THEN 2 END, CASE WHEN c THEN 1 ELSE 2 END", None),
        ("BEGIN CASE WHEN a THEN x; END CASE; DROP TABLE IF EXISTS t; END", [(" a ", True, False)]),
        ("BEGIN IF (CASE WHEN 'IF x THEN' = b THEN c END) THEN RETURN QUERY q; END IF; END", None),
    ],
)
def test_the_conditions_of_a_body(body: str, expected: list[tuple[str, bool, bool]] | None) -> None:
    found = [(body[one.start : one.end], one.needs_true, one.needs_false) for one in conditions_in(body)]

    assert found == expected if expected is not None else len(found) == 2

"""Writes of a role through tables, partitions, views and functions, as a tenant and while no tenant is set."""

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database.engines import Engine

pytestmark = [pytest.mark.server, pytest.mark.heavy]
BASE = TABLES.format(type="bigint")
SETTING = "(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant_id')::bigint"
OWN = f"tenant_id = {SETTING}"
OPEN = f"tenant_id = coalesce({SETTING}, tenant_id)"
ONLY = "REVOKE ALL ON docs FROM app_user; GRANT SELECT, {rights} ON docs TO app_user;"
POLICIES = "CREATE POLICY r ON docs FOR SELECT USING ({own}); CREATE POLICY w ON docs FOR {command} USING ({using});"
ADDING = f"""
ALTER TABLE docs ALTER tenant_id SET DEFAULT 1;
CREATE POLICY r ON docs FOR SELECT USING ({OWN}); CREATE POLICY w ON docs FOR INSERT WITH CHECK (true);
"""
LINES = f"""
ALTER TABLE docs ADD UNIQUE (tenant_id, id);
CREATE TABLE lines (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, doc_id bigint NOT NULL,
  FOREIGN KEY (tenant_id, doc_id) REFERENCES docs (tenant_id, id) ON DELETE RESTRICT);
ALTER TABLE lines ENABLE ROW LEVEL SECURITY; ALTER TABLE lines FORCE ROW LEVEL SECURITY;
CREATE POLICY l ON lines USING ({OWN});
GRANT SELECT, INSERT, UPDATE, DELETE ON lines TO app_user;
"""
MANY = """
CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM gone) > 5 THEN RAISE EXCEPTION 'too many rows'; END IF; RETURN NULL; END $$;
CREATE TRIGGER few AFTER DELETE ON docs REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION few();
"""


def _policies(command: str, using: str) -> str:
    return POLICIES.format(own=OWN, command=command, using=using)


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (ONLY.format(rights="UPDATE (body)") + _policies("UPDATE", OWN), ""),
        (ONLY.format(rights="UPDATE (body)") + _policies("UPDATE", "true"), "as tenant 1, changes rows of another"),
        (ONLY.format(rights="UPDATE (body)") + _policies("UPDATE", OPEN), "with no tenant set, changes"),
        (LINES + _policies("DELETE", OWN), ""),
        (LINES + _policies("DELETE", "true"), "as tenant 1, changes rows of another tenant by DELETE FROM public.docs"),
        (LINES + _policies("DELETE", OPEN), "with no tenant set, deletes"),
        (ONLY.format(rights="INSERT (id, body)") + ADDING, "with no tenant set, adds 1 row of docs"),
    ],
    ids=["column", "column true", "column unset", "restricted", "restricted true", "restricted unset", "insert"],
)  # fmt: skip
def test_a_write_that_reads_no_column(postgresql: Engine, statements: str, words: str) -> None:
    evidence = isolation_of(postgresql, BASE + statements)

    assert evidence.state == ("refuted" if words else "supported"), evidence.reason
    assert words in evidence.reason


def test_a_trigger_that_refuses_many_rows_leaves_it_open(postgresql: Engine) -> None:
    evidence = isolation_of(postgresql, BASE + _policies("DELETE", OPEN) + MANY)

    assert evidence.state == "not run"
    assert "DELETE FROM public.docs with no tenant set: too many rows" in evidence.reason


@pytest.mark.parametrize(
    ("view", "rights", "words"),
    [
        (f"WHERE {OWN} WITH CASCADED CHECK OPTION", "INSERT, UPDATE, DELETE", ""),
        (f"WHERE {OWN}", "INSERT", "adds a row of tenant 2 by INSERT INTO public.v"),
        (f"WHERE {OWN}", "UPDATE", "gives rows to another tenant by UPDATE public.v SET tenant_id"),
        (f"WHERE {OPEN}", "UPDATE (body)", "with no tenant set, changes"),
        (f"WHERE {OPEN}", "DELETE", "with no tenant set, deletes"),
    ],
)
def test_a_view_that_writes_with_the_rights_of_its_owner(
    postgresql: Engine, view: str, rights: str, words: str
) -> None:
    statements = f"CREATE VIEW v AS SELECT * FROM docs {view}; GRANT {rights} ON v TO app_user;"

    evidence = isolation_of(postgresql, BASE + SOUND.replace("current_tenant()", SETTING) + statements)

    assert evidence.state == ("refuted" if words else "supported"), evidence.reason
    assert words in evidence.reason


EVENTS = f"""
CREATE TABLE events (id bigint, tenant_id bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), body text NOT NULL,
  PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2019 PARTITION OF events FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
ALTER TABLE events ENABLE ROW LEVEL SECURITY; ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY e ON events USING ({OWN});
GRANT SELECT, INSERT, UPDATE, DELETE ON events TO app_user;
"""
PROTECTED = f"""
ALTER TABLE events_2019 ENABLE ROW LEVEL SECURITY; ALTER TABLE events_2019 FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON events_2019 USING ({OWN});
"""


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ("", ""),
        (f"{PROTECTED} GRANT SELECT, INSERT, UPDATE, DELETE ON events_2019 TO app_user;", ""),
        (
            "GRANT SELECT ON events_2019 TO app_user;",
            "reads a row of another tenant from events_2019",
        ),
        (
            "GRANT UPDATE (body) ON events_2019 TO app_user;",
            "changes rows of another tenant by UPDATE",
        ),
        ("GRANT INSERT ON events_2019 TO app_user;", "adds a row of tenant 2 by INSERT INTO public.events_2019"),
    ],
    ids=["table only", "protected", "read", "change", "add"],
)
def test_a_partition_that_a_role_reaches_without_its_table(postgresql: Engine, statements: str, words: str) -> None:
    evidence = isolation_of(postgresql, BASE + SOUND.replace("current_tenant()", SETTING) + EVENTS + statements)

    assert evidence.state == ("refuted" if words else "supported"), evidence.reason
    assert words in evidence.reason


ROUTINE = "CREATE {kind} SECURITY DEFINER SET search_path = public, pg_temp AS $$ {body} $$;"


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("FUNCTION mine() RETURNS SETOF docs LANGUAGE sql STABLE", f"SELECT * FROM docs WHERE {OWN}", ""),
        ("FUNCTION mine() RETURNS SETOF docs LANGUAGE sql STABLE", f"SELECT * FROM docs WHERE {OPEN}",
         "with no tenant set, gets rows of tenants from mine()"),
        ("FUNCTION has(a bigint, b bigint) RETURNS boolean LANGUAGE sql STABLE",
         "SELECT EXISTS (SELECT FROM docs WHERE id = a AND tenant_id = b)", "sees other rows of has(bigint,bigint)"),
        ("FUNCTION several(VARIADIC a bigint[]) RETURNS SETOF docs LANGUAGE sql STABLE",
         "SELECT * FROM docs WHERE tenant_id = ANY (a)", "reads a row of another tenant from several(bigint[])"),
        ("PROCEDURE n(INOUT c bigint) LANGUAGE plpgsql", "BEGIN SELECT count(*) INTO c FROM docs; END",
         "sees other rows of n(bigint)"),
        ("PROCEDURE last(OUT b text) LANGUAGE sql", "SELECT max(body) FROM docs", "sees other rows of last()"),
    ],
    ids=["own", "unset", "pairs", "variadic", "inout", "max"],
)  # fmt: skip
def test_routines_with_the_rights_of_their_owner(postgresql: Engine, kind: str, body: str, words: str) -> None:
    sound = BASE + SOUND.replace("current_tenant()", SETTING)

    evidence = isolation_of(postgresql, sound + ROUTINE.format(kind=kind, body=body))

    assert evidence.state == ("refuted" if words else "supported"), evidence.reason
    assert words in evidence.reason


def test_messages_of_a_procedure_are_named(postgresql: Engine) -> None:
    body = "DECLARE t text; BEGIN SELECT string_agg(body, ',') INTO t FROM docs; RAISE NOTICE '%', t; END"
    routine = ROUTINE.format(kind="PROCEDURE tell() LANGUAGE plpgsql", body=body)

    evidence = isolation_of(postgresql, BASE + SOUND.replace("current_tenant()", SETTING) + routine)

    assert evidence.state == "not run"
    assert "tell(): its messages are not read" in evidence.reason


LOG = """
ALTER TABLE docs ADD COLUMN state text NOT NULL DEFAULT 'open';
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {tenant} body text);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN INSERT INTO log ({columns} body) VALUES ({values} OLD.body); RETURN NEW; END $$;
GRANT SELECT ON log TO app_user;
"""
WITHOUT = LOG.format(tenant="", columns="", values="")
WITH = f"""{LOG.format(tenant="tenant_id bigint NOT NULL,", columns="tenant_id,", values="OLD.tenant_id,")}
ALTER TABLE log ENABLE ROW LEVEL SECURITY; CREATE POLICY g ON log USING ({OWN});
"""
CLOSED = """
CREATE TRIGGER keep BEFORE UPDATE ON docs FOR EACH ROW WHEN (OLD.state = 'open' AND NEW.state = 'closed')
EXECUTE FUNCTION keep();
"""
VIEW = """
CREATE VIEW v WITH (security_invoker) AS SELECT id, body FROM docs;
CREATE TRIGGER keep INSTEAD OF {event} ON v FOR EACH ROW EXECUTE FUNCTION keep();
GRANT SELECT, INSERT, UPDATE, DELETE ON v TO app_user;
"""
RULE = "CREATE RULE keep AS ON UPDATE TO docs DO ALSO INSERT INTO log ({columns} body) VALUES ({values} OLD.body);"
NEVER = "CREATE TRIGGER keep BEFORE UPDATE ON docs FOR EACH ROW WHEN (OLD.id = 77777) EXECUTE FUNCTION keep();"


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        (WITH + CLOSED, "supported", ""),
        (WITHOUT + CLOSED, "refuted", "from log"),
        (WITHOUT + VIEW.format(event="UPDATE"), "refuted", "from log"),
        (WITHOUT + VIEW.format(event="DELETE"), "refuted", "from log"),
        (WITH + RULE.format(columns="tenant_id,", values="OLD.tenant_id,"), "supported", ""),
        (WITHOUT + RULE.format(columns="", values=""), "refuted", "from log"),
        (WITHOUT + NEVER, "not run", "no change that was tried fires keep on docs"),
    ],
    ids=["own", "values", "view", "deletes", "own rule", "rule", "never"],
)
def test_rows_that_triggers_and_rules_write(postgresql: Engine, statements: str, state: str, words: str) -> None:
    evidence = isolation_of(postgresql, BASE + SOUND.replace("current_tenant()", SETTING) + statements)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason


BODY = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN IF {condition} THEN INSERT INTO log (body) VALUES (OLD.body); END IF; RETURN NEW; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION keep();
"""
STATES = """
ALTER TABLE docs ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  ADD COLUMN amount numeric(9, 2) NOT NULL DEFAULT 0, ADD COLUMN locked boolean NOT NULL DEFAULT false,
  ADD COLUMN deleted_at timestamptz, ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
GRANT SELECT ON log TO app_user;
"""


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ("NEW.state IS DISTINCT FROM OLD.state", "refuted"),
        ("NEW.amount > 10000", "refuted"),
        ("NEW.amount < OLD.amount", "refuted"),
        ("NEW.locked AND NOT OLD.locked", "refuted"),
        ("NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL", "refuted"),
        ("length(NEW.body) > 500", "refuted"),
        ("'urgent' = ANY (NEW.tags)", "not run"),
    ],
)
def test_a_condition_in_the_body_of_a_trigger(postgresql: Engine, condition: str, state: str) -> None:
    sound = BASE + SOUND.replace("current_tenant()", SETTING)

    evidence = isolation_of(postgresql, sound + STATES + BODY.format(condition=condition))

    assert evidence.state == state, evidence.reason
    assert ("no change of docs that was tried writes to log" in evidence.reason) == (state == "not run")


@pytest.mark.parametrize(
    "grant", ["GRANT SELECT ON log TO auditor;", "CREATE VIEW v AS SELECT * FROM log; GRANT SELECT ON v TO app_user;"]
)
def test_another_way_to_read_the_log_counts(postgresql: Engine, grant: str) -> None:
    postgresql.provide_roles(["auditor"])
    log = STATES.replace("GRANT SELECT ON log TO app_user;", grant)
    sound = BASE + SOUND.replace("current_tenant()", SETTING)

    evidence = isolation_of(postgresql, sound + log + BODY.format(condition="'urgent' = ANY (NEW.tags)"))

    assert evidence.state == "not run"


@pytest.mark.parametrize("text", ["TG_OP = 'DELETE'", "true /* never delete from x */"])
def test_a_word_in_a_text_or_a_comment_changes_no_row(postgresql: Engine, text: str) -> None:
    keep = WITH.replace("BEGIN INSERT", f"BEGIN IF {text} THEN RETURN NEW; END IF; INSERT")
    trigger = "CREATE TRIGGER keep BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION keep();"

    evidence = isolation_of(postgresql, BASE + SOUND.replace("current_tenant()", SETTING) + keep + trigger)

    assert "changes with its owner's rights" not in evidence.reason


@pytest.mark.parametrize(
    ("arguments", "condition", "words"),
    [
        ("a bigint DEFAULT NULL", f"{OWN} AND (a IS NULL OR id = a)", ""),
        ("a bigint DEFAULT NULL", "a IS NULL OR tenant_id = a AND tenant_id = 1", "from several(bigint)"),
        ("a text DEFAULT 'own'", f"a = 'global' OR {OWN}", "from several(text)"),
        ("", f"{OWN} OR current_setting('app.mode', true) = 'admin'", "may depend on the setting app.mode"),
    ],
    ids=["own", "omitted", "literal", "setting"],
)
def test_arguments_that_open_all_rows(postgresql: Engine, arguments: str, condition: str, words: str) -> None:
    kind = f"FUNCTION several({arguments}) RETURNS SETOF docs LANGUAGE sql STABLE"
    routine = ROUTINE.format(kind=kind, body=f"SELECT * FROM docs WHERE {condition}")

    evidence = isolation_of(postgresql, BASE + SOUND.replace("current_tenant()", SETTING) + routine)

    assert evidence.state == ("supported" if not words else "not run" if "setting" in words else "refuted")
    assert words in evidence.reason


@pytest.mark.parametrize(("volatility", "state"), [("STABLE", "supported"), ("IMMUTABLE", "refuted")])
def test_a_prepared_statement_follows_the_setting(postgresql: Engine, volatility: str, state: str) -> None:
    own = f"""CREATE FUNCTION own() RETURNS bigint LANGUAGE sql {volatility} AS $$ SELECT {SETTING} $$;
    CREATE POLICY t ON docs USING (tenant_id = own());"""

    evidence = isolation_of(postgresql, BASE + own)

    assert evidence.state == state, evidence.reason
    assert ("by a statement that was prepared before" in evidence.reason) == (state == "refuted")


def test_notifications_are_stated(postgresql: Engine) -> None:
    send = """
    CREATE FUNCTION send() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_notify('docs', NEW.body); RETURN NULL; END $$;
    CREATE TRIGGER send AFTER INSERT ON docs FOR EACH ROW EXECUTE FUNCTION send();"""

    evidence = isolation_of(postgresql, BASE + SOUND.replace("current_tenant()", SETTING) + send)

    assert "every login of the database receives what send() sends by NOTIFY" in evidence.reason

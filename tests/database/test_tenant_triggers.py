"""Isolation where triggers write rows, where a read fails, and where a policy is for one role."""

import pytest
from tenant_schemas import TABLES, isolation_of

from langgraph_dba.database.engines import Engine

pytestmark = [pytest.mark.server, pytest.mark.heavy]
TWO = TABLES.format(type="bigint")
OWN = "USING (tenant_id = current_tenant())"


def _audit(columns: str, policy: str = OWN) -> str:
    return f"""
    CREATE POLICY t ON docs {OWN};
    CREATE TABLE audit (tenant_id bigint NOT NULL, doc_id bigint NOT NULL, {columns});
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN
      INSERT INTO audit (tenant_id, doc_id) VALUES (NEW.tenant_id, NEW.id); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER INSERT ON docs FOR EACH ROW EXECUTE FUNCTION note();
    ALTER TABLE audit ENABLE ROW LEVEL SECURITY; CREATE POLICY t ON audit {policy}; GRANT SELECT ON audit TO app_user;
    """


TIME, ID = "at timestamptz NOT NULL DEFAULT clock_timestamp()", "id uuid NOT NULL DEFAULT gen_random_uuid()"


UTC = "at timestamp NOT NULL DEFAULT timezone('utc', now())"


NUMBER = "no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"


@pytest.mark.parametrize("columns", [TIME, ID, f"{TIME}, {ID}", UTC, NUMBER, "no smallserial PRIMARY KEY"])
def test_values_that_differ_in_each_database_are_no_foreign_rows(postgresql: Engine, columns: str) -> None:
    evidence = isolation_of(postgresql, TWO + _audit(columns))

    assert evidence.state == "supported", evidence.reason


HISTORY = f"""
CREATE POLICY t ON docs {OWN};
CREATE TABLE past (no serial PRIMARY KEY, tenant_id bigint NOT NULL, doc_id bigint NOT NULL);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN
  INSERT INTO past (tenant_id, doc_id) VALUES (OLD.tenant_id, OLD.id); RETURN NEW; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION keep();
ALTER TABLE past ENABLE ROW LEVEL SECURITY; GRANT SELECT ON past TO app_user;
"""


@pytest.mark.parametrize(("policy", "state"), [(OWN, "supported"), ("USING (true)", "refuted")])
def test_a_history_with_its_own_key_is_tried(postgresql: Engine, policy: str, state: str) -> None:
    evidence = isolation_of(postgresql, TWO + HISTORY + f"CREATE POLICY t ON past {policy};")

    assert evidence.state == state, evidence.reason
    assert ("reads a row of another tenant from past" in evidence.reason) == (state == "refuted")


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("BEFORE UPDATE", "INSERT INTO copies (words) VALUES (OLD.body); RETURN NEW;"),
        ("AFTER DELETE", "INSERT INTO copies (words) VALUES (OLD.body); RETURN NULL;"),
        (
            "AFTER UPDATE OF body",
            "IF OLD.body <> NEW.body THEN INSERT INTO copies VALUES (OLD.body); END IF; RETURN NEW;",
        ),
    ],
)
def test_what_changes_and_deletes_of_another_tenant_leave_behind_is_found(
    postgresql: Engine, event: str, body: str
) -> None:
    sql = f"""
    CREATE POLICY t ON docs {OWN};
    CREATE TABLE copies (words text); GRANT SELECT ON copies TO app_user;
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
      AS $$ BEGIN {body} END $$;
    CREATE TRIGGER keep {event} ON docs FOR EACH ROW EXECUTE FUNCTION keep();
    """

    evidence = isolation_of(postgresql, TWO + sql)

    assert evidence.state == "refuted", evidence.reason
    assert "reads a row of another tenant from copies" in evidence.reason


@pytest.mark.parametrize("policy", ["USING (tenant_id > 0)", f"{OWN[:-1]} OR doc_id > 0)"])
def test_foreign_rows_with_such_values_are_found(postgresql: Engine, policy: str) -> None:
    evidence = isolation_of(postgresql, TWO + _audit(f"{TIME}, {ID}", policy))

    assert evidence.state == "refuted", evidence.reason
    assert "reads a row of another tenant from audit" in evidence.reason


def test_foreign_rows_in_a_view_with_such_values_are_found(postgresql: Engine) -> None:
    view = "CREATE VIEW logged AS SELECT doc_id, at FROM audit; GRANT SELECT ON logged TO app_user;"

    evidence = isolation_of(postgresql, TWO + _audit(TIME) + view)

    assert evidence.state == "refuted", evidence.reason
    assert "from logged" in evidence.reason


def test_a_table_that_every_read_refuses_shows_nothing(postgresql: Engine) -> None:
    secret = "CREATE TABLE secret (id bigint PRIMARY KEY);"
    policy = "CREATE POLICY t ON docs USING (tenant_id = coalesce(current_tenant(), (SELECT min(id) FROM secret)));"

    evidence = isolation_of(postgresql, TWO + secret + policy)

    assert evidence.state == "not run", evidence.reason
    assert "docs: app_user cannot read it (permission denied for table secret)" in evidence.reason


def _filled(body: str) -> str:
    return f"""
    CREATE POLICY t ON docs USING (tenant_id = current_tenant()) WITH CHECK (current_tenant() IS NOT NULL);
    CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF current_tenant() IS NOT NULL THEN {body} END IF; RETURN NEW; END $$;
    CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION fill();
    """


@pytest.mark.parametrize(
    ("body", "state"),
    [("NEW.tenant_id := current_tenant();", "supported"), ("NEW.body := NEW.body || ' ';", "refuted")],
)
def test_a_row_that_a_trigger_gives_to_the_own_tenant_is_no_foreign_row(
    postgresql: Engine, body: str, state: str
) -> None:
    evidence = isolation_of(postgresql, TWO + _filled(body))

    assert evidence.state == state, evidence.reason


def test_an_owner_for_whom_no_policy_is_sees_nothing(postgresql: Engine) -> None:
    evidence = isolation_of(postgresql, TWO + f"CREATE POLICY t ON docs TO app_user {OWN};")

    assert evidence.state == "supported", evidence.reason


ASSIGNED = """
CREATE FUNCTION assign() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.tenant_id := current_tenant(); RETURN NEW; END $$;
CREATE TRIGGER assign BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION assign();
"""


def test_a_column_may_have_signs_in_its_name(postgresql: Engine) -> None:
    names = f"{TWO} CREATE POLICY t ON docs {OWN}; {ASSIGNED}".replace("tenant_id", '"tenant (no"')

    evidence = isolation_of(postgresql, names.replace("->> '\"tenant (no\"'", "->> 'tenant_id'"))

    assert evidence.state != "refuted", evidence.reason


@pytest.mark.parametrize(
    ("policy", "state"),
    [(OWN, "supported"), ("USING (tenant_id = current_tenant() OR body <> '')", "refuted")],
)
def test_a_trigger_may_take_the_tenant_from_the_setting(postgresql: Engine, policy: str, state: str) -> None:
    evidence = isolation_of(postgresql, f"{TWO} CREATE POLICY t ON docs {policy}; {ASSIGNED}")

    assert evidence.state == state, evidence.reason

"""Unique names of a tenant's rows: one key for all tenants is found, keys that are global by nature are not."""

from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database import read_existing

ENGINES = [
    pytest.param("sqlite"),
    pytest.param("postgresql", marks=pytest.mark.server),
    pytest.param("mariadb", marks=pytest.mark.server),
]
TENANTS = "CREATE TABLE tenants (id bigint PRIMARY KEY, slug varchar(50) UNIQUE, name varchar(50) NOT NULL UNIQUE);"
OWNED = "id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants (id)"
PLANS = "CREATE TABLE plans (id bigint PRIMARY KEY, code varchar(20) NOT NULL UNIQUE);"


def reported(engine: str, sql: str, tmp_path: Path) -> list[str]:
    assert usable(engine).version()  # or the test is skipped
    file = tmp_path / "theirs.sql"
    file.write_text(TENANTS + sql, encoding="utf-8")
    findings = read_existing(file, engines=[engine]).findings()
    return sorted(str(one.location) for one in findings if one.rule == "unique-across-tenants")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shared", ["", PLANS], ids=["only tables of tenants", "with a shared table"])
@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("slug varchar(50) UNIQUE", True),
        ("invoice_number integer NOT NULL UNIQUE", True),
        ("sku varchar(50), UNIQUE (sku)", True),
        ("name varchar(50), year integer, UNIQUE (year, name)", True),
        ("slug varchar(50), UNIQUE (tenant_id, slug)", False),
        ("slug varchar(50), UNIQUE (slug, tenant_id)", False),
        ("email varchar(50) UNIQUE", False),
        ("token varchar(50) UNIQUE, invite_code varchar(50) UNIQUE", False),
        ("stripe_reference varchar(50) UNIQUE, external_number varchar(50) UNIQUE", False),
        ("vat_number varchar(50) UNIQUE, serial_number varchar(50) UNIQUE", False),
        ("slug varchar(50)", False),
    ],
)
def test_a_name_is_unique_within_a_tenant(
    engine: str, shared: str, columns: str, *, found: bool, tmp_path: Path
) -> None:
    locations = reported(engine, f"{shared} CREATE TABLE things ({OWNED}, {columns});", tmp_path)

    assert bool(locations) == found, locations
    assert all(location.startswith("things") for location in locations)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_of_the_tenant_in_the_key_is_enough(engine: str, tmp_path: Path) -> None:
    sql = f"""{PLANS}
    CREATE TABLE projects ({OWNED}, name varchar(50) NOT NULL);
    CREATE TABLE tasks ({OWNED}, project_id bigint NOT NULL REFERENCES projects (id), name varchar(50) NOT NULL,
      plan_id bigint REFERENCES plans (id), UNIQUE (project_id, name));
    """

    assert reported(engine, sql, tmp_path) == []
    assert reported(engine, sql.replace("UNIQUE (project_id", "UNIQUE (plan_id"), tmp_path) == ["tasks.name"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_primary_key_and_tables_without_tenants_are_left_alone(engine: str, tmp_path: Path) -> None:
    sql = f"""{PLANS}
    CREATE TABLE coupons (code varchar(20) PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants (id));
    CREATE TABLE other (id bigint PRIMARY KEY, name varchar(20) UNIQUE);
    CREATE TABLE users ({OWNED}, name varchar(20) UNIQUE, username varchar(20) UNIQUE);
    """

    assert reported(engine, sql, tmp_path) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_unique_index_is_a_unique_key(engine: str, tmp_path: Path) -> None:
    sql = f"CREATE TABLE things ({OWNED}, slug varchar(50)); CREATE UNIQUE INDEX things_slug ON things (slug);"

    assert reported(engine, sql, tmp_path) == ["things.slug"]


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
@pytest.mark.parametrize(
    ("index", "found"),
    [
        ("(lower(slug))", ["things.slug"]),
        ("(slug) WHERE deleted_at IS NULL", ["things.slug"]),
        ("(tenant_id, lower(slug))", []),
        ("(slug) WHERE tenant_id IS NULL", []),
    ],
)
def test_indexes_over_expressions_and_of_some_rows(engine: str, index: str, found: list[str], tmp_path: Path) -> None:
    columns = f"{OWNED.replace('NOT NULL ', '')}, slug varchar(50), deleted_at timestamp"
    sql = f"CREATE TABLE things ({columns}); CREATE UNIQUE INDEX things_slug ON things {index};"

    assert reported(engine, sql, tmp_path) == found


@pytest.mark.server
def test_the_column_that_the_policies_compare_is_the_tenants(tmp_path: Path) -> None:
    sql = """
    CREATE TABLE things (id bigint PRIMARY KEY, clinic_id bigint NOT NULL REFERENCES tenants, code text UNIQUE,
      no bigint GENERATED ALWAYS AS IDENTITY UNIQUE, number bigint DEFAULT nextval('tenants_seq') UNIQUE);
    ALTER TABLE things ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON things USING (clinic_id = current_setting('app.clinic')::bigint);
    """

    assert reported("postgresql", f"CREATE SEQUENCE tenants_seq; {sql}", tmp_path) == ["things.code"]

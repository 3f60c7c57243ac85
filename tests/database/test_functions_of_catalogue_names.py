"""A database with functions named like PostgreSQL's own: what is read and proved of it comes from the catalogue."""

from pathlib import Path

import pytest
from existing_schema import evidence_of
from tenant_schemas import TABLES

from langgraph_dba.database import read_existing
from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.server
# better matches than those of PostgreSQL for the arguments that the catalogue's columns give
LIES = """
CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE sql AS $$ SELECT 'lie' $$;
CREATE FUNCTION public.format_type(oid, smallint) RETURNS text LANGUAGE sql AS $$ SELECT 'lie' $$;
CREATE FUNCTION public.lower("char") RETURNS text LANGUAGE sql AS $$ SELECT 'lie' $$;
CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE sql AS $$ SELECT 'lie' $$;
CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE sql AS $$ SELECT 'public.nothing' $$;
CREATE FUNCTION public.pg_has_role(text, name, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
CREATE FUNCTION public.has_table_privilege(text, oid, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
"""
SHOP = "CREATE TABLE shop (id bigint PRIMARY KEY, price numeric(10, 2) NOT NULL, name varchar(40));"


def test_the_catalogue_is_read_by_its_own_functions(postgresql: Engine, tmp_path: Path) -> None:
    assert postgresql.version()
    file = tmp_path / "shop.sql"
    schemas = []
    for text in (SHOP, LIES + SHOP):
        file.write_text(text, encoding="utf-8")
        schemas.append(read_existing(file, engines=["postgresql"]).schema)

    assert schemas[0].tables == schemas[1].tables


def test_a_leak_is_found_beside_such_functions(postgresql: Engine) -> None:
    sql = TABLES.format(type="bigint") + "CREATE POLICY t ON docs USING (true);" + LIES

    evidence = evidence_of(postgresql, sql)["tenant-isolation"]

    assert evidence.state == "refuted", evidence.reason
    assert "reads a row of another tenant from docs" in evidence.reason

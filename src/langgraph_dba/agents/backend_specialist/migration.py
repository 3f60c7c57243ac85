"""The first Alembic revision of a schema on one engine, with its policies and grants; Alembic renders and runs it."""

from pathlib import PurePosixPath

from alembic.autogenerate import render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops

from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.copied_columns import with_copied_keys
from langgraph_dba.database.ddl.features import drops, features, preparations
from langgraph_dba.database.ddl.quoting import offline_dialect
from langgraph_dba.database.ddl.sqlalchemy_tables import to_metadata
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.identifiers import to_one_line
from langgraph_dba.database.model.schema import Schema

REVISION = "0001"
_IMPORTS = {  # by dialect: the module of the types that no other dialect has
    "postgresql": "\nfrom sqlalchemy.dialects import postgresql",
    "mariadb": "\nfrom sqlalchemy.dialects import mysql",
}


def render_migration(schema: Schema, traits: Traits) -> dict[str, str]:
    """Return the files of an Alembic folder by their path inside it; the database is named by `DATABASE_URL`."""
    schema = with_mechanisms(schema, traits)
    revision = _REVISION.format(
        title=to_one_line(schema.name),
        revision=REVISION,
        dialect_import=_IMPORTS.get(traits.dialect, ""),
        up=_code(_up(schema, traits), traits),
        down=_code(_down(schema, traits), traits),
    )
    return {
        "alembic.ini": _INI,
        "env.py": _ENV,
        str(PurePosixPath("versions") / f"{REVISION}_initial.py"): revision,
    }


def _up(schema: Schema, traits: Traits) -> list[ops.MigrateOperation]:
    metadata = to_metadata(schema, traits)
    operations: list[ops.MigrateOperation] = [ops.ExecuteSQLOp(feature.up) for feature in preparations(schema, traits)]
    late_keys: list[ops.MigrateOperation] = []
    for table in schema.tables:
        sa_table = metadata.tables[table.sql_name]
        # CREATE TABLE cannot refer to a table that is created after it
        for key in [key for key in sa_table.foreign_key_constraints if key.use_alter]:
            late_keys.append(ops.CreateForeignKeyOp.from_constraint(key))
            sa_table.constraints.discard(key)
        operations.append(ops.CreateTableOp.from_table(sa_table))
        # a set: sorted, so that the same schema gives the same file
        indexes = sorted(sa_table.indexes, key=lambda index: str(index.name))
        operations += [ops.CreateIndexOp.from_index(index) for index in indexes]
    return operations + late_keys + [ops.ExecuteSQLOp(feature.up) for feature in features(schema, traits)]


def _down(schema: Schema, traits: Traits) -> list[ops.MigrateOperation]:
    # a circle of references cannot be dropped table by table
    late = with_copied_keys(schema, traits).late_foreign_keys() if traits.adds_constraints else ()
    first = [ops.DropConstraintOp(key.name, table.sql_name, type_="foreignkey") for table, key in late]
    over, under = drops((*preparations(schema, traits), *features(schema, traits)))
    tables = [ops.DropTableOp(table.sql_name) for table in reversed(schema.tables)]
    return [*map(ops.ExecuteSQLOp, over), *first, *tables, *map(ops.ExecuteSQLOp, under)]


def _code(operations: list[ops.MigrateOperation], traits: Traits) -> str:
    context = MigrationContext.configure(dialect=offline_dialect(traits))
    return str(render_python_code(ops.UpgradeOps(ops=operations), migration_context=context)) or "    pass"


_REVISION = '''"""Make {title!r}."""

import sqlalchemy as sa
from alembic import op{dialect_import}

revision = "{revision}"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
'''

_INI = """[alembic]
script_location = %(here)s
path_separator = os
"""

_ENV = '''"""Run the migrations against the database that DATABASE_URL names."""

import os

import sqlalchemy as sa
from alembic import context

engine = sa.create_engine(os.environ["DATABASE_URL"], poolclass=sa.NullPool)
with engine.connect() as connection:
    # without it, SQLite would leave half a migration behind
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
'''

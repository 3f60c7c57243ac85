"""SQLAlchemy 2 models for one engine: sqlacodegen writes columns and constraints, `relationships.py` the rest."""

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa

from langgraph_dba.agents.backend_specialist.copies import needs_listeners, render_listeners
from langgraph_dba.agents.backend_specialist.quick_import import DeclarativeGenerator, Model, ModelClass
from langgraph_dba.agents.backend_specialist.relationships import class_name, relations
from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.features import Feature, features, preparations
from langgraph_dba.database.ddl.quoting import offline_dialect
from langgraph_dba.database.ddl.sqlalchemy_tables import to_metadata
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.identifiers import to_one_line
from langgraph_dba.database.model.schema import Schema

# The types were chosen for this engine; without these options a CHECK over a list of words becomes an enum.
_OPTIONS = ("nonativeenums", "nosyntheticenums", "keep_dialect_types", "include_dialect_options", "nojoined")


def render_models(schema: Schema, traits: Traits) -> str:
    """Return a module with a class for each table (a plain `Table` for a bare pair) and `create_all(engine)`.

    `FEATURES` lists the statements that metadata cannot carry (roles, policies, grants), and `PREPARATIONS` those that
    the tables need first (extensions); `create_all` runs all, so that the catalogue equals that of the schema's own
    statements.
    """
    schema = with_mechanisms(schema, traits)
    generator = _Generator(schema, traits)
    about = f"Models of {to_one_line(schema.name)!r} for {traits.title}."
    title = f'"""{about} Generated: change the requirements and run again."""\n\n'
    return title + generator.generate() + render_listeners(schema, traits) + _footer(schema, traits)


def _footer(schema: Schema, traits: Traits) -> str:
    before, after = preparations(schema, traits), features(schema, traits)
    first = f"\n\n{_tuple('PREPARATIONS', before)}" if before else "\n\n"
    return f"{first}{_tuple('FEATURES', after)}{_CREATE_ALL.format(prepare=_PREPARE if before else '')}"


def _tuple(name: str, statements: Sequence[Feature]) -> str:
    lines = "".join(f"    {_literal(feature.up)},\n" for feature in statements)
    return f"{name}: tuple[str, ...] = (\n{lines})\n" if lines else f"{name}: tuple[str, ...] = ()\n"


def _literal(statement: str) -> str:
    """Return a statement as a literal of Python: on lines of its own if that means the same text."""
    needs_escapes = "\\" in statement or '"""' in statement or statement.endswith('"')
    return repr(statement) if needs_escapes else f'"""{statement}"""'


_PREPARE = """        for statement in PREPARATIONS:
            connection.exec_driver_sql(statement)
"""
_CREATE_ALL = '''

def create_all(engine: Engine) -> None:
    """Create tables, indexes and everything that metadata cannot carry."""
    with engine.begin() as connection:
{prepare}        Base.metadata.create_all(connection)
        for statement in FEATURES:
            connection.exec_driver_sql(statement)
'''


class _Generator(DeclarativeGenerator):
    def __init__(self, schema: Schema, traits: Traits) -> None:
        # the generator compiles expressions for a dialect and never connects
        bind = _Offline(offline_dialect(traits))
        self._class_names = {table.sql_name: class_name(table) for table in schema.tables}
        self._has_listeners = needs_listeners(schema, traits)
        self._relations: dict[str, list[str]] = {}
        for relation in relations(schema):
            self._relations.setdefault(relation.owner, []).append(relation.render())
        super().__init__(to_metadata(schema, traits), cast("sa.Engine", bind), _OPTIONS)

    def fix_column_types(self, table: sa.Table) -> None:
        """Change nothing: sqlacodegen would take every `x IN (0, 1)` for a boolean."""

    def generate_relationships(self, *_: Any) -> list[Any]:
        """Return none: over a composite key, theirs set the tenant column to NULL too (see `relationships.py`)."""
        return []

    def generate_model_name(self, model: Model, global_names: set[str]) -> None:
        super().generate_model_name(model, global_names)
        if isinstance(model, ModelClass):
            model.name = self._class_names[model.table.name]

    def collect_imports(self, models: Any) -> None:
        super().collect_imports(models)
        self.add_literal_import("sqlalchemy.engine", "Engine")
        if self._has_listeners:
            self.add_literal_import("sqlalchemy.engine", "Connection")
            self.add_literal_import("typing", "Any")
            for name in ("event", "select"):
                self.add_literal_import("sqlalchemy", name)

    def render_class(self, model: ModelClass) -> str:
        text = str(super().render_class(model))
        lines = self._relations.get(model.name, ())
        if not lines:
            return text
        self.add_literal_import("sqlalchemy.orm", "relationship")
        if any("Optional[" in line for line in lines):
            self.add_literal_import("typing", "Optional")
        return f"{text}\n\n" + "\n".join(f"{self.indentation}{line}" for line in lines)

    def render_constraint(self, constraint: sa.Constraint | sa.ForeignKey) -> str:
        """Return the source of a constraint; a foreign key that is added later keeps `use_alter` and NOT VALID."""
        text = str(super().render_constraint(constraint))
        if not isinstance(constraint, sa.ForeignKeyConstraint) or not constraint.use_alter:
            return text
        options = {"use_alter": True, **constraint.dialect_kwargs}
        more = "".join(f", {name}={value!r}" for name, value in options.items())
        return f"{text.removesuffix(')')}{more})"

    def render_index(self, index: sa.Index) -> str:
        """Return the source of an index; the generator drops keys that are texts and writes a predicate as code."""
        texts = [key for key in index.expressions if isinstance(key, sa.TextClause)]
        if not texts:
            return str(super().render_index(index))
        self.add_literal_import("sqlalchemy", "text")
        keys = (f"text({key.text!r})" for key in texts)
        options = {
            name: f"text({value.text!r})" if isinstance(value, sa.TextClause) else repr(value)
            for name, value in sorted(index.kwargs.items())
            if value not in (None, [], {})
        }
        more = [f"{name}={value}" for name, value in options.items()] + (["unique=True"] if index.unique else [])
        return f"Index({', '.join((repr(index.name), *keys, *more))})"


class _Offline:
    """A stand-in for an engine: the generator reads its dialect and never connects."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self.dialect = dialect
        self.engine = self

"""The relationships between generated classes.

They write only the reference's own column. Those that sqlacodegen generates over a composite key also set the tenant
column to NULL when a reference is removed (`task.assignee = None`); the row then belongs to no tenant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from keyword import iskeyword

from langgraph_dba.database.model.schema import ForeignKey, Schema, Table


@dataclass(frozen=True, slots=True)
class ClassRelationship:
    """One `relationship()` of a class; `arguments` are source text."""

    owner: str
    name: str
    annotation: str
    arguments: tuple[str, ...]

    def render(self) -> str:
        """Return the line of the class body."""
        return f"{self.name}: Mapped[{self.annotation}] = relationship({', '.join(self.arguments)})"


def class_name(table: Table) -> str:
    """Return the name of a table's class: its entity in the singular, or the table's name."""
    return "".join(part.capitalize() for part in (table.entity or table.name).split("_"))


def bare_pair(table: Table) -> bool:
    """Return whether a table holds only two references: it is then a plain `Table` behind a many-to-many."""
    referring = {column for key in table.foreign_keys for column in key.columns}
    return len(table.foreign_keys) == 2 and set(table.column_names) <= referring  # noqa: PLR2004


def relations(schema: Schema) -> Iterator[ClassRelationship]:
    """Yield every relationship of a schema in both directions, each under a name that nothing else in its class has."""
    taken = {table.name: set(table.column_names) for table in schema.tables}
    for table in schema.tables:
        if bare_pair(table):
            yield from _pair(schema, table, taken)
            continue
        for key in table.foreign_keys:
            yield from _reference(schema, table, key, taken)


def _reference(
    schema: Schema, table: Table, key: ForeignKey, taken: dict[str, set[str]]
) -> Iterator[ClassRelationship]:
    target = schema.table(key.target)
    own = table.own_key_columns(key)
    here, there = class_name(table), class_name(target)
    join = " & ".join(
        f"({here}.{column} == {there}.{theirs})"
        for column, theirs in zip(key.columns, key.target_columns, strict=True)
        if column in own
    )
    single = table.is_one_to_one(key)
    forward = _free(taken[table.name], own[-1].removesuffix("_id"), target.name, f"{own[-1]}_row")
    shared = [f"primaryjoin={join!r}", f"foreign_keys={'[' + ', '.join(f'{here}.{c}' for c in own) + ']'!r}"]
    shared += (
        [f"remote_side={'[' + ', '.join(f'{there}.{c}' for c in target.primary_key) + ']'!r}"] if here == there else []
    )
    # `Optional` is what type checkers of the generated code see: the row may have no target
    optional = any(table.column(column).nullable for column in own)
    annotation = f'Optional["{there}"]' if optional else f'"{there}"'
    if table.is_tenant_key(key):  # no collection of each table on the tenant: it would load every row of the tenant
        yield ClassRelationship(here, forward, annotation, (f'"{there}"', *shared))
        return
    # two references to one table need two names on its side
    several = sum(other.target == key.target for other in table.foreign_keys) > 1
    plain = table.entity or table.name
    names = (plain, table.name) if single else (table.name,)
    role = own[-1].removesuffix("_id")
    backward = _free(taken[target.name], *([] if several else names), f"{table.name}_as_{role}", f"{role}_{table.name}")
    yield ClassRelationship(here, forward, annotation, (f'"{there}"', *shared, f'back_populates="{backward}"'))
    many = f'Optional["{here}"]' if single else f'list["{here}"]'
    back = [argument for argument in shared if not argument.startswith("remote_side")]
    # the database deletes or refuses; without this, the session would set references to NULL first
    back += [f'back_populates="{forward}"', 'passive_deletes="all"']
    yield ClassRelationship(there, backward, many, (f'"{here}"', *back))


def _pair(schema: Schema, table: Table, taken: dict[str, set[str]]) -> Iterator[ClassRelationship]:
    first, second = (schema.table(key.target) for key in table.foreign_keys)
    names = {
        first.name: _free(taken[first.name], second.name, f"{table.name}_{second.name}"),
        second.name: _free(taken[second.name], first.name, f"{table.name}_{first.name}"),
    }
    if first.name == second.name:
        return  # in a pair of one table with itself, nothing tells the two sides apart
    for here, there in ((first, second), (second, first)):
        arguments = (f'"{class_name(there)}"', f'secondary="{table.name}"', f'back_populates="{names[there.name]}"')
        yield ClassRelationship(class_name(here), names[here.name], f'list["{class_name(there)}"]', arguments)


def _free(taken: set[str], *wishes: str) -> str:
    numbered = (f"{wishes[-1]}_{number}" for number in count(2))
    # `class` is no name in Python: `class_`, as sqlacodegen names columns
    names = (f"{wish}_" if iskeyword(wish) else wish for wish in chain(wishes, numbered))
    name = next(wish for wish in names if wish not in taken)
    taken.add(name)
    return name

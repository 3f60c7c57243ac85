"""Design the column of an attribute or a relationship: its type, and the checks that enforce the attribute."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from langgraph_dba.database.model import schema as model
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.requirements.model import Attribute, Relationship

_LENGTHS = {"string": 200, "email": 254, "phone": 32, "url": 2048, "code": 64}
_TEXTS = (*_LENGTHS, "text")


def reference_column(link: Relationship) -> model.Column:
    """Return the column that refers to the target of a relationship."""
    return model.Column(
        name=f"{link.role}_id",
        type=model.ColumnType(name="reference"),
        nullable=not link.required,
        comment=link.description,
    )


def attribute_column(attribute: Attribute) -> model.Column:
    """Return the column that stores an attribute."""
    # YAML has true and 1 as values, a column has its default as text
    default = attribute.default
    text = None if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    return model.Column(
        name=attribute.name,
        type=_type(attribute),
        nullable=not attribute.required,
        default=text,
        personal=attribute.personal,
        comment=attribute.description,
    )


def _type(attribute: Attribute) -> model.ColumnType:
    match attribute.type:
        case "string" | "email" | "phone" | "url" | "code":
            return model.ColumnType(name="string", length=attribute.length or _LENGTHS[attribute.type])
        case "money":
            return model.ColumnType(name="decimal", precision=attribute.precision or 12, scale=2)
        case "decimal":
            return model.ColumnType(name="decimal", precision=attribute.precision, scale=attribute.scale)
        case "choice":
            return model.ColumnType(name="choice", choices=attribute.choices)
        case name:
            return model.ColumnType(name=name)


def attribute_checks(table: str, attributes: Sequence[Attribute]) -> Iterator[model.Check]:
    """Yield the checks of attributes: bounds, choices, non-empty texts, and the order of two columns."""
    for attribute in attributes:
        name = fit_name(f"{table}_{attribute.name}_check")
        low, high = attribute.minimum, attribute.maximum
        if attribute.type == "duration" and low is None:
            low = Decimal(0)  # a duration is never negative
        if low is not None or high is not None:
            yield model.Range(name=name, column=attribute.name, low=low, high=high)
        elif attribute.type == "choice":
            yield model.Choice(name=name, column=attribute.name, values=attribute.choices)
        elif attribute.required and attribute.type in _TEXTS:
            yield model.Filled(name=name, column=attribute.name)
        # beside the check above: an attribute can have bounds and an order
        if attribute.after:
            order = fit_name(f"{table}_{attribute.name}_order_check")
            yield model.Ordered(name=order, first=attribute.after, last=attribute.name)

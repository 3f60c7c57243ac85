"""`langgraph-dba doctor`: which engines and extras can be used here."""

import json as json_
from importlib.util import find_spec
from typing import Annotated

import typer

_EXTRAS = {"report": ("mmdr", "SVG and PNG pictures")}


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Start every engine and say which can be used; exit code 1 if one cannot."""
    engines = [_engine(name) for name in _names()]
    extras = [_extra(name, *what) for name, what in _EXTRAS.items()]
    if json:
        typer.echo(json_.dumps({"engines": engines, "extras": extras}, indent=2))
    else:
        for one in (*engines, *extras):
            mark = "ok     " if one["usable"] else "missing"
            typer.echo(f"{mark} {one['name']:<12} {one['detail']}")
    raise typer.Exit(int(not all(one["usable"] for one in engines)))


def _names() -> tuple[str, ...]:
    from langgraph_dba.database.engines import ENGINES

    return ENGINES


def _engine(name: str) -> dict[str, object]:
    from langgraph_dba.database.engines import engines_for
    from langgraph_dba.errors import EngineUnavailable

    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        return {"name": name, "usable": False, "version": "", "detail": str(engine)}
    version = engine.version()
    missing = "; ".join(f"{what}: {instead}" for what, instead in engine.traits.fallbacks.items())
    detail = f"{engine.traits.title} {version}" + (f" (fallbacks: {missing})" if missing else "")
    return {"name": name, "usable": True, "version": version, "detail": detail}


def _extra(name: str, module: str, use: str) -> dict[str, object]:
    usable = find_spec(module) is not None
    hint = "" if usable else f": pip install 'langgraph-dba[{name}]'"
    return {"name": name, "usable": usable, "detail": f"{use}{hint}"}

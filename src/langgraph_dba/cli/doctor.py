"""`langgraph-dba doctor`: list the usable engines and extras, their features, and what is missing."""

import json as json_  # `json` is the name of an option
from typing import Annotated, Any

import typer

from langgraph_dba.extras import EXTRAS, install_hint, missing_modules


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Start every engine and report which are usable; exit code 1 if one of the default engines is not.

    The last line says whether generated code and private servers can be confined.
    """
    from langgraph_dba.database.parallel import in_parallel

    engines = in_parallel(_engine, _names())  # in parallel, because each waits for a server to start
    extras = [_extra(name) for name in EXTRAS]
    if json:
        document = {"engines": engines, "extras": extras, "confinement": _confinement()}
        typer.echo(json_.dumps(document, indent=2))
    else:
        for one in (*engines, *extras, _confinement()):
            _show(one)
    raise typer.Exit(int(not all(one["usable"] or one["optional"] for one in engines)))


def _show(one: dict[str, Any]) -> None:
    mark = "ok     " if one["usable"] else "missing"
    typer.echo(f"{mark} {one['name']:<12} {one['detail']}{' (optional)' if one['optional'] else ''}")
    if one.get("origin"):
        typer.echo(f"{'':<20} from {one['origin']}")
    for what, value in one.get("features", {}).items():
        typer.echo(f"{'':<20} {what}: {value}")


def _names() -> tuple[str, ...]:
    from langgraph_dba.database.engines import all_engines

    return all_engines()


def _engine(name: str) -> dict[str, Any]:
    from langgraph_dba.database.engines import DEFAULT_ENGINES, engines_for
    from langgraph_dba.errors import EngineError, EngineUnavailable

    optional = name not in DEFAULT_ENGINES
    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        return {"name": name, "usable": False, "optional": optional, "version": "", "detail": str(engine)}
    version = engine.version()
    missing = "; ".join(f"{feature}: {fallback}" for feature, fallback in engine.traits.fallbacks.items())
    detail = f"{engine.traits.title} {version}" + (f" (fallbacks: {missing})" if missing else "")
    row = {"name": name, "usable": True, "optional": optional, "version": version, "detail": detail}
    # `features` runs statements, which may fail on a server that has started.
    try:
        return {**row, "origin": engine.origin, "features": dict(engine.features())}
    except EngineError as error:
        return {**row, "usable": False, "detail": f"{detail}: {error}"}


def _confinement() -> dict[str, Any]:
    """Return whether generated code and private servers can be confined, and what this machine cannot forbid."""
    from langgraph_dba.confinement import unenforced

    lacking = unenforced()
    detail = f"not forbidden here: {', '.join(lacking)}" if lacking else "generated code and private servers"
    return {"name": "confinement", "usable": not lacking, "optional": True, "detail": detail}


def _extra(name: str) -> dict[str, Any]:
    missing = missing_modules(name)
    hint = f": {', '.join(missing)} missing, {install_hint(name)}" if missing else ""
    return {"name": name, "usable": not missing, "optional": True, "detail": f"{EXTRAS[name].purpose}{hint}"}

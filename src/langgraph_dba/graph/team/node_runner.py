"""Run whatever sits in an agent's chair: a callable, sync or async, a Runnable, or a graph, compiled or not."""

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, get_args

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph import StateGraph
from langgraph.runtime import get_runtime

from langgraph_dba.handoffs.log import Status

View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NodeRunner:
    """One node under both ways of calling: `run` for `invoke`, `arun` for `ainvoke`; `graphs` are what it runs."""

    run: Callable[[View, RunnableConfig], Any]
    arun: Callable[[View, RunnableConfig], Awaitable[Any]]
    graphs: tuple[Runnable[Any, Any], ...] = ()


def runner_of(node: object, name: str) -> NodeRunner:
    """Make a node callable both ways; TypeError if it is nothing that can run.

    A callable takes the view, and `config` or `runtime` if it has parameters of that name.
    """
    if isinstance(node, StateGraph):
        node = node.compile(name=name)
    if isinstance(node, Runnable):
        return _runner_of_runnable(node)
    if callable(node):
        return _runner_of_callable(node)
    raise TypeError(f"{name}: a node is a callable, a Runnable or a graph, not {type(node).__name__}")


def _runner_of_runnable(node: Runnable[Any, Any]) -> NodeRunner:
    async def arun(view: View, config: RunnableConfig) -> Any:
        return _without_foreign_status(await node.ainvoke(view, config))

    return NodeRunner(lambda view, config: _without_foreign_status(node.invoke(view, config)), arun, (node,))


def _without_foreign_status(result: Any) -> Any:
    """Leave out a `status` that is no word of ours: a graph's channel of that name may speak of something else."""
    if isinstance(result, dict) and result.get("status") not in (None, "", *get_args(Status)):
        return {key: value for key, value in result.items() if key != "status"}
    return result


def _runner_of_callable(function: Callable[..., Any]) -> NodeRunner:
    wanted = _parameters(function) & {"config", "runtime"}
    is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)

    def call(view: View, config: RunnableConfig) -> Any:
        given: dict[str, Any] = {"config": config} if "config" in wanted else {}
        if "runtime" in wanted:
            given["runtime"] = get_runtime()
        return function(view, **given)

    def run(view: View, config: RunnableConfig) -> Any:
        result = call(view, config)
        return _wait_for(result) if inspect.isawaitable(result) else result

    async def arun(view: View, config: RunnableConfig) -> Any:
        # A sync agent may block on a database or a model for seconds: never on the event loop.
        result = call(view, config) if is_async else await asyncio.to_thread(call, view, config)
        return await result if inspect.isawaitable(result) else result

    return NodeRunner(run, arun)


def _parameters(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except ValueError:  # some builtins do not say
        return set()


def _wait_for(awaitable: Awaitable[Any]) -> Any:
    """Finish an async agent under `invoke`, also where a loop is running already, as in a notebook."""

    async def finish() -> Any:
        return await awaitable

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(finish())
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(contextvars.copy_context().run, _run_in_new_loop, finish()).result()


def _run_in_new_loop(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)

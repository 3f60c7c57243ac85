"""Run the node of an agent: a sync or async callable, a Runnable, or a graph, compiled or not."""

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

AgentView = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NodeRunner:
    """The functions of one node: `run` for `invoke`, `arun` for `ainvoke`; `graphs` are the sub-graphs they run."""

    run: Callable[[AgentView, RunnableConfig], Any]
    arun: Callable[[AgentView, RunnableConfig], Awaitable[Any]]
    graphs: tuple[Runnable[Any, Any], ...] = ()


def runner_of(node: object, name: str) -> NodeRunner:
    """Return the runner of a node; TypeError if it is none of the supported types.

    A callable takes the agent's view, and `config` or `runtime` if it has parameters with these names.
    """
    if isinstance(node, StateGraph):
        node = node.compile(name=name)
    if isinstance(node, Runnable):
        return _runner_of_runnable(node)
    if callable(node):
        return _runner_of_callable(node)
    raise TypeError(f"{name}: a node must be a callable, a Runnable or a graph, not {type(node).__name__}")


def _runner_of_runnable(node: Runnable[Any, Any]) -> NodeRunner:
    async def arun(view: AgentView, config: RunnableConfig) -> Any:
        return _without_foreign_status(await node.ainvoke(view, config))

    return NodeRunner(lambda view, config: _without_foreign_status(node.invoke(view, config)), arun, (node,))


def _without_foreign_status(result: Any) -> Any:
    """Remove a `status` that is not one of a team's: a graph may use a channel of that name for its own purpose."""
    if isinstance(result, dict) and result.get("status") not in (None, "", *get_args(Status)):
        return {key: value for key, value in result.items() if key != "status"}
    return result


def _runner_of_callable(function: Callable[..., Any]) -> NodeRunner:
    injected = _parameters(function) & {"config", "runtime"}
    is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)

    def call(view: AgentView, config: RunnableConfig) -> Any:
        keywords: dict[str, Any] = {"config": config} if "config" in injected else {}
        if "runtime" in injected:
            keywords["runtime"] = get_runtime()
        return function(view, **keywords)

    def run(view: AgentView, config: RunnableConfig) -> Any:
        result = call(view, config)
        return _wait_for(result) if inspect.isawaitable(result) else result

    async def arun(view: AgentView, config: RunnableConfig) -> Any:
        # A sync agent may block on a database or a model for seconds, so it must not run on the event loop.
        result = call(view, config) if is_async else await asyncio.to_thread(call, view, config)
        return await result if inspect.isawaitable(result) else result

    return NodeRunner(run, arun)


def _parameters(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except ValueError:  # raised for some builtins, which have no signature
        return set()


def _wait_for(awaitable: Awaitable[Any]) -> Any:
    """Run an async agent to its end under `invoke`."""

    async def finish() -> Any:
        return await awaitable

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(finish())
    # A loop is already running in this thread, as in a notebook: `asyncio.run` works only in another thread.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(contextvars.copy_context().run, _run_in_new_loop, finish()).result()


def _run_in_new_loop(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)

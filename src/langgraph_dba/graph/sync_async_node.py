"""One node under both ways of calling a graph, `invoke` and `ainvoke`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda


class Bridge(RunnableLambda[Any, Any]):
    """A pair of functions as a graph's node; each takes the state and the config.

    A plain `RunnableLambda(run, afunc=arun)` says the same, but opens a second tracing span inside the node's own: it
    was measured to take nearly half the time of a run of small nodes. `graphs` are what the functions run: LangGraph
    looks for sub-graphs, to draw them and to show their state, among a `RunnableLambda`'s `deps`.
    """

    def __init__(
        self,
        run: Callable[[Any, RunnableConfig], Any],
        arun: Callable[[Any, RunnableConfig], Awaitable[Any]],
        name: str,
        graphs: Sequence[Runnable[Any, Any]] = (),
    ) -> None:
        """Name the node, so that traces do."""
        super().__init__(run, afunc=arun, name=name)
        self._run, self._arun = run, arun
        # Said, not searched for: the search reads the source of the functions, which takes a millisecond a node.
        self.deps = list(graphs)

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002
        """Run it here."""
        return self._run(input, config or {})

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002
        """Run it on the event loop."""
        return await self._arun(input, config or {})

"""A graph node with a synchronous and an asynchronous function, for `invoke` and `ainvoke`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda


class SyncAsyncNode(RunnableLambda[Any, Any]):
    """Run one of two functions as a graph's node; each takes the state and the config.

    `graphs` are the sub-graphs that the functions run: LangGraph draws them, and shows their state, only if a
    `RunnableLambda` lists them in its `deps`.
    """

    def __init__(
        self,
        run: Callable[[Any, RunnableConfig], Any],
        arun: Callable[[Any, RunnableConfig], Awaitable[Any]],
        name: str,
        graphs: Sequence[Runnable[Any, Any]] = (),
    ) -> None:
        """Create the node; traces show it as `name`."""
        super().__init__(run, afunc=arun, name=name)
        self._run, self._arun = run, arun
        # Set explicitly: RunnableLambda otherwise parses the functions' source to find them, 1 ms per node.
        self.deps = list(graphs)

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002
        """Call the synchronous function."""
        # RunnableLambda.invoke opens a second tracing span inside the node's own span, which took nearly half the time
        # of a run of small nodes.
        return self._run(input, config or {})

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002
        """Await the asynchronous function on the current event loop."""
        return await self._arun(input, config or {})

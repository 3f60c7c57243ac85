"""One node under both ways of calling a graph, `invoke` and `ainvoke`."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig


class Bridge(Runnable[Any, Any]):
    """A pair of functions as a graph's node; each takes the state and the config.

    `RunnableLambda(run, afunc=arun)` says the same, but opens a second tracing span inside the node's own: it was
    measured to take nearly half the time of a run of small nodes.
    """

    def __init__(
        self,
        run: Callable[[Any, RunnableConfig], Any],
        arun: Callable[[Any, RunnableConfig], Awaitable[Any]],
        name: str,
    ) -> None:
        """Name the node, so that traces do."""
        self.name = name
        self._run = run
        self._arun = arun

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002
        """Run it here."""
        return self._run(input, config or {})

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002
        """Run it on the event loop."""
        return await self._arun(input, config or {})

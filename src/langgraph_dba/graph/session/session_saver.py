"""The checkpointer of a session: SQLite, with plain types only, and without checkpoints of a run that is cancelled."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.sqlite import SqliteSaver

from langgraph_dba.cancellation import check_cancelled
from langgraph_dba.graph.session.checkpoint_serializer import CheckpointSerializer


class SessionSaver(SqliteSaver):
    """Raises Cancelled instead of saving what a cancelled agent returns, such as the failure of a stopped server."""

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint."""
        check_cancelled()
        return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save the writes of one task."""
        check_cancelled()
        super().put_writes(config, writes, task_id, task_path)


@contextmanager
def session_saver(path: Path) -> Iterator[SqliteSaver]:
    """Open the database of checkpoints, or create it."""
    with SessionSaver.from_conn_string(str(path)) as saver:
        saver.serde = CheckpointSerializer()
        yield saver

"""Every attempt of the corpus is refused in both roles and leaves no trace; every ordinary read works."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from escapes import Attempt, Who, World, corpus, files_left, opened, tried, tried_without_parser, world_of
from usable_engines import usable

from langgraph_dba.database import LiveDatabase
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED

ENGINES = ("sqlite", "postgresql", "mariadb")
SCENES = [(engine, who) for engine in ENGINES for who in ("plain", "powerful")]
ATTEMPTS = [(engine, who, attempt) for engine, who in SCENES for attempt in corpus(engine).attempts]
READS = [(engine, read) for engine in ENGINES for read in corpus(engine).reads]


@dataclass(slots=True)
class Scene:
    """A world, an open link to it in one role, and the traces when they were last looked for."""

    world: World
    live: LiveDatabase
    before: Mapping[str, object]

    def traces_left(self) -> dict[str, tuple[object, object]]:
        before, self.before = self.before, self.world.traces(self.live)
        return {name: (before[name], now) for name, now in self.before.items() if now != before[name]}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Who], Scene]]:
    """One world an engine, made when it is first asked for, and an open link to it in each role."""
    with ExitStack() as stack:

        @cache
        def world(engine: str) -> World:
            return stack.enter_context(world_of(engine, usable(engine), tmp_path_factory.mktemp(engine)))

        @cache
        def scene(engine: str, who: Who) -> Scene:
            live = stack.enter_context(opened(world(engine), who))
            return Scene(world(engine), live, world(engine).traces(live))

        yield scene


@pytest.fixture
def scene(request: pytest.FixtureRequest, scenes: Callable[[str, Who], Scene]) -> Scene:
    return scenes(*request.param)


def _id(value: object) -> str | None:
    return value.name if isinstance(value, Attempt) else None


@pytest.mark.parametrize(
    ("scene", "attempt"),
    [
        # the default suite tries the worse case, a login that may do anything
        pytest.param((engine, who), attempt, marks=[] if who == "powerful" else [pytest.mark.heavy])
        for engine, who, attempt in ATTEMPTS
        if attempt.only in ("", who)
    ],
    indirect=["scene"],
    ids=_id,
)
def test_an_attempt_is_refused_and_leaves_no_trace(scene: Scene, attempt: Attempt) -> None:
    endings = tried(scene.live, attempt)

    assert {ending for ending, _ in endings} <= ({"limit"} if attempt.limit else {"parse", "engine"})
    assert all("\n" not in message for _, message in endings)
    assert all(ALLOWED[:20] in message for ending, message in endings if ending == "parse")
    assert scene.traces_left() == {}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("scene", "attempt"),
    [((engine, who), attempt) for engine, who, attempt in ATTEMPTS if who == "plain"],
    indirect=["scene"],
    ids=_id,
)
def test_the_engine_alone_keeps_a_plain_role_from_leaving_a_trace(scene: Scene, attempt: Attempt) -> None:
    """The first wall left out: some attempts get an answer then, and still nothing is different afterwards.

    All that may be used up is the number of a transaction.
    """
    tried_without_parser(scene.live, attempt)

    left = scene.traces_left().keys() - {"transactions"}
    assert bool(left) == attempt.leaks_alone
    for path in files_left():
        Path(path).unlink()
    scene.traces_left()


@pytest.mark.parametrize(("scene", "read"), [((engine, "plain"), read) for engine, read in READS], indirect=["scene"])
def test_an_ordinary_read_works(scene: Scene, read: str) -> None:
    assert scene.live.read(read).columns


@pytest.mark.parametrize("scene", [(engine, "plain") for engine in ENGINES], indirect=True)
def test_ordinary_reads_leave_no_trace(scene: Scene) -> None:
    scene.traces_left()

    for read in corpus(scene.live.traits.name).reads:
        scene.live.read(read)

    assert scene.traces_left() == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_there_are_at_least_as_many_reads_as_attempts(engine: str) -> None:
    tested = corpus(engine)

    assert len(tested.reads) >= len(tested.attempts) >= 40
    assert len({attempt.name for attempt in tested.attempts}) == len(tested.attempts)
    assert len(set(tested.reads)) == len(tested.reads)

"""Every attempt of the corpus is refused in both roles and changes nothing; every ordinary read works."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from escapes import (
    LIMITS,
    Attempt,
    Who,
    World,
    corpus,
    files_left,
    open_world,
    run_attempt,
    run_without_parser,
    world_of,
)
from usable_engines import usable

from langgraph_dba.database import LiveDatabase
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED

ENGINES = ("sqlite", "postgresql", "mariadb")
SCENES = [(engine, who) for engine in ENGINES for who in ("plain", "powerful")]
ATTEMPTS = [(engine, who, attempt) for engine, who in SCENES for attempt in corpus(engine).attempts]
READS = [(engine, read) for engine in ENGINES for read in corpus(engine).reads]
EXTENSIONS = corpus("postgresql").reads_with
_TRIES = 3  # on a busy machine a statement that the engine refuses may meet the limit of 0.4 s before


@dataclass(slots=True)
class Scene:
    """A world, an open connection to it in one role, and the traces of the last check."""

    world: World
    live: LiveDatabase
    before: Mapping[str, object]

    def changed_traces(self) -> dict[str, tuple[object, object]]:
        before, self.before = self.before, self.world.traces(self.live)
        return {name: (before[name], now) for name, now in self.before.items() if now != before[name]}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Who], Scene]]:
    """Return a function that opens one world per engine and one connection per role, on first use."""
    with ExitStack() as stack:

        @cache
        def world(engine: str) -> World:
            usable(engine)
            return stack.enter_context(world_of(engine, tmp_path_factory.mktemp(engine)))

        @cache
        def scene(engine: str, who: Who) -> Scene:
            live = stack.enter_context(open_world(world(engine), who))
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
        # the default suite runs only the worse case, a login with all privileges
        pytest.param((engine, who), attempt, marks=[] if who == "powerful" else [pytest.mark.heavy])
        for engine, who, attempt in ATTEMPTS
        if attempt.only in ("", who)
    ],
    indirect=["scene"],
    ids=_id,
)
def test_an_attempt_is_refused_and_changes_nothing(scene: Scene, attempt: Attempt) -> None:
    expected = {"limit"} if attempt.limit else {"parse", "engine"}
    endings: Sequence[tuple[str, str]] = ()
    for _ in range(_TRIES):
        endings = run_attempt(scene.live, attempt)
        if {ending for ending, _ in endings} <= expected:
            break

    assert {ending for ending, _ in endings} <= expected
    assert all("\n" not in message for _, message in endings)
    assert all(ALLOWED[:20] in message for ending, message in endings if ending == "parse")
    assert scene.changed_traces() == {}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("scene", "attempt"),
    [((engine, who), attempt) for engine, who, attempt in ATTEMPTS if who == "plain"],
    indirect=["scene"],
    ids=_id,
)
def test_without_the_allow_list_a_read_only_role_changes_nothing(scene: Scene, attempt: Attempt) -> None:
    """Without the allow-list some attempts get an answer, but still nothing changes except the transaction id."""
    run_without_parser(scene.live, attempt)

    changes = scene.changed_traces().keys() - {"transactions"}
    assert bool(changes) == attempt.leaks_alone
    for path in files_left():
        Path(path).unlink()
    scene.changed_traces()


@pytest.mark.parametrize(("scene", "read"), [((engine, "plain"), read) for engine, read in READS], indirect=["scene"])
def test_an_ordinary_read_works(scene: Scene, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.live, "limits", replace(LIMITS, time_s=10))  # of attempts that may never end: 0.4 s

    assert scene.live.read(read).columns


@pytest.mark.parametrize("scene", [("postgresql", "plain")], indirect=True)
@pytest.mark.parametrize(
    ("extension", "read"), [(extension, read) for extension, reads in EXTENSIONS.items() for read in reads]
)
def test_an_ordinary_read_of_an_extension_works(scene: Scene, extension: str, read: str) -> None:
    if not scene.live.read("SELECT 1 FROM pg_extension WHERE extname = :name", {"name": extension}).rows:
        pytest.skip(f"the server has no extension {extension}")

    assert scene.live.read(read).columns


@pytest.mark.parametrize("scene", [(engine, "plain") for engine in ENGINES], indirect=True)
def test_ordinary_reads_change_nothing(scene: Scene) -> None:
    scene.changed_traces()

    for read in corpus(scene.live.traits.name).reads:
        scene.live.read(read)

    assert scene.changed_traces() == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_there_are_at_least_as_many_reads_as_attempts(engine: str) -> None:
    tested = corpus(engine)

    assert len(tested.reads) >= len(tested.attempts) >= 40
    assert len({attempt.name for attempt in tested.attempts}) == len(tested.attempts)
    assert len(set(tested.reads)) == len(tested.reads)

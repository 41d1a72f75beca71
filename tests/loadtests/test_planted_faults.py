"""The gate fails on planted faults: a real gateway that spoils deliveries, and what counts as caught.

An engine that sleeps and a worker that lags are planted in `test_load_command.py`.
"""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faulty_serve import Spoil, Spoiler, faulty_command
from benchmarks.planted_faults import FAULTS, HEALTHY, Fault, Found, Scale, missed_by, run_fault, table
from engine.gateway.states import LIVE
from loadtests.objectives import Objectives
from loadtests.verdict import Outcome, Run, Verdict

LENIENT = Objectives(
    {"play_to_display": {"p99_ms": 60_000.0}},
    generator_lag_ms={"p99_ms": 5_000.0},
)
"""A busy machine is late everywhere; only what is planted may be beyond this."""
DROPPED, SWAPPED, SLEEPS, LAGS = FAULTS
EVERY = 2_500


@pytest.mark.parametrize("fault", [DROPPED, SWAPPED], ids=lambda fault: fault.name)
def test_a_gateway_that_spoils_one_delivery_in_many_is_caught(fault: Fault, tmp_path: Path) -> None:
    """300 clients: each spoilt delivery is found as what it is, at its offset; no other viewer is broken."""
    small = replace(fault, seconds=6.0, events_a_second=80.0)
    found = run_fault(small, Scale(300, 1, EVERY), LENIENT, tmp_path)
    assert found.missed == ""
    assert found.struck >= 1
    assert "viewer-" in found.reason


def _verdict(outcome: Outcome, *reasons: str, broken: dict[str, list[str]] | None = None) -> Verdict:
    return Verdict(outcome, reasons, Run(300, 9_000, broken or {}), {"generator_lag": {"p99": 1.0}})


GAP = "update 40 came where 39 was due: gap"
LATE = "update 39 came where 41 was due: duplicate or reordering"


@pytest.mark.parametrize(
    ("fault", "verdict", "struck", "words"),
    [
        (HEALTHY, _verdict(Outcome.SHORT, "too slow"), [], "the verdict is short; expected good"),
        (DROPPED, _verdict(Outcome.GOOD), [39], "the verdict is good; expected short"),
        (DROPPED, _verdict(Outcome.SHORT, "play_to_display p99 is"), [39], "nothing says"),
        (DROPPED, _verdict(Outcome.SHORT, broken={"viewer-1": [GAP]}), [], "too few deliveries"),
        (DROPPED, _verdict(Outcome.SHORT, broken={"viewer-1": [GAP]}), [39, 80], "gaps at offsets"),
        (DROPPED, _verdict(Outcome.SHORT, broken={"viewer-1": [GAP, LATE]}), [39], "1 updates came late"),
        (DROPPED, _verdict(Outcome.SHORT, broken={"viewer-1": [GAP, "stale"]}), [39], "another fault"),
        (SWAPPED, _verdict(Outcome.SHORT, broken={"viewer-1": [GAP]}), [39], "nothing says"),
        (SLEEPS, _verdict(Outcome.SHORT, "dashboard_update p99 is 900"), [], "nothing says"),
        (LAGS, _verdict(Outcome.SHORT, "generator_lag p99"), [], "expected invalid"),
    ],
)
def test_a_verdict_for_another_reason_is_a_miss(
    fault: Fault, verdict: Verdict, struck: list[int], words: str
) -> None:
    """A gate that passes, or fails for a reason that was not planted, has not caught the fault."""
    assert words in missed_by(fault, verdict, struck)


@pytest.mark.parametrize(
    ("fault", "verdict", "struck"),
    [
        (HEALTHY, _verdict(Outcome.GOOD), []),
        (DROPPED, _verdict(Outcome.SHORT, broken={"viewer-1": [GAP]}), [39]),
        (SWAPPED, _verdict(Outcome.SHORT, broken={"viewer-1": [GAP, LATE]}), [39]),
        (SLEEPS, _verdict(Outcome.SHORT, "wp_calculation p99 is 151.126 ms; at most 100 ms"), []),
        (LAGS, _verdict(Outcome.INVALID, "generator_lag p99 is 159.9 ms; at most 50 ms"), []),
    ],
)
def test_a_fault_that_is_named_is_caught(fault: Fault, verdict: Verdict, struck: list[int]) -> None:
    """What was planted, all of it and nothing else, is what was asked for."""
    assert missed_by(fault, verdict, struck) == ""


def test_the_table_shows_what_was_missed() -> None:
    """Columns stand below each other, and a fault that passed says so."""
    short = _verdict(Outcome.SHORT, broken={"viewer-1": [GAP]})
    lines = table(
        [Found(DROPPED, short, 1, ""), Found(SWAPPED, _verdict(Outcome.GOOD), 1, "the verdict is good")]
    ).splitlines()
    assert lines[0].split() == ["fault", "expected", "verdict", "reason"]
    column = lines[0].index("verdict")
    assert [line[column:].split(maxsplit=1)[0] for line in lines[1:]] == ["short", "good"]
    assert lines[1].endswith(f"viewer-1: {GAP}")
    assert "MISSED: the verdict is good" in lines[2]


class _Viewer:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.state, self.next_offset, self.heard = LIVE, 0, list[bytes]()

    def say(self, frame: bytes) -> None:
        self.heard.append(frame)


class _Walk:
    """Tells everybody what is due, as the real one does."""

    def __init__(self) -> None:
        self._channel = self
        self.game_id, self.newest, self.next_offset = "g", b"", 0

    def publish(self, spoiler: Spoiler, viewers: tuple[Any, ...]) -> None:
        self.newest = b"%d" % self.next_offset
        self.next_offset += 1
        spoiler.tell_spoilt(self, viewers)  # type: ignore[arg-type]


def _tell(walk: Any, viewers: tuple[Any, ...]) -> None:
    for viewer in viewers:
        if viewer.next_offset == walk.next_offset - 1:
            viewer.next_offset += 1
            viewer.say(walk.newest)


@pytest.mark.parametrize("spoil", Spoil)
def test_one_delivery_of_each_so_many_is_struck(spoil: Spoil, tmp_path: Path) -> None:
    """Of 2,000 deliveries to ten viewers, one in 100 is spoilt, and every other is told once and in order."""
    struck = tmp_path / "struck.jsonl"
    spoiler, walk, viewers = Spoiler(spoil, 100, struck, _tell), _Walk(), tuple(_Viewer() for _ in range(10))
    for _ in range(200):
        walk.publish(spoiler, viewers)
    lines = len(struck.read_text().splitlines())
    heard = [[int(frame) for frame in viewer.heard] for viewer in viewers]
    missing = sum(200 - len(set(told)) for told in heard)
    late = sum(one > other for told in heard for one, other in itertools.pairwise(told))
    assert lines in range(18, 21)
    assert (missing, late) == ((lines, 0) if spoil is Spoil.DROP else (0, lines))


def test_the_product_cannot_spoil(tmp_path: Path) -> None:
    """`wpsim serve` itself has no such fault: only the program beside it plants one, in its own process."""
    command = faulty_command(Spoil.DROP, 7, tmp_path / "struck", "serve", tied=True)
    assert command[1:] == [
        "-m", "benchmarks.faulty_serve", "drop", "7", str(tmp_path / "struck"), "--tied", "serve"
    ]  # fmt: skip
    root = Path(__file__).resolve().parents[2]
    product = [root / "wpsim.py", *(root / "engine").rglob("*.py"), *(root / "loadtests").rglob("*.py")]
    assert not [path for path in product if "faulty_serve" in path.read_text(encoding="utf-8")]

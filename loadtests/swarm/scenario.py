"""A scenario: who watches what, how they behave, and what happens when; a short TOML file that can be copied.

The files in `loadtests/scenarios` are those that come with it; `--scenario` takes a name or a path.
"""

import tomllib
from bisect import bisect_right
from enum import StrEnum
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import msgspec

from simulator.season.errors import InputError

FOLDER: Final = Path(__file__).resolve().parents[1] / "scenarios"
DEFAULT: Final = "steady_saturday"
_GOLDEN: Final = 0.618033988749895
_SILVER: Final = 0.414213562373095
_BRONZE: Final = 0.302775637731995


class Manner(StrEnum):
    """How a viewer behaves."""

    WATCH = "watch"
    SLOW = "slow"
    """Reads `bytes_a_second`, no more."""
    NEVER_READ = "never_read"
    """Reads nothing after the handshake."""
    RUBBISH = "rubbish"
    """Says `every_s` what no client may say, and comes back when it is sent away."""


class Act(StrEnum):
    """What happens at a moment."""

    RECONNECT = "reconnect"
    """Connections are dropped without a word; the viewers come back knowing nothing."""
    RESUME = "resume"
    """Connections are dropped without a word; the viewers come back and resume."""
    SNAPSHOT = "snapshot"
    """Viewers ask for a snapshot."""
    KILL_GATEWAY = "kill_gateway"
    """The run kills a gateway of the server that it has started, chosen by the seed; of another server the
    process named by `--kill-pid`; without one the operator does it.
    """


class Who(StrEnum):
    """Whom a moment concerns."""

    EVERYONE = "everyone"
    BIG_GAME = "big_game"


class Ramp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At this share of the run this share of the clients has come; between two, in a straight line."""

    at: float
    share: float


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some clients behave so; the others watch."""

    manner: Manner
    share: float
    bytes_a_second: int = 1_000
    every_s: float = 2.0


class Moment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At this share of the run something happens, to each viewer at its own time within `within_s`."""

    at: float
    act: Act
    who: Who = Who.EVERYONE
    share: float = 1.0
    within_s: float = 2.0
    every_s: float = 0.0
    """Again after so long, until the end; 0: once."""


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole description."""

    name: str
    about: str
    seed: int = 1
    seconds: float = 60.0
    """How long, where `--seconds` does not say."""
    events_a_second: float = 50.0
    """How fast the season is pushed, where the server is the run's own and `--events` does not say."""
    zipf: float = 1.0
    """Of n games the k-th most watched has a share of 1 / k ** zipf; 0: all the same."""
    losses_expected: bool = False
    """Whether a connection that the server drops is part of the scenario, and no error."""
    compressed: float = 0.0
    """The share of the clients that offer compression."""
    ramp: tuple[Ramp, ...] = ()
    """Without one, all clients come as fast as `--ramp` says."""
    behaviours: tuple[Behaviour, ...] = ()
    moments: tuple[Moment, ...] = ()

    def share_at(self, at: float) -> float:
        """Return which share of the clients is wanted at a share of the run."""
        before = Ramp(0.0, self.ramp[0].share if self.ramp else 1.0)
        for after in self.ramp:
            if at < after.at:
                return before.share + (after.share - before.share) * (at - before.at) / (after.at - before.at)
            before = after
        return before.share


def read_scenario(named: str) -> Scenario:
    """Return the scenario of a name or a path.

    Raises:
        InputError: there is none, or it holds what is none.
    """
    path = Path(named) if named.endswith(".toml") else FOLDER / f"{named}.toml"
    known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
    try:
        written: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        scenario = msgspec.convert(written, Scenario)
    except FileNotFoundError:
        raise InputError(path, "", "there is no such scenario", f"write your own, or use {known}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(path, "", f"it is no scenario ({error})", "compare it with docs/load.md") from None
    shares = (
        [scenario.compressed] + [one.share for one in scenario.ramp] + [one.share for one in scenario.moments]
    )
    shares += [one.share for one in scenario.behaviours]
    moments = [one.at for one in scenario.ramp] + [one.at for one in scenario.moments]
    rising = [one.at for one in scenario.ramp]
    if not all(0.0 <= value <= 1.0 for value in (*shares, *moments)) or rising != sorted(set(rising)):
        raise InputError(
            path, "", "a share or a moment is out of order", "write 0 to 1; each ramp point later"
        )
    if not (scenario.seconds > 0.0 and scenario.events_a_second > 0.0):
        raise InputError(path, "", "seconds and events_a_second must be above 0", "write for example 60.0")
    if sum(one.share for one in scenario.behaviours) > 1.0:
        raise InputError(path, "behaviours", "the shares are more than 1 together", "leave some to watch")
    return scenario


def game_of(scenario: Scenario, games: int, number: int) -> int:
    """Return the game of the client of a number, by rank: shares by Zipf's law.

    Multiples of the golden ratio fill the unit interval evenly, so any stretch of clients (a group, a worker)
    sees the same mixture of games.
    """
    bounds = _bounds(scenario.zipf, games)
    turn = (number * _GOLDEN + scenario.seed * 0.271) % 1.0
    return min(bisect_right(bounds, turn * bounds[-1]), games - 1)


@cache
def _bounds(zipf: float, games: int) -> tuple[float, ...]:
    return tuple(accumulate(1.0 / (rank + 1) ** zipf for rank in range(games)))


def behaviour_of(scenario: Scenario, number: int) -> Behaviour | None:
    """Return how the client of a number behaves; None: it watches.

    The few are spread evenly among the many, whatever the share, and independently of the games.
    """
    turn = (number * _SILVER + scenario.seed * 0.137) % 1.0
    for behaviour in scenario.behaviours:
        if turn < behaviour.share:
            return behaviour
        turn -= behaviour.share
    return None


def offers_compression(scenario: Scenario, number: int) -> bool:
    """Return whether the client of a number does, as evenly spread and independently of all else."""
    return (number * _BRONZE + scenario.seed * 0.319) % 1.0 < scenario.compressed

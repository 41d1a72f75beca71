"""A generated season: fixtures on Saturdays, each game from its own stream of numbers, as a season file.

The stream of game n of a season with seed s is `random.Random(k).random`, k being the first eight bytes
(big-endian) of the SHA-256 of "wpsim synth 1/s/n". Only `random()` is used, whose sequence CPython keeps from
version to version, and only + - * / and the square root are applied to it: the same seed gives the same
season on every machine.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from engine.core.events import Event
from engine.core.football import REGULATION_PERIODS
from engine.core.state import State
from simulator.season.writer import SeasonWriter
from simulator.synth.colleges import COLLEGES
from simulator.synth.feed import Fixture, tell
from simulator.synth.field import FINAL, state_of
from simulator.synth.machine import Machine
from simulator.synth.matchup import Matchup, draw_line
from simulator.synth.tables import tables
from simulator.synth.truth import true_from_field

STREAM: Final = "wpsim synth 1"
"""Names the bit stream; a change of the generator that changes the games changes the number."""

REFERENCE: Final = "true"
"""The reference column of true probabilities: `reference_true`."""

_GAMES_A_SLOT: Final = 15
_SLOTS_UTC: Final = ((16, 0), (19, 30), (23, 0))
"""Kick-offs of a Saturday, hours and minutes UTC: noon, half past three and seven in the east."""
_TRUTH_STREAM: Final = 1_000_000
"""Truth of a game is simulated on streams of its own, so that asking for it leaves the game as it is."""


@dataclass(frozen=True, slots=True)
class SynthReport:
    """What a generated season came to."""

    games: int
    events: int
    plays: int
    points: int
    overtime_games: int
    home_wins: int
    true_probabilities: int
    """Rows of which the true probability was simulated."""


def game_seed(seed: int, number: int) -> int:
    """Return the seed of one game's stream."""
    digest = hashlib.sha256(f"{STREAM}/{seed}/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def fixture(seed: int, number: int, season: int = 2024) -> Fixture:
    """Return game `number` (0, 1, ...) of a season: who plays, when, and the line."""
    dice = random.Random(game_seed(seed, number) ^ 1).random
    slot, place = divmod(number, _GAMES_A_SLOT)
    saturday, hour = divmod(slot, len(_SLOTS_UTC))
    day = _first_saturday(season) + timedelta(weeks=saturday)
    hours, minutes = _SLOTS_UTC[hour]
    kick_off = day + timedelta(hours=hours, minutes=minutes + 5 * (place % 3))
    spread, total = draw_line(dice(), dice())
    # Every slot pairs the colleges in a round of its own: a circle of them turned by one each slot.
    size = len(COLLEGES)
    home, away = COLLEGES[(slot + place) % size], COLLEGES[(slot - 1 - place) % size]
    if dice() < 0.5:
        home, away = away, home
    return Fixture(
        game_id=f"{season}{saturday + 1:02}{number:04}",
        home=home,
        away=away,
        matchup=Matchup(spread, total, season),
        neutral_site=dice() < tables().neutral_site,
        week=saturday + 1,
        scheduled_ns=int(kick_off.timestamp()) * 1_000_000_000,
    )


def generate_game(
    seed: int,
    number: int,
    season: int = 2024,
    *,
    true_probability_every: int | None = None,
    simulations: int = 400,
) -> tuple[list[Event], list[float | None]]:
    """Return the events of a game, and the true home win probability before every n-th (None elsewhere)."""
    played = fixture(seed, number, season)
    machine = Machine(played.matchup)
    dice = random.Random(game_seed(seed, number)).random
    events: list[Event] = []
    truths: list[float | None] = []
    truth: float | None = None
    for told in tell(played, dice, machine):
        events.append(told.event)
        truths.append(truth)
        truth = None
        row = len(events)
        if true_probability_every and row % true_probability_every == 0 and told.field.phase != FINAL:
            stream = game_seed(seed, (number + 1) * _TRUTH_STREAM + row)
            truth, _ = true_from_field(told.field, machine, simulations=simulations, seed=stream)
    return events, truths


def generate_season(
    out: Path,
    *,
    seed: int,
    games: int,
    season: int = 2024,
    progress: Callable[[int, int], None] | None = None,
    true_probability_every: int | None = None,
    simulations: int = 400,
) -> SynthReport:
    """Write a generated season file and return what it came to.

    Args:
        out: the parquet file to write.
        seed: the same seed gives the same events on every machine.
        games: how many games; the first n games of a seed are the same for every number of games.
        season: the year, which decides the overtime rules.
        progress: called after each game with (games done, games).
        true_probability_every: with n, the column `reference_true` holds the true home win probability before
            every n-th row, simulated; null elsewhere.
        simulations: continuations a true probability is the mean of.

    Raises:
        InputError: the file cannot be written.
    """
    report = [0] * 6
    names = (REFERENCE,) if true_probability_every else ()
    with SeasonWriter(out, names) as writer:
        for number in range(games):
            events, truths = generate_game(
                seed, number, season, true_probability_every=true_probability_every, simulations=simulations
            )
            writer.write_game(events, {REFERENCE: truths} if names else None)
            home, away, period = _result(events)
            for place, value in enumerate(
                (len(events), len(events) - 2, home + away, period > REGULATION_PERIODS, home > away,
                 sum(truth is not None for truth in truths))
            ):  # fmt: skip
                report[place] += value
            if progress is not None:
                progress(number + 1, games)
    return SynthReport(games, *report)


def states(seed: int, number: int, season: int = 2024) -> Iterator[tuple[Event, State]]:
    """Yield every event of a game with the generator's own state after it, to compare with the engine's."""
    dice = random.Random(game_seed(seed, number)).random
    for told in tell(fixture(seed, number, season), dice):
        yield told.event, state_of(told.field)


def _result(events: list[Event]) -> tuple[int, int, int]:
    last = events[-2]
    return last.home_score or 0, last.away_score or 0, last.period or 0  # type: ignore[union-attr]


def _first_saturday(season: int) -> datetime:
    """Return midnight UTC of the season's first Saturday: the last of August."""
    day = datetime(season, 8, 31, tzinfo=UTC)
    return day - timedelta(days=(day.weekday() - 5) % 7)

"""The day: one hash, poison set aside, fair turns, a disk that refuses, and what a restart restores."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from engine.core.digest import season_digest
from engine.core.events import Event, GameStart, Market, Odds, Play
from engine.core.game import Game
from engine.core.models.interface import Pregame, Scorer
from engine.core.state import State
from engine.log.event_log import Disk, EventLog, Fsync, read_log
from engine.service import day as day_module
from engine.service.day import Day
from engine.service.processor import Processor
from engine.store.models import open_model
from engine.told import Told
from tests.service.games import Heard, open_day, sample_games

TEST_S = 30.0


async def _hear(day: Day, events: Iterable[Event]) -> None:
    serving = asyncio.create_task(day.run())
    async with asyncio.timeout(TEST_S):
        for event in events:
            day.take(event)
        await day.settled()
    serving.cancel()


def _replayed(events: Iterable[Event]) -> str:
    """Return the digest of a plain replay."""
    model, games = open_model("brownian"), dict[str, Game]()
    for event in events:
        games.setdefault(event.game_id, Game(event.game_id, model)).apply(event)
    return season_digest({game_id: game.digest for game_id, game in games.items()})


def test_a_day_has_the_digest_of_the_replay_of_its_log(tmp_path: Path) -> None:
    """What was heard live, read back from the log and replayed, gives the same digest."""
    games = sample_games(3)
    heard = [event for row in zip(*(game.events for game in games), strict=False) for event in row]
    day, log = open_day(tmp_path)
    asyncio.run(_hear(day, heard))
    log.close()
    assert len(day.processors) == 3
    assert day.digest() == _replayed(record.event for record in read_log(tmp_path / "log"))
    assert day.digest() == _replayed(heard)


def test_a_restart_restores_epochs_offsets_and_bytes(tmp_path: Path) -> None:
    """A day cut at any statement and begun again tells the carriers the same bytes under the same offsets."""
    events = sample_games(1)[0].events
    whole = Heard()
    day, log = open_day(tmp_path / "whole", [whole])
    asyncio.run(_hear(day, events))
    log.close()
    for cut in (1, 40, len(events) - 1):
        folder = tmp_path / str(cut)
        day, log = open_day(folder)
        asyncio.run(_hear(day, events[:cut]))
        log.close()
        again = Heard()
        day, log = open_day(folder, [again])
        day.restore(read_log(folder / "log"))
        asyncio.run(_hear(day, events[cut:]))
        log.close()
        assert [told.encoded for told in again.updates] == [told.encoded for told in whole.updates]
        assert [sequence for sequence, _, _ in again.records] == list(range(len(events)))


class _Poisoned:
    """A model that raises on one score, as a bug in the core would."""

    name, version, leverage_scale = "poisoned", "1", 0.015

    def __init__(self) -> None:
        self._model = open_model("brownian")

    def parameters(self) -> dict[str, float]:
        return {}

    def for_game(self, pregame: Pregame) -> Scorer:
        scorer = self._model.for_game(pregame)

        class Scoring:
            def __getattr__(self, name: str) -> Any:
                return getattr(scorer, name)

            def home_win_probability(self, state: State) -> float:
                if state.home_score == 77:
                    raise ZeroDivisionError("planted")
                return scorer.home_win_probability(state)

        return Scoring()


def test_poison_is_set_aside_and_the_game_goes_on(tmp_path: Path) -> None:
    """A statement on which the core raises is quarantined with its cause; this game and others go on."""
    ours, others = sample_games(2)
    play = next(event for event in ours.events[30:] if isinstance(event, Play))
    poison = replace(play, play_id="poison", home_score=77, revision=9)
    witness = replace(poison, play_id="second witness", order=play.order + 1)
    told = [*ours.events[:30], poison, witness, *ours.events[30:], *others.events]
    day, log = open_day(tmp_path, model=_Poisoned())
    asyncio.run(_hear(day, told))
    log.close()
    quarantined = dict(day.counts.quarantined)
    assert quarantined
    assert {game for game, _ in quarantined} == {ours.game_id}
    assert {cause for _, cause in quarantined} == {"ZeroDivisionError"}
    assert "planted" in (tmp_path / "quarantine.ndjson").read_text()
    assert day.processors[ours.game_id].game.ended
    assert day.processors[others.game_id].game.ended
    again, log = open_day(tmp_path, model=_Poisoned())
    again.restore(read_log(tmp_path / "log"))
    log.close()
    assert not again.counts.quarantined
    assert again.digest() == day.digest()


def test_what_no_log_can_hold_does_not_move_the_game(tmp_path: Path) -> None:
    """A statement that cannot be recorded is set aside before the core sees it."""
    game = sample_games(1)[0]
    play = next(event for event in game.events if isinstance(event, Play))
    day, log = open_day(tmp_path)
    asyncio.run(_hear(day, [game.events[0], replace(play, text="\ud800"), replace(play, order=2**70)]))
    log.close()
    assert not day.processors[game.game_id].game.entries
    assert sum(day.counts.quarantined.values()) == 2


def test_lines_after_the_kick_off_change_nothing(tmp_path: Path) -> None:
    """A pre-game price or another spread that comes after the first play never changes the past."""
    game = sample_games(1)[0]
    start = game.events[0]
    assert isinstance(start, GameStart)
    late: list[Event] = [
        Odds(game_id=game.game_id, book="late", market=Market.PREGAME, home_spread=-30.0),
        replace(start, home_spread=-30.0, revision=7),
    ]
    plain, log = open_day(tmp_path / "plain")
    asyncio.run(_hear(plain, game.events))
    log.close()
    told, log = open_day(tmp_path / "late")
    asyncio.run(_hear(told, [*game.events[:50], *late, *game.events[50:]]))
    log.close()
    assert told.digest() == plain.digest()
    early, log = open_day(tmp_path / "early")
    asyncio.run(_hear(early, [start, *late, *game.events[1:]]))
    log.close()
    assert early.digest() != plain.digest()


def test_what_is_said_twice_is_heard_once(tmp_path: Path) -> None:
    """A statement that comes again to the letter is neither recorded nor told again."""
    events = sample_games(1)[0].events
    day, log = open_day(tmp_path)
    asyncio.run(_hear(day, [event for event in events for _ in range(2)]))
    log.close()
    assert len(list(read_log(tmp_path / "log"))) == len(events)
    assert day.counts.refused["nothing_new"] == len(events)


def test_stamps_never_fall_within_a_game(tmp_path: Path) -> None:
    """Where the machine's clock is set back, a game's later statements keep the latest stamp."""
    game = sample_games(1)[0]
    stamps = [1_000, 2_000, 500, 3_000]
    told = [replace(event, received_ns=stamp) for event, stamp in zip(game.events, stamps, strict=False)]
    day, log = open_day(tmp_path)
    asyncio.run(_hear(day, told))
    log.close()
    assert [record.event.received_ns for record in read_log(tmp_path / "log")] == [1_000, 2_000, 2_000, 3_000]


def test_a_game_that_says_much_at_once_does_not_hold_up_another(tmp_path: Path) -> None:
    """A hundred statements of one game wait behind one of another that came after them."""
    loud, quiet = sample_games(2)
    heard = Heard()
    day, log = open_day(tmp_path, [heard])
    asyncio.run(_hear(day, [*loud.events[:100], quiet.events[0]]))
    log.close()
    order = [event.game_id for _, event, _ in heard.records]
    assert order.index(quiet.game_id) == 1
    assert len(order) == 101


def test_nobody_is_told_before_the_disk_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the disk refuses, nothing is told and nothing is lost; afterwards all of it is told in order."""
    monkeypatch.setattr(day_module, "LOG_RETRY_S", 0.001)
    events = sample_games(1)[0].events[:20]
    heard, told_while_refusing, refusals = Heard(), [], [5]

    def write(fd: int, data: bytes) -> int:
        if len(heard.records) == 10 and refusals[0]:
            refusals[0] -= 1
            told_while_refusing.append(len(heard.updates))
            raise OSError(28, "No space left on device")
        return os.write(fd, data)

    log = EventLog.open(tmp_path / "log", fsync=Fsync.never(), disk=Disk(write=write))
    day, log = open_day(tmp_path, [heard], log=log)
    asyncio.run(_hear(day, events))
    log.close()
    assert len(told_while_refusing) == 5
    assert len(set(told_while_refusing)) == 1
    assert [record.event for record in read_log(tmp_path / "log")] == [event for _, event, _ in heard.records]
    assert len(heard.records) == 20
    assert day.counts.log_errors == 5
    assert not day.counts.log_stalled


def test_whoever_waits_learns_what_was_accepted(tmp_path: Path) -> None:
    """`take_all` returns how many statements stand in the log: the rest was refused."""
    events = sample_games(1)[0].events[:10]

    async def hear(day: Day) -> tuple[int, int]:
        serving = asyncio.create_task(day.run())
        async with asyncio.timeout(TEST_S):
            first, second = await day.take_all(events), await day.take_all(events)
        serving.cancel()
        return first, second

    day, log = open_day(tmp_path)
    assert asyncio.run(hear(day)) == (10, 0)
    log.close()


def test_a_feed_gone_mad_with_games_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most games of a day further ones are refused and counted; the known ones go on."""
    monkeypatch.setattr(day_module, "MOST_GAMES", 3)
    day, log = open_day(tmp_path)
    asyncio.run(_hear(day, [GameStart(game_id=str(number), season=2024) for number in range(5)]))
    log.close()
    assert len(day.processors) == 3
    assert day.counts.refused["too_many_games"] == 2


def test_a_carrier_that_raises_stops_nobody(tmp_path: Path) -> None:
    """A carrier that breaks its word is counted; the game and the other carriers go on."""

    class Broken(Heard):
        def told(self, told: Told, processor: Processor) -> None:  # noqa: ARG002 - a carrier's face
            raise OSError("planted")

    events, heard = sample_games(1)[0].events[:20], Heard()
    day, log = open_day(tmp_path, [Broken(), heard])
    asyncio.run(_hear(day, events))
    log.close()
    assert day.counts.carrier_errors["Broken"] == len(heard.updates) > 0
    assert len(heard.records) == len(events)

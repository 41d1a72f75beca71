"""The day under faults: what nobody may see while the disk refuses, and what made-up games leave behind."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from engine.core.events import Event, GameStart, Play, Tracking
from engine.log.event_log import Disk, EventLog, Fsync, read_log
from engine.service import day as day_module
from engine.service.carriers import ToHistory
from engine.service.day import Day
from engine.service.serve import paced
from engine.store.history import SqliteHistory
from tests.service.games import Heard, open_day, sample_games

TEST_S = 30.0


def test_nobody_who_asks_sees_what_the_log_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk refuses, the game stands where the log ends: a crash then takes nothing back."""
    monkeypatch.setattr(day_module, "LOG_RETRY_S", 0.001)
    events = sample_games(1)[0].events[:30]
    refusing = [False]

    def write(fd: int, data: bytes) -> int:
        if refusing[0]:
            raise OSError(28, "No space left on device")
        return os.write(fd, data)

    log = EventLog.open(tmp_path / "log", fsync=Fsync.never(), disk=Disk(write=write))
    heard = Heard()
    day, log = open_day(tmp_path, [heard], log=log)
    seen: dict[str, Any] = {}

    async def hear() -> None:
        serving = asyncio.create_task(day.run())
        async with asyncio.timeout(TEST_S):
            await day.take_all(events[:20])
            before = day.digest()
            refusing[0] = True
            for event in events[20:]:
                day.take(event)
            while day.counts.log_errors < 3:
                await asyncio.sleep(0.001)
            processor = day.processors[events[0].game_id]
            seen["same"] = day.digest() == before
            seen["last"] = processor.last is not None and processor.last.offset == processor.game.offset
            seen["accepted"] = len(processor.accepted)
            seen["recorded"] = len(list(read_log(tmp_path / "log")))
            seen["stalled"] = day.counts.log_stalled
            refusing[0] = False
            await day.settled()
        serving.cancel()

    asyncio.run(hear())
    log.close()
    assert seen == {"same": True, "last": True, "accepted": 20, "recorded": 20, "stalled": True}
    assert [event for _, event, _ in heard.records] == list(events)
    offsets = [told.offset for told in heard.updates]
    assert offsets == list(range(len(offsets)))
    plain, plain_log = open_day(tmp_path / "plain")
    asyncio.run(_hear(plain, list(events)))
    plain_log.close()
    assert day.digest() == plain.digest()


def test_tracking_that_was_not_recorded_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracking summary that the disk refuses is taken back with the statement; the one before it shows."""
    monkeypatch.setattr(day_module, "LOG_RETRY_S", 0.001)
    events = sample_games(1)[0].events[:10]
    play = next(event for event in events if isinstance(event, Play))
    first = Tracking(game_id=play.game_id, play_id=play.play_id, top_speed_yd_s=8.0)
    day, log = open_day(tmp_path)
    asyncio.run(_hear(day, [*events, first]))
    log.close()
    processor = day.processors[play.game_id]
    processor.take(replace(first, revision=1, top_speed_yd_s=9.0))
    assert processor.tracking[play.play_id].top_speed_yd_s == 9.0
    processor.take_back()
    assert processor.tracking[play.play_id].top_speed_yd_s == 8.0
    assert processor.admit(replace(first, revision=1, top_speed_yd_s=9.0)) is not None


def test_a_game_of_which_nothing_was_recorded_is_not_known(tmp_path: Path) -> None:
    """A game whose only statement was set aside is no game: the digest is that of the log, and stays so."""
    events = sample_games(1)[0].events[:10]
    stray = Play(game_id="stray", play_id="1", order=1, text="\ud800")
    heard = Heard()
    day, log = open_day(tmp_path, [heard])
    asyncio.run(_hear(day, [*events, stray]))
    log.close()
    assert sum(day.counts.quarantined.values()) == 1
    assert list(day.processors) == heard.opened_games == [events[0].game_id]
    again, log = open_day(tmp_path)
    again.restore(read_log(tmp_path / "log"))
    log.close()
    assert again.digest() == day.digest()


def test_made_up_games_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of ids beyond the most games are refused at once and no queue is kept for them."""
    monkeypatch.setattr(day_module, "MOST_GAMES", 3)
    day, log = open_day(tmp_path)

    async def flood() -> None:
        for number in range(5_000):
            day.take(GameStart(game_id=f"g{number}", season=2024))
        assert day.counts.waiting == 3
        await _hear(day, [])

    asyncio.run(flood())
    log.close()
    assert len(day.processors) == 3
    assert day.counts.refused["too_many_games"] == 4_997
    assert not day._queues


async def _hear(day: Day, events: list[Event]) -> None:
    serving = asyncio.create_task(day.run())
    async with asyncio.timeout(TEST_S):
        for event in events:
            day.take(event)
        await day.settled()
    serving.cancel()


def test_a_history_that_was_lost_is_whole_again_at_the_first_start(tmp_path: Path) -> None:
    """What the log tells comes no faster than the history stores it: nothing finds its queue full."""
    game = sample_games(1)[0]
    day, log = open_day(tmp_path)
    asyncio.run(_hear(day, list(game.events)))
    log.close()
    history = SqliteHistory(tmp_path / "history.sqlite", most_queued=8)
    again, log = open_day(tmp_path, [ToHistory(history)])
    again.restore(paced(read_log(tmp_path / "log"), history, most_waiting=8))
    assert history.flush(TEST_S)
    stored = history.events(game.game_id, 0, 10_000)
    history.close()
    log.close()
    assert history.counts.missed == 0
    assert not history.counts.behind
    assert len(stored) == len(game.events)

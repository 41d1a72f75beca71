"""One season gives one digest, however it is replayed, and updates that anybody can score."""

import math
import signal
from pathlib import Path

import pyarrow as pa
import pytest
from msgspec.structs import replace as changed

from engine.core.digest import season_digest
from engine.core.events import Event, GameEnd, Outcome, Play, Status
from engine.core.game import Game
from engine.core.models.catalogue import model
from engine.core.state import State
from simulator.replay import parallel
from simulator.replay.one_game import home_won
from simulator.replay.paced import schedule
from simulator.replay.parallel import WorkerDiedError, parts_of, replay_parts
from simulator.replay.run import ReplayResult, replay
from simulator.season.errors import InputError
from simulator.season.reader import RecordedGame, open_season, read_games
from simulator.season.writer import SeasonWriter
from tests.replay.small_season import GAMES, REFERENCE, ROWS_A_GROUP, sample_games

BROWNIAN = model("brownian")


def _replayed(path: Path, **how: object) -> tuple[ReplayResult, pa.Table]:
    batches: list[pa.RecordBatch] = []
    result = replay(open_season(path), model=BROWNIAN, sink=batches.append, **how)  # type: ignore[arg-type]
    return result, pa.Table.from_batches(batches)


@pytest.fixture(scope="module")
def plain(small_season: Path) -> tuple[ReplayResult, pa.Table]:
    """The small season, replayed in turn."""
    return _replayed(small_season)


def test_the_small_season_is_in_several_parts(small_season: Path) -> None:
    """The tests of several processes below have several parts to share."""
    season = open_season(small_season)
    assert len(season.row_group_starts) - 1 >= 3
    assert len(parts_of(season, season.spans)) >= 3
    assert season.rows > ROWS_A_GROUP


def test_the_digest_is_that_of_the_games_alone(
    small_season: Path, plain: tuple[ReplayResult, pa.Table]
) -> None:
    """A replay adds nothing to what the engine says game by game."""
    digests, updates = {}, 0
    for recorded in read_games(open_season(small_season)):
        game = Game(recorded.game_id, BROWNIAN)
        updates += sum(game.apply(event) is not None for event in recorded.events)
        digests[recorded.game_id] = game.digest
    result, table = plain
    assert len(digests) == GAMES == len(result.games)
    assert result.digest == season_digest(digests)
    assert result.updates == updates == table.num_rows
    assert result.events == open_season(small_season).rows


@pytest.mark.parametrize("how", [{"jobs": 2}, {"jobs": 7}, {"speed": 1e12}], ids=str)
def test_however_it_is_replayed_it_says_the_same(
    how: dict[str, object], small_season: Path, plain: tuple[ReplayResult, pa.Table]
) -> None:
    """Several processes and the recorded clock give the same digest, updates, predictions and doubts."""
    result, table = _replayed(small_season, **how)
    expected, expected_table = plain
    assert result.digest == expected.digest
    assert table.equals(expected_table)
    assert result.games == expected.games
    assert result.doubts == expected.doubts
    assert result.predictions.home_win_probability.tolist() == (
        expected.predictions.home_win_probability.tolist()
    )
    assert result.predictions.game.tolist() == expected.predictions.game.tolist()


def test_another_parameter_gives_another_digest(
    small_season: Path, plain: tuple[ReplayResult, pa.Table]
) -> None:
    """The digest knows the model's parameters."""
    other = replay(open_season(small_season), model=model("brownian", sigma=15.0))
    assert other.digest != plain[0].digest


def test_each_event_and_each_game_is_timed_once(plain: tuple[ReplayResult, pa.Table]) -> None:
    """The histograms hold one value an event, and one a game for reading it."""
    histograms = plain[0].latencies.histograms()
    assert histograms["wp_calculation"].get_total_count() == plain[0].events
    assert histograms["read_game"].get_total_count() == GAMES
    assert "schedule_lag" not in histograms


def test_the_recorded_clock_times_the_lag_of_each_event(small_season: Path) -> None:
    """At a speed, every event has a lag behind its schedule."""
    result, _ = _replayed(small_season, speed=1e12)
    assert result.latencies.histograms()["schedule_lag"].get_total_count() == result.events


def _play(game_id: str, number: int, received_ns: int) -> Play:
    return Play(game_id=game_id, play_id=f"{game_id}-{number}", order=number, received_ns=received_ns)


def test_games_are_interleaved_as_on_the_day() -> None:
    """Events are due by their stamps divided by the speed; one that goes back in time waits for its game."""
    stamps = {"b": (1_000, 3_000, 2_000), "a": (2_000, 3_000, 0)}
    games = [
        RecordedGame(game_id, tuple(_play(game_id, n, stamp) for n, stamp in enumerate(said)), {})
        for game_id, said in stamps.items()
    ]
    due = [(due_ns, game_id, row) for due_ns, game_id, row, _ in schedule(games, speed=2.0)]
    assert due == [
        (0, "b", 0),
        (500, "a", 0),
        (1_000, "a", 1),
        (1_000, "a", 2),
        (1_000, "b", 1),
        (1_000, "b", 2),
    ]


def test_games_without_stamps_are_due_at_once() -> None:
    """A file without stamps replays on the clock in no time."""
    game = RecordedGame("a", (_play("a", 0, 0), _play("a", 1, 0)), {})
    assert [due_ns for due_ns, *_ in schedule([game], speed=1.0)] == [0, 0]


def _spoilt(game: RecordedGame, **fields: object) -> tuple[Event, ...]:
    return tuple(changed(event, **fields) if isinstance(event, GameEnd) else event for event in game.events)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bad_row_is_one_error_in_any_process(jobs: int, small_season: Path, tmp_path: Path) -> None:
    """What a worker cannot read reaches the caller as the InputError that it was."""
    bad = tmp_path / "bad.parquet"
    table = pa.parquet.read_table(small_season)
    sides = table.column("possession").to_pylist()
    sides[-5] = "nobody"
    place = table.schema.get_field_index("possession")
    table = table.set_column(place, "possession", pa.array(sides, pa.string()))
    pa.parquet.write_table(table, bad, row_group_size=ROWS_A_GROUP)
    with pytest.raises(
        InputError, match=rf"row {len(sides) - 4}.*'nobody'.*expected null or one of home, away"
    ):
        replay(open_season(bad), model=BROWNIAN, jobs=jobs)


def _die(*_: object) -> None:
    signal.raise_signal(signal.SIGKILL)


def test_a_killed_worker_is_named(small_season: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies without an answer is an error, not a hang."""
    monkeypatch.setattr(parallel, "_replay_part", _die)
    season = open_season(small_season)
    with pytest.raises(WorkerDiedError, match="was killed"):
        list(replay_parts(season, parts_of(season, season.spans), BROWNIAN, 2, keep_rows=False))


@pytest.mark.parametrize(
    "how", [{"jobs": 0}, {"speed": 0.0}, {"speed": -1.0}, {"speed": 5.0, "jobs": 2}, {"spans": ()}]
)
def test_a_replay_that_makes_no_sense_is_refused(how: dict[str, object], small_season: Path) -> None:
    """No process, no speed, both, and no game are errors of the caller."""
    with pytest.raises(ValueError, match=r"above 0|one process|no game"):
        _replayed(small_season, **how)


# --- what is scored ---


def _end(home: int | None, away: int | None, **fields: object) -> GameEnd:
    return GameEnd(game_id="a", home_score=home, away_score=away, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ends", "won"),
    [
        ([], None),
        ([_end(1, 0)], True),
        ([_end(0, 1)], False),
        ([_end(1, 1)], None),
        ([_end(1, 0, outcome=Outcome.NO_CONTEST)], None),
        ([_end(1, 0), _end(1, 0, status=Status.CANCELLED)], None),
        ([_end(1, 0, status=Status.CANCELLED), _end(1, 0, revision=1)], True),
    ],
)
def test_who_won_is_what_stands_at_the_end(ends: list[GameEnd], won: bool | None) -> None:
    """Ties, games without a contest and ends that were taken back have no winner."""
    state = (
        State(home_score=ends[-1].home_score or 0, away_score=ends[-1].away_score or 0) if ends else State()
    )
    assert home_won(ends, state) is won


def test_scrimmage_plays_of_regulation_are_scored(
    small_season: Path, plain: tuple[ReplayResult, pa.Table]
) -> None:
    """Exactly the plays with a down in periods 1-4 of decided games, with the probability before the snap."""
    expected = []
    kinds = {"run", "pass", "sack", "punt", "field_goal", "penalty", "unknown"}
    for number, recorded in enumerate(read_games(open_season(small_season))):
        end = recorded.events[-1]
        assert isinstance(end, GameEnd)
        assert end.home_score is not None
        assert end.away_score is not None
        game = Game(recorded.game_id, BROWNIAN)
        for row, event in enumerate(recorded.events):
            update = game.apply(event)
            assert update is not None
            if (
                isinstance(event, Play)
                and event.kind in kinds
                and event.down in (1, 2, 3, 4)
                and event.period is not None
                and event.period <= 4
                and end.home_score != end.away_score
            ):
                won = end.home_score > end.away_score
                reference = 0.6 if row % 2 else None
                expected.append((number, won, update.home_win_probability_before, event.period, reference))
    predictions = plain[0].predictions
    references = [None if math.isnan(p) else p for p in predictions.references[REFERENCE].tolist()]
    found = zip(
        predictions.game.tolist(), predictions.home_won.tolist(), predictions.home_win_probability.tolist(),
        predictions.period.tolist(), references, strict=True,
    )  # fmt: skip
    assert list(found) == expected
    assert len(expected) > GAMES * 80


def test_a_play_told_twice_is_scored_once(tmp_path: Path) -> None:
    """An edit of the newest play does not count it again, and a late correction not at all."""
    game = sample_games(1)[0]
    twice: list[Event] = []
    for event in game.events:
        twice.append(event)
        if isinstance(event, Play):
            twice.append(changed(event, revision=1, text=f"{event.text} (edited)"))
    counts = []
    for name, events in (("once", game.events), ("twice", tuple(twice))):
        with SeasonWriter(tmp_path / name) as writer:
            writer.write_game(events)
        counts.append(len(replay(open_season(tmp_path / name), model=BROWNIAN).predictions))
    assert counts[0] == counts[1] > 0


def test_a_tie_is_not_scored(tmp_path: Path) -> None:
    """A game that nobody won has no outcome to score against; it is replayed all the same."""
    with SeasonWriter(tmp_path / "tie.parquet") as writer:
        writer.write_game(_spoilt(sample_games(1)[0], home_score=20, away_score=20))
    result = replay(open_season(tmp_path / "tie.parquet"), model=BROWNIAN)
    assert (len(result.predictions), len(result.games)) == (0, 1)

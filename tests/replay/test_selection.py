"""Games are chosen by id and by the UTC time of their kick-off."""

from pathlib import Path

import pytest

from simulator.replay.selection import kickoff_ns, moment_ns, select
from simulator.season.errors import InputError
from simulator.season.reader import GameSpan, Season

DAY_NS = 86_400 * 10**9


def _season(*spans: GameSpan) -> Season:
    return Season(Path("season.parquet"), (), spans, (0, sum(span.rows for span in spans)))


def _span(game_id: str, scheduled_ns: int | None, first_received_ns: int = 0) -> GameSpan:
    return GameSpan(game_id, 0, 10, first_received_ns, scheduled_ns)


SEASON = _season(_span("b", 1 * DAY_NS), _span("a", 2 * DAY_NS), _span("c", None, 3 * DAY_NS))


def _ids(games: tuple[GameSpan, ...]) -> list[str]:
    return [span.game_id for span in games]


def test_all_games_in_the_order_of_the_file_by_default() -> None:
    """Nothing is left out unless it is asked for."""
    assert _ids(select(SEASON)) == ["b", "a", "c"]


def test_games_by_id_keep_the_order_of_the_file() -> None:
    """The order of the question does not matter."""
    assert _ids(select(SEASON, ["c", "b"])) == ["b", "c"]


def test_the_first_time_is_in_and_the_last_is_out() -> None:
    """From is inclusive, to is exclusive; a game without a kick-off counts by its first stamp."""
    assert _ids(select(SEASON, since_ns=2 * DAY_NS)) == ["a", "c"]
    assert _ids(select(SEASON, until_ns=2 * DAY_NS)) == ["b"]
    assert _ids(select(SEASON, since_ns=3 * DAY_NS)) == ["c"]
    assert kickoff_ns(SEASON.spans[2]) == 3 * DAY_NS


def test_unknown_games_are_named_with_examples() -> None:
    """A wrong id says what ids look like."""
    with pytest.raises(InputError, match=r"it has no game x, y; its 3 games have ids such as b, a, c"):
        select(SEASON, ["y", "a", "x"])


def test_an_empty_choice_says_what_there_is() -> None:
    """No game left is an error that names the kick-offs of the file."""
    with pytest.raises(InputError, match=r"kick-offs run from 1970-01-02 00:00\+00:00 to 1970-01-04"):
        select(SEASON, since_ns=9 * DAY_NS)


def test_an_empty_season_is_an_error() -> None:
    """There is nothing to replay in a file without games."""
    with pytest.raises(InputError, match="it holds no game"):
        select(_season())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1970-01-02", DAY_NS),
        ("1970-01-02T00:00", DAY_NS),
        ("1970-01-02T00:00Z", DAY_NS),
        ("1970-01-01T20:00-04:00", DAY_NS),
    ],
)
def test_times_are_utc_unless_they_name_a_zone(written: str, expected: int) -> None:
    """Four ways of writing one moment."""
    assert moment_ns(written) == expected


def test_a_date_that_ends_a_range_counts_whole() -> None:
    """`--to 1970-01-02` takes the games of that day; a time is taken as it is."""
    assert moment_ns("1970-01-02", end_of_day=True) == 2 * DAY_NS
    assert moment_ns("1970-01-02T00:00", end_of_day=True) == DAY_NS


def test_what_is_no_date_is_refused() -> None:
    """The error shows how a date is written."""
    with pytest.raises(ValueError, match="'saturday' is no date; write 2023-09-02"):
        moment_ns("saturday")

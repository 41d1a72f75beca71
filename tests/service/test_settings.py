"""What `wpsim serve` is told: feeds, tokens, and which day it is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.service.settings import FeedAt, day_folder, read_feed, read_token


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 21, 17, tzinfo=UTC), "2026-11-21"),  # noon kick-offs in the east
        (datetime(2026, 11, 22, 3, 30, tzinfo=UTC), "2026-11-21"),  # Saturday night in America
        (datetime(2026, 11, 22, 9, 59, tzinfo=UTC), "2026-11-21"),  # Hawaii is about to end
        (datetime(2026, 11, 22, 10, tzinfo=UTC), "2026-11-22"),
    ],
)
def test_a_restart_on_saturday_night_goes_on_with_saturday(moment: datetime, day: str) -> None:
    """The folder of a day is that of the game day, not of the UTC date."""
    assert day_folder(None, moment) == Path("days") / day
    assert day_folder(Path("mine"), moment) == Path("mine")


def test_a_feed_is_written_as_kind_and_address() -> None:
    """A feed has a kind and an address; a closing slash does not matter."""
    assert read_feed("espn=http://127.0.0.1:1/espn/") == FeedAt("espn", "http://127.0.0.1:1/espn")


@pytest.mark.parametrize("written", ["short", "with a \x07 bell in it, long enough", "", "ü" * 40])
def test_a_token_that_keeps_nobody_out_is_refused(tmp_path: Path, written: str) -> None:
    """A token is sixteen plain characters at least."""
    path = tmp_path / "token"
    path.write_text(written)
    with pytest.raises(ValueError, match="token"):
        read_token(path)
    path.write_text("sixteen plain characters\n")
    assert read_token(path) == "sixteen plain characters"

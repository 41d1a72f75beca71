"""What `wpsim serve` is told: feeds, tokens, and which day it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.service.settings import FeedAt, Settings, day_folder, read_feed, read_token


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


@pytest.mark.parametrize(
    "written",
    [
        "espn=ws://127.0.0.1:1",
        "espn=http://127.0.0.1:99999999/x",
        "espn=http://[::1/x",
        "tracking=ftp://127.0.0.1",
        "odds=http://:1",
    ],
)
def test_a_feed_that_could_never_be_heard_is_refused(written: str) -> None:
    """A wrong scheme for the kind, or an address that cannot be, is refused with what was expected."""
    with pytest.raises(ValueError, match="expected"):
        read_feed(written)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"poll_s": 0.0}, "--poll"),
        ({"poll_s": float("nan")}, "--poll"),
        ({"tls_key": Path("key.pem")}, "--tls-certificate"),
        ({"feeds": (FeedAt("espn", "http://a"), FeedAt("espn", "http://b"))}, "twice"),
        ({"origins": ("scores.example.org",)}, "--origin"),
        ({"origins": ("https://scores.example.org/",)}, "--origin"),
    ],
)
def test_what_would_be_left_out_in_silence_is_refused(wrong: dict[str, Any], words: str) -> None:
    """A key without its certificate, a feed twice, an origin no page has, and absurd times are refused."""
    with pytest.raises(ValueError, match=words):
        Settings(Path("day"), **wrong)
    Settings(Path("day"), origins=("*", "https://scores.example.org:8443"), poll_s=0.2)

"""Logs: one JSON object a line, no secrets, no viewers' addresses, and no flood."""

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from engine.service import logs

TOKEN = "s3cr3t-t0ken-of-the-push"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def _lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def _configured(level: str = "info", **others: Any) -> io.StringIO:
    out = io.StringIO()
    logs.configure(level, True, stream=out, **others)
    return out


def test_every_line_is_json_with_event_level_and_time() -> None:
    """Our lines, a library's lines and a traceback are each one line with the same three fields first."""
    out = _configured()
    structlog.get_logger("wpsim.serve").info("serving", games=14, folder="day\nforged")
    logging.getLogger("aiohttp.server").error("Error handling %s", "request", extra={"status": 500})
    try:
        int("-3 s")
    except ValueError:
        structlog.get_logger("wpsim.feed").exception("a feed broke off", feed="espn")
    lines = _lines(out)
    assert [list(line)[:3] for line in lines] == [["time", "level", "event"]] * 3
    assert [(line["level"], line["event"]) for line in lines] == [
        ("info", "serving"),
        ("error", "Error handling request"),
        ("error", "a feed broke off"),
    ]
    assert all(line["time"].endswith("Z") for line in lines)
    assert lines[0] == {**lines[0], "games": 14, "folder": "day\nforged", "logger": "wpsim.serve"}
    assert lines[1]["status"] == 500
    assert "ValueError: invalid literal" in lines[2]["exception"]


def test_what_is_below_the_level_is_not_written() -> None:
    """Debug lines are for those who ask for them."""
    for level, expected in (("debug", 3), ("info", 2), ("warning", 1), ("error", 0)):
        out = _configured(level)
        log = structlog.get_logger("wpsim")
        log.debug("one")
        log.info("two")
        log.warning("three")
        assert len(_lines(out)) == expected


def test_an_unknown_level_is_refused() -> None:
    """The message says which there are."""
    with pytest.raises(ValueError, match="'loud'; expected one of debug, info, warning, error"):
        logs.configure("loud")


@pytest.mark.parametrize(
    "fields",
    [
        {"token": TOKEN},
        {"ingest_token": TOKEN},
        {"Authorization": f"Bearer {TOKEN}"},
        {"headers": {"authorization": f"Bearer {TOKEN}", "Cookie": f"a={TOKEN}"}},
        {"said": f"Authorization: Bearer {TOKEN}"},
        {"said": f"got Bearer {TOKEN}; expected another"},
        {"said": f"Basic {TOKEN}"},
        {"url": f"http://feed.example/plays?key={TOKEN}&year=2023"},
        {"url": f"http://feed.example/plays?year=2023&api_key={TOKEN}"},
        {"url": f"wss://user:{TOKEN}@feed.example/frames"},
        {"url": f"https://{TOKEN}@feed.example/frames"},
        {"body": f'{{"token": "{TOKEN}", "games": 3}}'},
        {"body": f"{{'X-Api-Key': '{TOKEN}'}}".encode()},
        {"all": [{"deep": {"deeper": [f"?access_token={TOKEN}"]}}]},
        {"error": ValueError(f"http://feed.example/?token={TOKEN} answered 401")},
        {"event_of_feed": f"token={TOKEN}"},
    ],
    ids=str,
)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_written(fields: dict[str, Any], as_json: bool) -> None:
    """A token is cut out wherever it stands: names, headers, URLs, bodies, exceptions; in both formats."""
    out = io.StringIO()
    logs.configure("debug", as_json, stream=out)
    structlog.get_logger("wpsim").warning("refused", **fields)
    logging.getLogger("aiohttp").warning("refused %s", fields)
    try:
        int(str(fields))
    except ValueError:
        structlog.get_logger("wpsim").exception("broke off")
    assert logs.REDACTED in out.getvalue()
    assert TOKEN not in out.getvalue()


def test_a_known_secret_is_cut_out_whatever_it_is_called() -> None:
    """The service's own token is known by its letters; where it looks like any word, it still goes."""
    out = _configured(secrets=(TOKEN, ""))
    structlog.get_logger("wpsim").info("heard", word=f"so {TOKEN} it is", x=[TOKEN])
    assert TOKEN not in out.getvalue()
    without = _configured()
    structlog.get_logger("wpsim").info("heard", word=f"so {TOKEN} it is")
    assert TOKEN in without.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "the token is missing or wrong",
        "key play of the day",
        "http://feed.example/plays?year=2023&week=1",
        "basic blocking",
        '{"key_plays": 5}',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Football and plain words are not cut."""
    assert logs.redact(text) == text or "basic" in text


@given(st.text(max_size=300))
def test_redaction_takes_any_text(text: str) -> None:
    """Whatever a feed says, redaction neither raises nor takes a second time."""
    once = logs.redact(text)
    assert logs.redact(once) == once


def test_viewers_addresses_are_for_debugging_only() -> None:
    """At info level a line has no address, at any depth; at debug level it has."""
    for level, told in (("info", False), ("debug", True)):
        out = _configured(level)
        structlog.get_logger("wpsim").warning("slow", address="192.0.2.7", of={"remote": "192.0.2.8", "n": 1})
        assert ("192.0.2.7" in out.getvalue()) is told
        assert ("192.0.2.8" in out.getvalue()) is told
        assert '"n": 1' in out.getvalue()


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "::1", "fe80::1:2:3:4"])
def test_a_librarys_words_lose_their_addresses(address: str) -> None:
    """It tells whose request failed; at info level we do not. Our own words may name a feed's address."""
    for level, told in (("info", False), ("debug", True)):
        out = _configured(level)
        logging.getLogger("aiohttp.server").error("Error handling request from %s", address)
        assert (address in out.getvalue()) is told
    out = _configured()
    structlog.get_logger("wpsim.serve").info("serving", url="http://192.0.2.7:8000")
    assert _lines(out)[0]["url"] == "http://192.0.2.7:8000"


def test_a_secret_that_is_learnt_later_is_hidden_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is read after the logs are set up; from then on no line has it."""
    monkeypatch.setattr(logs, "_HIDDEN", set())
    out = _configured()
    logs.hide(TOKEN, None, "")
    structlog.get_logger("wpsim").info("heard", word=f"so {TOKEN} it is")
    assert TOKEN not in out.getvalue()


def test_a_value_is_bounded() -> None:
    """A megabyte of a feed's body does not become a megabyte of a log; its ends are kept."""
    out = _configured()
    structlog.get_logger("wpsim").info("odd", body="a" * 50_000 + "z" * 50_000, rows=list(range(10_000)))
    (line,) = _lines(out)
    assert len(out.getvalue()) < 2 * logs.MOST_TEXT
    assert line["body"].startswith("aaa")
    assert line["body"].endswith("zzz")
    assert len(line["rows"]) == logs.MOST_ITEMS


@pytest.mark.parametrize(
    "piece", ["a", "a.", "http://", "?token", '"token":"', "bearer ", "'a", "a:a@", "cookie:"]
)
def test_redaction_is_quick_on_hostile_text(piece: str) -> None:
    """A text that is made to be slow to search costs about as much a character as a short one."""
    long = piece * (1_000_000 // len(piece))
    out = _configured()
    structlog.get_logger("wpsim").info("odd", body=long)
    assert "characters]" in _lines(out)[0]["body"]
    steps = [_seconds(long[:length]) for length in (20_000, 200_000)]
    assert steps[1] < 60 * steps[0] + 0.05  # ten times the text; a hundred times the work where it is squared


def _seconds(text: str) -> float:
    def once() -> float:
        began_s = time.perf_counter()
        logs.redact(text)
        return time.perf_counter() - began_s

    return min(once() for _ in range(3))


def test_a_secret_that_is_cut_in_two_is_still_one() -> None:
    """Where a long text is cut, no half of a token is left."""
    for place in range(logs.MOST_TEXT // 2 - len(TOKEN), logs.MOST_TEXT // 2):
        out = _configured(secrets=(TOKEN,))
        structlog.get_logger("wpsim").info("odd", body="." * place + TOKEN + "." * logs.MOST_TEXT)
        assert TOKEN[:8] not in out.getvalue()


def test_a_terminal_cannot_be_forged() -> None:
    """On a terminal a feed's line breaks and escape sequences are shown, not obeyed."""
    out = io.StringIO()
    logs.configure("info", False, stream=out)
    structlog.get_logger("wpsim").info("said", text="a\nerror forged\x1b[2J\x9b")
    assert len(out.getvalue().splitlines()) == 1
    assert "\x1b" not in out.getvalue()
    assert "\x9b" not in out.getvalue()


def test_half_a_character_does_not_break_a_line() -> None:
    """A lone surrogate, which no file can hold, is written as an escape."""
    out = _configured()
    structlog.get_logger("wpsim").info("said", text="\ud800")
    assert _lines(out)[0]["text"] == "\ud800"
    out.getvalue().encode()


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return what it was set to."""
        return self.now_s


def _record(level: int, **words: str) -> logging.LogRecord:
    return logging.LogRecord("wpsim", level, "", 0, {**words}, (), None)


def test_a_warning_that_repeats_is_told_a_few_times_and_then_counted() -> None:
    """Of a thousand alike five are written; the first of the next minute says how many were not."""
    clock = Clock()
    repeated = logs.Repeated(clock)
    passed = sum(
        repeated.filter(_record(logging.WARNING, event="timeout", feed="espn")) for _ in range(1_000)
    )
    assert passed == logs.BURST
    assert repeated.filter(_record(logging.WARNING, event="timeout", feed="cfbd"))
    assert repeated.filter(_record(logging.INFO, event="timeout", feed="espn"))
    clock.now_s = logs.WINDOW_S
    record = _record(logging.WARNING, event="timeout", feed="espn")
    assert repeated.filter(record)
    assert isinstance(record.msg, dict)
    assert record.msg["left_out"] == 1_000 - logs.BURST


def test_what_was_left_out_is_in_the_line_and_in_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator sees a flood as one number in the log and as a counter in the metrics."""
    counts = logs.LogCounts()
    monkeypatch.setattr(logs, "COUNTS", counts)
    clock = Clock()
    monkeypatch.setattr(logs.Repeated.__init__, "__defaults__", (clock, None))
    out = _configured()
    for _ in range(20):
        structlog.get_logger("wpsim").warning("again")
        logging.getLogger("aiohttp").warning("again and again")
    clock.now_s = 2 * logs.WINDOW_S
    structlog.get_logger("wpsim").warning("again")
    logging.getLogger("aiohttp").warning("again and again")
    lines = _lines(out)
    assert len(lines) == 2 * (logs.BURST + 1)
    assert [line["left_out"] for line in lines[-2:]] == [20 - logs.BURST] * 2
    assert (counts.lines["warning"], counts.left_out) == (len(lines), 2 * (20 - logs.BURST))


def test_kinds_of_warnings_are_bounded() -> None:
    """A feed that words each warning otherwise does not fill the memory."""
    repeated = logs.Repeated(Clock())
    for number in range(3 * logs.MOST_KINDS):
        repeated.filter(_record(logging.WARNING, event=f"odd {number}"))
    assert len(repeated._kinds) == logs.MOST_KINDS

"""What the log says of the feeds."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from engine.core.events import FeedHealth
from engine.feeds.push import PushSource
from engine.service.feed_watch import FeedWatch

Lines = list[Any]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Return the lines that were logged."""
    with structlog.testing.capture_logs() as logged:
        yield logged


def test_a_feed_that_fails_from_the_start_is_told_once(lines: Lines) -> None:
    """A mistyped address is a warning at the first failure, and not another at each."""
    source = PushSource("espn")
    watch = FeedWatch([source])
    watch.look()
    assert not lines
    for failures in (1, 2, 3):
        source.counts.errors["connection"] = failures
        watch.look()
    assert [(line["log_level"], line["feed"], line["failures"]) for line in lines] == [
        ("warning", "espn", {"connection": 1})
    ]


def test_a_feed_that_was_heard_may_fail_without_a_line(lines: Lines) -> None:
    """A failure of a feed that answers otherwise is counted, and not worth a line."""
    source = PushSource("espn")
    source.counts.last_heard_ns, source.counts.errors["timeout"] = 1, 1
    FeedWatch([source]).look()
    assert not lines


def test_a_feed_that_falls_silent_and_comes_back_is_told(lines: Lines) -> None:
    """Each change of health is one line: stale and lost are warnings, live is none."""
    source = PushSource("odds")
    watch = FeedWatch([source, PushSource("espn")])
    for health in (FeedHealth.STALE, FeedHealth.STALE, FeedHealth.LOST, FeedHealth.LIVE, FeedHealth.LIVE):
        source.counts.health = health
        watch.look()
    assert [(line["log_level"], line["feed"], line["health"]) for line in lines] == [
        ("warning", "odds", "stale"), ("warning", "odds", "lost"), ("info", "odds", "live"),
    ]  # fmt: skip

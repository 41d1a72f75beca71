"""How the second screen is used: counted by section, bounded, and without anybody's data."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.service.usage import (
    MOST_SECONDS,
    MOST_USAGE_BYTES,
    SECTIONS,
    Usage,
    UsageError,
)
from engine.web import STATIC


def _body(section: object = "chart", seconds: object = 12) -> bytes:
    return json.dumps({"section": section, "seconds": seconds}).encode()


def test_reports_are_added_up_by_section() -> None:
    """Two reports of the chart and one of the plays are two views and their seconds, and one."""
    usage = Usage()
    for body in (_body(seconds=12), _body(seconds=0.5), _body("plays", MOST_SECONDS)):
        usage.take(body)
    assert (usage.counts.views["chart"], usage.counts.viewed_s["chart"]) == (2, 12.5)
    assert (usage.counts.views["plays"], usage.counts.viewed_s["plays"]) == (1, MOST_SECONDS)
    assert sum(usage.counts.ignored.values()) == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unreadable"),
        (b"{", "unreadable"),
        (b"[]", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b"[" * 1_000, "unreadable"),
        (_body(seconds="12"), "unreadable"),
        (_body(section=None), "unreadable"),
        (b'{"section":"chart","seconds":1,"viewer":"ann"}', "unreadable"),
        (b'{"section":"chart","seconds":NaN}', "unreadable"),
        (b'{"section":"chart","seconds":1e999}', "unreadable"),
        (_body("ann@example.com"), "unknown_section"),
        (_body("chart "), "unknown_section"),
        (_body(seconds=-1), "seconds"),
        (_body(seconds=MOST_SECONDS + 1), "seconds"),
        (_body("x" * MOST_USAGE_BYTES), "too_large"),
    ],
)
def test_what_is_no_report_is_counted_and_told(body: bytes, reason: str) -> None:
    """A body that says something else changes nothing but the count of its reason."""
    usage = Usage()
    with pytest.raises(UsageError, match="expected"):
        usage.take(body)
    assert usage.counts.ignored == {**dict.fromkeys(usage.counts.ignored, 0), reason: 1}
    assert sum(usage.counts.views.values()) == 0


@given(
    st.one_of(st.binary(max_size=2_000), st.builds(_body, st.text(), st.one_of(st.integers(), st.floats())))
)
def test_any_body_is_counted_once(body: bytes) -> None:
    """Whatever is posted is one view of a known section or one ignored report; nothing else is kept."""
    usage = Usage()
    try:
        usage.take(body)
    except UsageError:
        assert sum(usage.counts.ignored.values()) == 1
    assert sum(usage.counts.views.values()) + sum(usage.counts.ignored.values()) == 1
    assert set(usage.counts.views) == set(usage.counts.viewed_s) == SECTIONS


def test_what_the_page_reports_is_what_is_counted() -> None:
    """Every section that the second screen names is on the list."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'data-section="([^"]*)"', page))
    assert "chart" in named
    assert named <= SECTIONS

"""A payload that was recorded while the game was on: the drive under way stands in it twice."""

from typing import Any

import msgspec

from engine.feeds.espn import rows_of_summary
from simulator.feed.raw_summary import RawSummary


def play(number: int, text: str = "Run for 3 yards") -> dict[str, Any]:
    """Return a play object."""
    return {"id": f"40{number}", "text": text, "clock": {"displayValue": "1:00"}}


def payload() -> dict[str, Any]:
    """Return a payload whose drive under way knows one play more, and another text, the second time."""
    return {
        "header": {"id": "40", "competitions": [{"id": "40", "competitors": []}]},
        "boxscore": {"secret": 1},
        "drives": {
            "previous": [
                {"id": "d1", "result": "PUNT", "plays": [play(1), play(2)]},
                {"id": "d2", "plays": [play(3), play(4), play(5)]},
            ],
            "current": {"id": "d2", "plays": [play(4, "Run for 4 yards"), play(6)]},
        },
        "winprobability": [{"playId": "400"}, {"playId": "402"}, {"playId": "409"}, {"playId": "406"}],
        "scoringPlays": [{"id": "403"}],
    }


def cut(count: int, *, over: bool = False) -> dict[str, Any]:
    """Return the payload cut to its first plays, as its JSON is read."""
    raw = RawSummary(payload())
    told = raw.cut(raw.final_header(), [(play_id, None) for play_id in raw.play_ids[:count]], over=over)
    return msgspec.json.decode(msgspec.json.encode(told), type=dict[str, Any])


def test_a_repeated_drive_is_one_drive() -> None:
    """Plays are each told once, in the order and with the words that a client reads from the recording."""
    assert rows_of_summary(cut(6)) == rows_of_summary(payload())
    assert [drive["id"] for drive in cut(6)["drives"]["previous"]] == ["d1", "d2"]


def test_hindsight_is_cut() -> None:
    """A drive has its result when its last play is told, and what waits for later plays waits."""
    assert "drives" not in cut(0)
    assert "result" not in cut(1)["drives"]["previous"][0]
    assert cut(1)["drives"]["current"] == cut(1)["drives"]["previous"][0]
    assert cut(2)["drives"]["previous"][0]["result"] == "PUNT"
    assert [len(cut(count)["winprobability"]) for count in range(7)] == [0, 1, 3, 3, 3, 3, 4]
    assert [len(cut(count)["scoringPlays"]) for count in (0, 2, 3)] == [0, 0, 1]
    assert "boxscore" not in cut(6)
    assert "current" not in cut(6, over=True)["drives"]

"""What a run tells of itself: ramp, hold, timeline, memory, and how long a kill was felt."""

import os
import subprocess
import sys

import pytest

from loadtests.memory import pss_mb, rss_mb, system_used_mb, tree_of
from loadtests.swarm.kills import Kill
from loadtests.swarm.tally import PLAY_TO_DISPLAY, RECOVERY, Tally
from loadtests.swarm.timeline import MOST_ROWS, Timeline


def test_the_ramp_ends_when_all_are_there_and_only_then_are_they_held() -> None:
    """Of 10 s the last 6 with all but one second of them: a ramp of 4 s, held for 5."""
    timeline, total = Timeline(100, 10.0), Tally()
    for second in range(1, 11):
        clients = 100 if second >= 4 and second != 8 else 25 * min(second, 3)
        total.counts["deliveries"] += clients
        timeline.look(float(second), clients, total)
    assert timeline.ramp_s == 4.0
    assert timeline.held_s == pytest.approx(5.0)
    assert [row["deliveries_a_second"] for row in timeline.rows[:4]] == [25, 50, 75, 100]


def test_who_never_came_ends_no_ramp() -> None:
    """One client that is missing all the time leaves the ramp open and nothing held."""
    timeline = Timeline(100, 10.0)
    for second in range(1, 11):
        timeline.look(float(second), 99, Tally())
    assert timeline.ramp_s is None
    assert timeline.held_s == 0.0


def test_a_long_run_has_coarser_rows_that_lose_nothing() -> None:
    """An hour is at most 600 rows, whose deliveries and errors add up to those of the run."""
    timeline, total = Timeline(1, 3_600.0), Tally()
    for second in range(1, 3_601):
        news = Tally()
        news.measure(PLAY_TO_DISPLAY, [5_000_000])
        total.counts["deliveries"] += 3
        total.errors["lost"] += second % 60 == 0
        timeline.heard(news)
        timeline.look(float(second), 1, total)
    assert len(timeline.rows) == MOST_ROWS
    assert sum(row["deliveries_a_second"] * 6 for row in timeline.rows) == 3 * 3_600
    assert sum(row["errors"] for row in timeline.rows) == 60
    assert timeline.rows[5]["p99_ms"] == pytest.approx(5.0, rel=0.01)


def _report(losses: int, *recoveries_s: float) -> Tally:
    tally = Tally()
    tally.counts["losses"] = losses
    if recoveries_s:
        tally.measure(RECOVERY, [round(one * 1e9) for one in recoveries_s])
    return tally


def test_a_kill_lasts_until_the_last_viewer_is_back() -> None:
    """Losses and recoveries before the kill, or long after all were back, are not of the kill."""
    total = _report(5, 9.0)
    kill = Kill(1, 0, 10.0, total, 100)
    for at_s, report in ((11.0, _report(3, 0.2)), (12.0, _report(0, 1.5)), (13.5, _report(0, 2.5))):
        total.merge(report)
        kill.follow(at_s, report, total)
        assert (kill.told()["to_last_recovered_s"] is None) == (at_s < 13.5)
    late = _report(1, 8.0)
    total.merge(late)
    kill.follow(20.0, late, total)
    told = kill.told()
    assert (told["lost"], told["recovered"], told["to_last_recovered_s"]) == (3, 3, 3.5)
    assert told["longest_recovery_s"] == 2.5
    assert (kill.missing(100), kill.missing(98)) == (0, 2)


def test_a_viewer_that_is_not_back_leaves_the_kill_open() -> None:
    """Two lost and one back is no recovery."""
    total = Tally()
    kill = Kill(1, None, 0.0, total, 2)
    report = _report(2, 0.3)
    total.merge(report)
    kill.follow(5.0, report, total)
    assert kill.told()["to_last_recovered_s"] is None


def test_a_process_is_found_with_all_that_descend_from_it() -> None:
    """A child of a child is in the tree, and its memory in the sum; when it is gone it is not."""
    inner = "import sys, time; block = bytearray(64 << 20); print('up', flush=True); sys.stdin.read()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        tree = tree_of([child.pid])
        assert tree[0] == child.pid
        assert len(tree) == 2
        assert set(tree) <= set(tree_of([os.getpid()]))
        assert rss_mb(tree) > 64
        assert 64 < pss_mb(tree) <= rss_mb(tree) + 1
        assert rss_mb(tree[:1]) < rss_mb(tree)
    assert tree_of([child.pid]) == [child.pid]
    assert rss_mb([child.pid]) == 0.0
    assert system_used_mb() > 64

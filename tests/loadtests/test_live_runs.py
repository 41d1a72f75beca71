"""Recorded runs against real servers: a good one, one with a planted delay, and a day with kills."""

from pathlib import Path
from typing import Any

import pytest

from loadtests.crash_day import CrashDay, rehearse
from loadtests.objectives import Objectives, read_objectives
from loadtests.recording import Load, record_run
from loadtests.verdict import Outcome, judge_run
from tests.service.games import SAMPLE, sample_games

ROOT = Path(__file__).resolve().parents[2]
PLANTED_MS = 150.0


def _recorded(folder: Path, *options: str) -> dict[str, Any]:
    load = Load(clients=30, events_a_second=20.0, seconds=3.0)
    return record_run(sample_games(3), load, folder, serve_options=("--model", "brownian", *options))


def test_a_recorded_run_has_whole_histories_and_every_stage(tmp_path: Path) -> None:
    """Every viewer of a run has a whole history, and the gate finds every stage that it judges."""
    run = _recorded(tmp_path)
    assert run["pushed"] == run["accepted"] == 60
    assert run["peak_clients"] == 30
    assert run["deliveries"] == 60 * 10
    assert not run["broken_histories"]
    verdict = judge_run(tmp_path, Objectives(minimum_clients=30, minimum_deliveries=600))
    assert (verdict.outcome, verdict.reasons) == (Outcome.GOOD, ())
    stages = ("play_to_display", "dashboard_update", "due_to_display", "wp_calculation", "generator_lag")
    assert all(verdict.latency_ms[stage]["count"] > 0 for stage in stages)


def test_the_gate_fails_on_a_planted_delay_of_the_engine(tmp_path: Path) -> None:
    """With an engine that sleeps 150 ms on each statement the gate fails, and names the calculation."""
    _recorded(tmp_path, "--plant-engine-delay", str(PLANTED_MS))
    verdict = judge_run(tmp_path, read_objectives(ROOT / "data" / "objectives.toml"))
    assert verdict.outcome is not Outcome.GOOD
    assert any("wp_calculation" in reason for reason in verdict.reasons)
    assert verdict.latency_ms["wp_calculation"]["p50"] >= PLANTED_MS


@pytest.mark.parametrize("feeds", [("espn",), ("cfbd", "odds")])
def test_nobody_can_tell_that_the_server_was_killed(tmp_path: Path, feeds: tuple[str, ...]) -> None:
    """SIGKILL twice in a day: one digest live and replayed, no difference, every viewer's history whole."""
    options = ("--games-limit", "3", "--align", "--skip-to-kickoff")
    day = CrashDay(
        SAMPLE, tmp_path / "day", speed=1_500.0, kills=2, viewers=6, feeds=feeds, feed_options=options
    )
    report = rehearse(day, say=lambda _: None)
    assert report.good, report
    assert (report.kills, report.games) == (2, 3)
    assert report.resumes >= 6

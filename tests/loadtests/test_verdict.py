"""`wpsim gate latency`: good runs pass, and every kind of shortfall is named."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.service.histograms import histogram_of_values, write_log
from loadtests.objectives import named_objectives, read_objectives
from loadtests.verdict import Outcome, judge_run
from simulator.season.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
MS = 1_000_000


def _run(folder: Path, *, peak: int = 10, errors: int = 0, broken: int = 0, **stages_ms: float) -> Path:
    """Write a run in which every value of a stage is one figure, and return its folder."""
    figures = {"play_to_display": 5.0, "dashboard_update": 4.0, "generator_lag": 1.0, "wp_calculation": 0.3}
    for stage, value_ms in (figures | stages_ms).items():
        side = folder / ("server" if stage == "wp_calculation" else "client")
        side.mkdir(parents=True, exist_ok=True)
        values = np.full(1_000, round(value_ms * MS), dtype=np.int64)
        write_log(side / f"{stage}.hlog", stage, [(0.0, 1.0, histogram_of_values(values))])
    run = {
        "peak_clients": peak,
        "deliveries": 1_000,
        "errors": {"refused": errors} if errors else {},
        "broken_histories": {f"viewer-{number}": ["a gap"] for number in range(broken)},
    }
    (folder / "run.json").write_text(json.dumps(run))
    return folder


def test_a_good_run_passes(tmp_path: Path) -> None:
    """A run within every objective is good, without a reason."""
    verdict = judge_run(_run(tmp_path), read_objectives(ROOT / "data" / "objectives.toml"))
    assert (verdict.outcome, verdict.reasons) == (Outcome.GOOD, ())
    assert verdict.latency_ms["play_to_display"]["p99"] == pytest.approx(5.0, rel=1e-3)


@pytest.mark.parametrize(
    ("planted", "outcome", "words"),
    [
        ({"play_to_display": 650.0}, Outcome.SHORT, "play_to_display p99"),
        ({"dashboard_update": 250.0}, Outcome.SHORT, "dashboard_update p99"),
        ({"wp_calculation": 150.0}, Outcome.SHORT, "wp_calculation p99"),
        ({"generator_lag": 80.0}, Outcome.INVALID, "generator_lag p99"),
        ({"errors": 1}, Outcome.SHORT, "error rate"),
        ({"broken": 1}, Outcome.SHORT, "viewer-0: a gap"),
        ({"peak": 0}, Outcome.SHORT, "clients"),
    ],
)
def test_each_shortfall_is_named(
    tmp_path: Path, planted: dict[str, int], outcome: Outcome, words: str
) -> None:
    """One planted fault fails the run by its name."""
    verdict = judge_run(_run(tmp_path, **planted), read_objectives(ROOT / "data" / "objectives.toml"))
    assert verdict.outcome is outcome
    assert words in verdict.reasons[0]
    assert len(verdict.reasons) == 1


def test_a_stage_that_was_not_measured_is_no_pass(tmp_path: Path) -> None:
    """An objective about a stage without a histogram is not met."""
    run = _run(tmp_path)
    (run / "client" / "play_to_display.hlog").unlink()
    verdict = judge_run(run, read_objectives(ROOT / "data" / "objectives.toml"))
    assert verdict.reasons == ("play_to_display was not measured",)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[stage.play_to_display]\np98_ms = 1", "p98_ms"),
        ("[stage.play_to_display]\np99_ms = 'fast'", "a number"),
        ("[run]\nminimum_cats = 1", "minimum_cats"),
        ("stage = 3", "table"),
        ("[", "TOML"),
    ],
)
def test_objectives_that_cannot_be_are_refused(tmp_path: Path, written: str, words: str) -> None:
    """A misspelt key or value is an error, not an objective that nobody checks."""
    path = tmp_path / "objectives.toml"
    path.write_text(written)
    with pytest.raises(InputError, match=words):
        read_objectives(path)


def test_the_objectives_that_ship_have_names(tmp_path: Path) -> None:
    """`scale` judges histories, errors and half a million clients strictly; a file is taken as named."""
    data = ROOT / "data"
    assert named_objectives(None, data) == data / "objectives.toml"
    scale = read_objectives(named_objectives(Path("scale"), data))
    assert (scale.minimum_clients, scale.maximum_broken_histories, scale.maximum_error_rate) == (
        500_000,
        0,
        0,
    )
    verdict = judge_run(_run(tmp_path, play_to_display=5_000.0, peak=499_999, broken=1, errors=1), scale)
    assert [reason.split(" ")[0] for reason in verdict.reasons] == ["499,999", "1,000", "1", "error"]
    own = tmp_path / "mine.toml"
    assert named_objectives(own, data) == own
    assert named_objectives(Path("nothing"), data) == Path("nothing")


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    """What is no run is an error that says so."""
    with pytest.raises(InputError, match="recorded run"):
        judge_run(tmp_path, read_objectives(ROOT / "data" / "objectives.toml"))
    broken = _run(tmp_path / "run")
    (broken / "client" / "play_to_display.hlog").write_text("no histogram")
    with pytest.raises(InputError, match="hlog"):
        judge_run(broken, read_objectives(ROOT / "data" / "objectives.toml"))

"""What holds around the fit: older seasons, seasons left out, the interval's scale, the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import wpsim
from calibration.fit.evaluation import judge, score
from calibration.fit.interval import Known, scale_of
from calibration.fit.leave_one_out import leave_each_out
from calibration.fit.older import read_older
from engine.store.models import open_model
from simulator.season.errors import InputError
from simulator.synth.season import generate_season


def older_tables(folder: Path) -> tuple[Path, Path]:
    """A table of two fourth downs of two seasons, and lines of two books each."""
    rows = {
        "game_id": [1, 2], "season": [2015, 2016], "qtr": [1, 4], "TimeSecsRem": [1_200.0, 90.0],
        "pos_team": ["A", "D"], "home_team": ["A", "C"], "home_points": [20, 14], "away_points": [10, 17],
        "home_score": [0, 14], "away_score": [0, 17], "yards_to_goal": [60, 30], "distance": [4, 40],
    }  # fmt: skip
    lines = {"game_id": [1, 1, 2, 2], "provider": ["x", "y", "x", "y"], "spread": [-3.0, -5.0, 7.0, -700.0]}
    downs, books = folder / "downs.parquet", folder / "lines.parquet"
    pd.DataFrame(rows).to_parquet(downs)
    pd.DataFrame(lines).to_parquet(books)
    return downs, books


def test_older_fourth_downs_are_seen_from_the_side_with_the_ball(tmp_path: Path) -> None:
    """With the median of believable lines, and the quarter's place in the game."""
    snaps = read_older(*older_tables(tmp_path), without=())
    assert snaps.line.tolist() == [4.0, 7.0]
    assert snaps.lead.tolist() == [0.0, 3.0]
    assert snaps.left_s.tolist() == [3_000.0, 90.0]
    assert snaps.won.tolist() == [1.0, 1.0]
    assert snaps.distance_yd.tolist() == [4.0, 30.0]


def test_a_season_that_is_fitted_itself_is_not_counted_twice(tmp_path: Path) -> None:
    """Its fourth downs are among the plays already."""
    assert len(read_older(*older_tables(tmp_path), without=[2016])) == 1


def test_a_wrong_table_is_named(tmp_path: Path) -> None:
    """The message says what was expected of it."""
    _, lines = older_tables(tmp_path)
    with pytest.raises(InputError, match="it cannot be read as a table of game_id, season, qtr"):
        read_older(lines, lines, without=())


def test_a_season_is_scored_by_a_model_that_has_not_seen_it(tmp_path: Path) -> None:
    """Each artefact names the other season, and the evaluation finds every quarter."""
    paths = []
    for year in (2021, 2022):
        paths.append(tmp_path / f"{year}.parquet")
        generate_season(paths[-1], seed=year, games=25, season=year)
    written = leave_each_out(paths, tmp_path / "models")
    for year, path in written.items():
        model = open_model(str(path))
        assert model.name == f"without_{year}"
        assert json.loads(path.read_bytes())["provenance"]["seasons"] == [2021 if year == 2022 else 2022]
    told = judge(score(dict(zip(paths, written.values(), strict=True))))
    assert told["games"] == 50
    assert {f"quarter_{number}" for number in range(1, 5)} < set(told["slices"])
    assert told["slices"]["all"]["brier"] < told["no_line"]["brier"] < 0.25


def test_one_season_cannot_be_left_out(generated: Path, tmp_path: Path) -> None:
    """There would be nothing to fit on."""
    with pytest.raises(InputError, match="all games are of one season"):
        leave_each_out([generated], tmp_path)


@pytest.mark.parametrize("widened", [0.5, 1.0, 3.0])
def test_the_interval_s_scale_is_found_again(widened: float) -> None:
    """Where said and true differ by so many times the ensemble's spread, that is the scale."""
    dice = np.random.default_rng(4)
    size, sd, error = 40_000, 0.02, 0.015
    said = dice.uniform(0.2, 0.8, size)
    truth = said + dice.normal(0.0, widened * sd, size) + dice.normal(0.0, error, size)
    known = Known(said, np.full(size, sd), truth, np.full(size, error), np.zeros(size, dtype=np.bool_))
    assert scale_of(known) == pytest.approx(widened, rel=0.05)
    assert known.coverage(scale_of(known)) == pytest.approx(0.9, abs=0.001)


def test_fit_writes_an_artefact_that_opens(
    generated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--json` prints what is in its provenance, and the model carries the file's name."""
    out = tmp_path / "mine.json"
    assert wpsim.run(["fit", str(generated), "-o", str(out), "--members", "0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["members"] == 0
    assert told["bytes"] == out.stat().st_size
    assert open_model(str(out)).name == "mine"
    assert json.loads(out.read_bytes())["provenance"]["command"] == (
        "wpsim fit generated.parquet --members 0 -o mine.json"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--older", "downs.parquet"], "--older and --lines go together"), (["--members", "-1"], "--members")],
)
def test_fit_refuses_half_an_answer(
    generated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """One line on stderr, and the exit code of misuse."""
    assert wpsim.run(["fit", str(generated), "-o", str(tmp_path / "x.json"), *arguments]) == wpsim.MISUSE
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()


def test_too_few_games_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fit on a handful of games would say nothing, and say it with six digits."""
    few = tmp_path / "few.parquet"
    generate_season(few, seed=1, games=3)
    assert wpsim.run(["fit", str(few), "-o", str(tmp_path / "x.json")]) == wpsim.MISUSE
    assert "fewer than 20 games" in capsys.readouterr().err

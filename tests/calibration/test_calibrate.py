"""`wpsim calibrate` and `wpsim gate calibration` from end to end, on a small season."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calibration.assess import assess
from calibration.assessment_answer import calibrate_answer
from calibration.bootstrap import GameBootstrap
from calibration.scores import brier_score, log_loss
from calibration.seasons import choose, score
from calibration.sets import common, slices
from engine.core.models.catalogue import model
from simulator.replay.predictions import Predictions
from simulator.season.errors import InputError
from simulator.season.reader import open_season
from simulator.season.writer import SeasonWriter
from tests.calibration.martingale import sound
from tests.cli.test_commands import Said
from tests.replay.small_season import REFERENCE, sample_games

QUICK = ("--model", "brownian", "--resamples", "40")
VERSUS = {"n", "brier", "diff", "low", "high"}


@pytest.fixture(scope="module")
def next_season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four other games, without any reference."""
    path = tmp_path_factory.mktemp("next") / "next.parquet"
    with SeasonWriter(path) as writer:
        for game in sample_games(12)[8:]:
            writer.write_game(game.events)
    return path


@pytest.fixture(scope="module")
def answer(small_season: Path) -> dict[str, Any]:
    """What calibrate says of the small season, as JSON."""
    found = assess(_plays(small_season), resamples=40, seed=0)
    assert found is not None
    return calibrate_answer(found, model("brownian"), ["small.parquet"])


def _plays(path: Path) -> Predictions:
    return score(choose([open_season(path)]), model("brownian"), jobs=1).plays


def test_one_object_with_what_is_promised(
    small_season: Path, answer: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The machine output is stable, and the command prints what the parts compute."""
    said = Said(capsys, "calibrate", small_season, *QUICK, "--json")
    found = said.json()
    assert (said.code, said.err) == (0, "")
    assert {"model", "n", "games", "brier", "log_loss", "mcb", "dsc", "unc", "by", "versus"} <= found.keys()
    assert found["versus"][REFERENCE].keys() >= VERSUS
    assert all({"n", "brier"} <= part.keys() for part in found["by"].values())
    assert found["brier"] == pytest.approx(found["mcb"] - found["dsc"] + found["unc"])
    assert found["model"].startswith("brownian ")
    assert found["brier"] == answer["brier"]
    assert found["versus"] == answer["versus"]


def test_scores_are_of_the_common_set(small_season: Path, answer: dict[str, Any]) -> None:
    """Regulation with a line, and nothing else."""
    plays = _plays(small_season)
    plays = plays.where((plays.period <= 4) & np.isfinite(plays.home_spread))
    assert answer["n"] == len(plays) > 500
    assert answer["brier"] == pytest.approx(brier_score(plays.home_win_probability, plays.home_won))
    assert answer["log_loss"] == pytest.approx(log_loss(plays.home_win_probability, plays.home_won))
    quarters = [answer["by"][f"quarter_{period}"]["n"] for period in range(1, 5)]
    assert sum(quarters) == answer["n"]


def test_the_reference_is_compared_on_its_own_plays(small_season: Path, answer: dict[str, Any]) -> None:
    """The constant 0.6 scores .16 where the home side won and .36 where not; diff is ours - theirs."""
    plays = _plays(small_season)
    plays = plays.where(common(plays) & np.isfinite(plays.references[REFERENCE]))
    versus = answer["versus"][REFERENCE]
    theirs = float(np.where(plays.home_won, 0.16, 0.36).mean())
    ours = brier_score(plays.home_win_probability, plays.home_won)
    assert (versus["n"], versus["brier"]) == (len(plays), pytest.approx(theirs))
    assert versus["diff"] == pytest.approx(ours - theirs)
    assert versus["low"] <= versus["diff"] <= versus["high"]


def test_slices_cut_the_plays_as_their_names_say() -> None:
    """Overtime and no line are outside of the common set; five minutes within eight points inside."""
    plays = sound(10, 1)
    plays = replace(
        plays,
        period=np.where(np.arange(len(plays)) % 150 == 149, 5, plays.period).astype(np.int8),
        home_spread=np.where(plays.game == 3, np.nan, np.where(plays.game == 4, 3.0, -7.5)),
    )
    cut = dict(slices(plays))
    assert cut["overtime"].sum() == 10
    assert cut["no_line"].sum() == 149
    assert common(plays).sum() == 9 * 149
    assert cut["spread_0_to_3"].sum() == 149
    assert cut["spread_7.5_to_14"].sum() == 8 * 149
    assert cut["season_2023"].sum() == 9 * 149
    late = cut["last_5_min_within_8"]
    assert late.any()
    assert plays.seconds_left[late].max() <= 300.0
    assert np.abs(plays.margin[late]).max() <= 8


def test_seasons_are_judged_together(
    small_season: Path, next_season: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twelve games of two files; a reference that only one has is compared where it is."""
    both = Said(capsys, "calibrate", small_season, next_season, *QUICK, "--json").json()
    alone = Said(capsys, "calibrate", small_season, *QUICK, "--json").json()
    other = Said(capsys, "calibrate", next_season, *QUICK, "--json", "--jobs", "2").json()
    assert (both["games"], both["n"]) == (alone["games"] + other["games"], alone["n"] + other["n"])
    assert both["brier"] * both["n"] == pytest.approx(
        alone["brier"] * alone["n"] + other["brier"] * other["n"]
    )
    assert both["versus"][REFERENCE]["n"] == alone["versus"][REFERENCE]["n"]
    assert other["versus"] == {}


def test_a_game_that_is_named_twice_is_refused(small_season: Path, tmp_path: Path) -> None:
    """The same games in two files would be two independent witnesses, which they are not."""
    copy = tmp_path / "copy.parquet"
    copy.write_bytes(small_season.read_bytes())
    with pytest.raises(InputError, match="name each season once"):
        choose([open_season(small_season), open_season(copy)])


def test_games_are_picked_from_whichever_file_has_them(small_season: Path, next_season: Path) -> None:
    """Files without a chosen game are left out; an id that no file has is an error."""
    seasons = [open_season(small_season), open_season(next_season)]
    wanted = seasons[1].spans[2].game_id
    ((season, spans),) = choose(seasons, [wanted])
    assert (season.path, [span.game_id for span in spans]) == (next_season, [wanted])
    with pytest.raises(InputError, match="no game nowhere"):
        choose(seasons, ["nowhere"])


def test_the_same_seed_gives_the_same_numbers(small_season: Path) -> None:
    """Intervals are drawn; they can be drawn again."""
    plays = _plays(small_season)
    first, again, other = (assess(plays, resamples=40, seed=seed) for seed in (1, 1, 2))
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.whole, first.mcb, first.by) == (again.whole, again.mcb, again.by)
    assert first.whole.brier.low != other.whole.brier.low


def test_a_model_can_be_judged_without_the_line(
    small_season: Path, answer: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """`--hide-line` scores the same plays with a model that is told no spread."""
    blind = Said(capsys, "calibrate", small_season, *QUICK, "--hide-line", "--json").json()
    assert blind["n"] == answer["n"]
    assert blind["brier"] != answer["brier"]
    assert blind["parameters"]["hide_line"] == 1.0


def test_nothing_to_judge(small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Games without a line: calibrate says so and is well, the gate cannot judge."""
    path = tmp_path / "no_line.parquet"
    table = pq.read_table(small_season)
    nulls = pa.nulls(table.num_rows, pa.float64())
    pq.write_table(table.set_column(table.schema.get_field_index("home_spread"), "home_spread", nulls), path)
    said = Said(capsys, "calibrate", path, *QUICK, "--json")
    assert (said.code, said.json()["n"], said.json()["brier"]) == (0, 0, None)
    gate = Said(capsys, "gate", "calibration", path, *QUICK)
    assert gate.code == 2
    assert "nothing to judge" in gate.err


def test_the_gate_holds_a_model_against_its_frozen_self(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Equal to its frozen predictions it passes; a model that knows nothing loses to them, with a reason."""
    frozen = tmp_path / "frozen.parquet"
    assert Said(capsys, "calibrate", small_season, *QUICK, "--freeze", frozen).code == 0
    same = Said(capsys, "gate", "calibration", small_season, *QUICK, "--against", frozen, "--json")
    assert (same.code, same.json()["passed"]) == (0, True)
    paired = next(one for one in same.json()["criteria"] if one["name"] == "paired")
    assert (paired["figures"]["diff"], paired["figures"]["share_of_plays"]) == (0.0, 1.0)
    wild = Said(
        capsys, "gate", "calibration", small_season, "--model", "brownian", "--set", "sigma=900",
        "--resamples", "200", "--against", frozen,
    )  # fmt: skip
    assert wild.code == 1
    assert "FAILED  paired: Brier" in wild.out


def test_the_gate_takes_references_and_models(small_season: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--against` a column with or without its prefix, or a model; anything else lists what there is."""
    for against in (REFERENCE, f"reference_{REFERENCE}", "three_term"):
        said = Said(capsys, "gate", "calibration", small_season, *QUICK, "--against", against, "--json")
        paired = next(one for one in said.json()["criteria"] if one["name"] == "paired")
        assert paired["figures"]["rival"].startswith(against.removeprefix("reference_"))
    unknown = Said(capsys, "gate", "calibration", small_season, *QUICK, "--against", "nobody")
    assert unknown.code == 2
    assert REFERENCE in unknown.err


def test_frozen_predictions_of_other_plays_are_refused(
    small_season: Path, next_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of another season, and a file of something else."""
    frozen = tmp_path / "frozen.parquet"
    Said(capsys, "calibrate", next_season, *QUICK, "--freeze", frozen)
    other = Said(capsys, "gate", "calibration", small_season, *QUICK, "--against", frozen)
    assert (other.code, "shares no play" in other.err) == (2, True)
    wrong = Said(capsys, "gate", "calibration", small_season, *QUICK, "--against", next_season)
    assert (wrong.code, "no frozen predictions" in wrong.err) == (2, True)


class _Page(HTMLParser):
    """Collects what a page links to, and whether its elements are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "srcset", "href")]
        if tag not in ("meta", "img", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_shows_files_that_are_there_and_asks_nobody(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plots for a light and a dark page, tables, and nothing fetched from elsewhere."""
    folder = tmp_path / "new" / "report"
    said = Said(capsys, "calibrate", small_season, *QUICK, "--report", folder)
    assert (said.code, str(folder) in said.err) == (0, True)
    text = (folder / "index.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert len(page.links) == 6
    assert [link for link in page.links if not (folder / link).is_file()] == []
    assert re.search(r"https?:|//|@import|url\(", text) is None
    assert REFERENCE in text
    for name in ("quarter 1", "CORP", "Sure things", "brownian 1"):
        assert name in text


def test_the_tables_name_what_a_reader_looks_for(
    small_season: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scores, bins, references and slices are on the screen, within a hundred columns and uncoloured."""
    said = Said(capsys, "calibrate", small_season, *QUICK)
    for wanted in ("Brier", "MCB", "DSC", "quarter_1", REFERENCE, "0.9-1.0", "once 99 % for a side"):
        assert wanted in said.out
    assert "\x1b" not in said.out
    assert max(map(len, said.out.splitlines())) <= 100


def test_the_interval_of_a_difference_is_over_games() -> None:
    """The paired difference to a blunter forecast has the interval that drawing whole games gives."""
    plays = sound(80, 4)
    blunt = plays.home_win_probability * 0.8 + 0.1
    found = assess(replace(plays, references={"blunt": blunt}), resamples=400, seed=7)
    assert found is not None
    (versus,) = found.whole.versus
    won = plays.home_won
    loss = (plays.home_win_probability - won) ** 2 - (blunt - won) ** 2
    draws = GameBootstrap(plays.game, 400, 7).draws
    means = draws @ loss.reshape(80, -1).mean(axis=1) / 80
    assert [versus.diff.low, versus.diff.high] == pytest.approx(np.quantile(means, [0.025, 0.975]).tolist())

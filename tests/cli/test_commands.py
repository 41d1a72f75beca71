"""Each command does what its help says, prints one JSON object, and ends with the promised code."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pyarrow.parquet as pq
import pytest

import wpsim
from simulator.season.reader import open_season


class Said:
    """Runs a command line in this process and holds what it said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> None:
        self.code = wpsim.run([str(argument) for argument in arguments])
        self.out, self.err = capsys.readouterr()

    def json(self) -> dict[str, Any]:
        """The one object on stdout; NaN and infinity, which JSON does not know, are an error."""

        def no_constant(name: str) -> NoReturn:
            raise AssertionError(f"{name} is no JSON")

        answer = json.loads(self.out, parse_constant=no_constant)
        assert isinstance(answer, dict)
        return answer


BROWNIAN = ("--model", "brownian")


def test_replay_prints_one_object_with_what_is_promised(
    small_season: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The machine output is stable: digest, counts, scores, ten bins, four percentiles a stage."""
    said = Said(capsys, "replay", small_season, "--json")
    answer = said.json()
    assert (said.code, said.err) == (0, "")
    assert {
        "digest",
        "games",
        "events",
        "updates",
        "seconds",
        "model",
        "brier",
        "log_loss",
        "bins",
        "latency_ms",
    } <= (answer.keys())
    assert len(answer["digest"]) == 64
    assert (answer["games"], answer["events"]) == (8, open_season(small_season).rows)
    assert [set(entry) for entry in answer["bins"]] == [{"low", "high", "predicted", "actual", "count"}] * 10
    assert sum(entry["count"] for entry in answer["bins"]) == answer["scored"]["plays"]
    assert set(answer["latency_ms"]["wp_calculation"]) == {"p50", "p95", "p99", "max"}
    assert 0.0 < answer["brier"] < 0.25


def test_a_game_can_be_picked_out(small_season: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--games` takes ids in one list or repeatedly, and a game says the same alone as in its season."""
    ids = [span.game_id for span in open_season(small_season).spans]
    together = Said(capsys, "replay", small_season, "--games", f"{ids[3]},{ids[1]}", "--json").json()
    apart = Said(capsys, "replay", small_season, "--games", ids[1], "--games", ids[3], "--json").json()
    assert together["games"] == apart["games"] == 2
    assert together["digest"] == apart["digest"]


def test_days_can_be_picked_out(small_season: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--from` and `--to` split a season without loss, and a season without games in between is an error."""
    everything = Said(capsys, "replay", small_season, "--json").json()["games"]
    kickoffs = sorted(span.scheduled_ns or 0 for span in open_season(small_season).spans)
    assert kickoffs[0] > 0
    year = 1970 + kickoffs[0] // (365_2425 * 86_400 * 10**5)
    assert (
        Said(capsys, "replay", small_season, "--from", f"{year}-01-01", "--json").json()["games"]
        == everything
    )
    empty = Said(capsys, "replay", small_season, "--to", f"{year}-01-01")
    assert empty.code == 2
    assert "kick-offs run from" in empty.err


def test_the_model_and_its_parameters_are_named(
    small_season: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--model` and `--set` change the digest, and the answer says with what it was made."""
    plain = Said(capsys, "replay", small_season, "--json").json()
    other = Said(
        capsys, "replay", small_season, "--model", "three_term", "--set", "margin=0.2", "--json"
    ).json()
    assert other["model"].startswith("three_term ")
    assert other["parameters"]["margin"] == 0.2
    assert other["digest"] != plain["digest"]


def test_a_report_holds_updates_histograms_plots_and_a_page(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--report` makes the folder, `--chart` picks the game; stdout stays one object."""
    game_id = open_season(small_season).spans[2].game_id
    folder = tmp_path / "new" / "report"
    said = Said(capsys, "replay", small_season, "--report", folder, "--chart", game_id, "--json")
    answer = said.json()
    assert said.code == 0
    names = {path.name for path in folder.iterdir()}
    assert {
        "updates.parquet",
        "wp_calculation.hlog",
        "reliability.png",
        f"game_{game_id}.png",
        "index.html",
    } <= names
    table = pq.read_table(folder / "updates.parquet")
    assert table.num_rows == answer["updates"]
    promised = {
        "game_id",
        "play_id",
        "offset",
        "home_win_probability",
        "win_probability_added",
        "leverage_index",
    }
    assert promised <= set(table.column_names)


def test_anyone_can_score_us_from_the_updates(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Brier score recomputed from updates.parquet and the season file is the one that was printed."""
    said = Said(capsys, "replay", small_season, "--report", tmp_path, "--json").json()
    updates = pq.read_table(tmp_path / "updates.parquet").to_pylist()
    season = pq.read_table(small_season).to_pylist()
    plays = {row["play_id"]: row for row in season if row["event"] == "play"}
    ends = {
        row["game_id"]: row["home_score"] - row["away_score"] for row in season if row["event"] == "game_end"
    }
    scored = [
        (update["home_win_probability_before"] - (ends[update["game_id"]] > 0)) ** 2
        for update in updates
        if update["cause"] == "play"
        and update["kind"] in ("run", "pass", "sack", "punt", "field_goal", "penalty", "unknown")
        and plays[update["play_id"]]["down"] in (1, 2, 3, 4)
        and plays[update["play_id"]]["period"] <= 4
        and ends[update["game_id"]] != 0
    ]
    assert len(scored) == said["scored"]["plays"]
    assert sum(scored) / len(scored) == pytest.approx(said["brier"], abs=1e-12)


def test_synth_writes_a_season_that_validates_and_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A generated season goes through the whole house, and the same seed gives the same digest."""
    digests = []
    for name in ("a.parquet", "b.parquet"):
        made = Said(capsys, "synth", "--seed", 5, "--games", 2, "-o", tmp_path / name, "--json")
        assert (made.code, made.json()["games"]) == (0, 2)
        assert Said(capsys, "validate", tmp_path / name).code == 0
        digests.append(Said(capsys, "replay", tmp_path / name, "--json").json()["digest"])
    assert digests[0] == digests[1]


def test_validate_ends_with_1_where_the_format_is_broken(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The finding names game and row; `--json` lists it."""
    pq.write_table(pq.read_table(small_season).slice(1), tmp_path / "headless.parquet")
    said = Said(capsys, "validate", tmp_path / "headless.parquet")
    assert said.code == 1
    assert "it has no game_start" in said.out
    answer = Said(capsys, "validate", tmp_path / "headless.parquet", "--json").json()
    assert (answer["valid"], answer["counts"]) == (False, {"a game begins with its start": 1})


def test_diff_ends_with_0_or_1(small_season: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equal is 0; another parameter is 1 with the first differing update named field by field."""
    assert Said(capsys, "diff", small_season, small_season).code == 0
    said = Said(capsys, "diff", small_season, small_season, *BROWNIAN, "--set-b", "sigma=15")
    assert said.code == 1
    assert "offset 0" in said.out
    assert "home_win_probability" in said.out
    assert "The epochs differ" in said.out
    answer = Said(
        capsys, "diff", small_season, small_season, *BROWNIAN, "--set-b", "sigma=15", "--json"
    ).json()
    assert answer["equal"] is False
    assert answer["first"]["offset"] == 0
    assert answer["first"]["fields"][0]["name"] == "home_win_probability"


def test_diff_by_model_and_by_common_parameters(
    small_season: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--set` is for both sides, `--model-b` for one."""
    assert Said(capsys, "diff", small_season, small_season, *BROWNIAN, "--set", "sigma=15").code == 0
    assert Said(capsys, "diff", small_season, small_season, "--model-b", "three_term").code == 1


@pytest.mark.parametrize("command", ["replay", "import", "synth", "validate", "diff"])
def test_every_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--help` has one line that can be copied."""
    said = Said(capsys, command, "--help")
    assert said.code == 0
    assert f"Example: wpsim {command} " in said.out
    assert "--json" in said.out


def test_version_and_bare_name(capsys: pytest.CaptureFixture[str]) -> None:
    """`wpsim --version` names itself; `wpsim` alone shows the commands."""
    assert Said(capsys, "--version").out.startswith("wpsim 0.")
    bare = Said(capsys)
    assert bare.code == 0
    assert "replay" in bare.out


def test_the_data_that_ships_is_found() -> None:
    """The sample season is where `data_path` says."""
    assert open_season(wpsim.data_path("sample_season.parquet")).rows > 1_000

"""Loads that start their own server: what they kill, how long they push, and that nothing is left behind."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from loadtests.load import LoadPlan, run_load
from loadtests.memory import tree_of
from loadtests.season_push import check_lasts, longest_games
from simulator.programs import wpsim_answer, wpsim_command

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample_season.parquet"
LENIENT = "[run]\nminimum_clients = 1\n[generator]\np99_ms = 60000\n[stage.play_to_display]\np99_ms = 60000\n"


def _objectives(folder: Path) -> str:
    path = folder / "objectives.toml"
    path.write_text(LENIENT)
    return str(path)


def test_a_run_kills_one_of_its_gateways_and_all_come_back(tmp_path: Path) -> None:
    """One of two gateways is killed in the middle: its viewers resume, and the run tells all about it."""
    folder = tmp_path / "run"
    answer = wpsim_answer(
        "load", "--clients", "80", "--gateways", "2", "--scenario", "reconnect_storm", "--seconds", "8",
        "--events", "30", "--report", str(folder), "--objectives", _objectives(tmp_path), "--json",
    )  # fmt: skip
    assert (answer["verdict"], answer["reasons"], answer["errors"]) == ("good", [], {})
    assert answer["broken_histories"] == 0
    run = json.loads((folder / "run.json").read_text())
    (kill,) = run["kills"]
    assert 0 < kill["lost"] < 80
    assert kill["recovered"] == kill["lost"] == run["counts"]["resumes"]
    assert kill["gateway"] in (0, 1)
    assert not Path(f"/proc/{kill['pid']}").exists()
    assert (
        answer["kill_to_last_recovered_s"] == kill["to_last_recovered_s"] > kill["longest_recovery_s"] * 0.9
    )
    assert run["gateways"] == 2
    assert run["server_processes"] >= 3
    assert run["swarm_processes"] == 2
    assert 0 < run["server_pss_mb"] < run["server_rss_mb"]
    assert run["ramp_s"] < run["seconds"]
    assert 0 < run["held_s"] <= run["seconds"]
    assert run["timeline"][-1]["clients"] == 80
    # The push comes through a gateway, too, maybe the one that is killed: nothing of it is lost.
    assert run["pushed"] == run["accepted"] == 150
    told = [row["at_s"] for row in run["timeline"] if row["deliveries_a_second"]]
    assert max(told) > 4.0
    page = (folder / "index.html").read_text()
    assert page.count("<svg") == 2
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?[^"'#]""", page)
    assert set(re.findall(r"https?://[^/\"]*", page)) == {"http://www.w3.org"}  # the names of SVG itself
    for stage in ("play_to_display", "recovery", "push_lag"):
        assert (folder / "client" / f"{stage}.hlog").is_file()
    assert (folder / "server" / "wp_calculation.hlog").is_file()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_load_that_is_ended_in_the_middle_leaves_nothing_behind(
    tmp_path: Path, how: signal.Signals
) -> None:
    """Ctrl-C or SIGTERM ends the load, and with it workers, master, server and gateways."""
    command = wpsim_command(
        "load", "--clients", "20", "--gateways", "2", "--seconds", "60", "--report", str(tmp_path / "run")
    )
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as load:
        try:
            until_s = time.monotonic() + 60.0
            # Itself, the server with its gateways and their tracker, the master, a worker.
            while len(tree := tree_of([load.pid])) < 7 and time.monotonic() < until_s:
                time.sleep(0.1)
            time.sleep(1.0)
            if how is signal.SIGINT:
                os.killpg(load.pid, how)  # so a terminal does it
            else:
                load.send_signal(how)
            assert load.wait(60.0) == 130
        finally:
            load.kill()
        assert load.stderr is not None
        assert b"Traceback" not in load.stderr.read()
    assert len(tree) >= 7
    until_s = time.monotonic() + 30.0
    while (left := [pid for pid in tree if Path(f"/proc/{pid}").exists()]) and time.monotonic() < until_s:
        time.sleep(0.1)
    assert not left
    assert not (tmp_path / "run" / "token").exists()


def _after(said: str, words: str) -> float:
    return float(said.partition(words)[2].partition(",")[0])


def test_the_longest_games_are_pushed() -> None:
    """Of the season's games those with most rows, each whole."""
    games = longest_games(SAMPLE, 3)
    assert [len(game.events) for game in games] == sorted((len(game.events) for game in games), reverse=True)
    shorter = longest_games(SAMPLE, 20)[3:]
    assert all(len(game.events) <= len(games[-1].events) for game in shorter)


def test_a_push_that_would_end_before_the_run_is_refused(tmp_path: Path) -> None:
    """It is said how long the season lasts and what would fit, and what is said does fit."""
    games = longest_games(SAMPLE)
    with pytest.raises(ValueError, match="which last 122 s at 50 a second") as refused:
        check_lasts(games, SAMPLE, 50.0, 300.0)
    said = str(refused.value)
    check_lasts(games, SAMPLE, _after(said, "--events "), 300.0)
    check_lasts(games, SAMPLE, 50.0, _after(said, "--seconds "))
    with pytest.raises(ValueError, match="--events"):
        run_load(LoadPlan(clients=10, folder=tmp_path / "run", seconds=600.0), SAMPLE)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--clients", "10", "--at", "http://127.0.0.1:1"), "no wpsim server answers"),
        (("--clients", "10", "--scenario", "saturday"), "steady_saturday"),
        (("--clients", "40000", "--workers", "2"), "--workers 3"),
        (("--clients", "45000", "--gateways", "2"), "--gateways 3"),
        (
            ("--clients", "10", "--at", "http://127.0.0.1:1", "--gateways", "2"),
            "is for a server that is started",
        ),
        (("--clients", "10", "--seconds", "900"), "--season"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_what_to_do(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    """Misuse ends with 2 and one line before anything is started."""
    command = wpsim_command("load", *options, "--report", str(tmp_path / "run"))
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert words in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()

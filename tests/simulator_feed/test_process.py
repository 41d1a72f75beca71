"""`wpsim feed` as a process: one line that says where, signals, ends and refusals."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import wpsim
from tests.simulator_feed.feeds import SAMPLE

COMMAND = (sys.executable, "-c", "from wpsim import main; main()", "feed")
PATIENCE_S = 30.0


def feed(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_answers_and_stops(stop: signal.Signals) -> None:
    """One JSON line names the URL and the games; the URL answers; a signal ends it with 0 and no words."""
    options = ("--json", "--games-limit", "2", "--align", "--skip-to-kickoff", "--tracking")
    with subprocess.Popen(
        [*COMMAND, str(SAMPLE), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            assert told["url"] == f"http://127.0.0.1:{told['port']}"
            assert len(told["games"]) == 2
            assert told["speed"] == 60.0
            assert told["kickoff_s"] - told["position_s"] == pytest.approx(60.0, abs=30.0)
            with urllib.request.urlopen(f"{told['url']}/espn/scoreboard", timeout=PATIENCE_S) as answer:
                assert [event["id"] for event in json.load(answer)["events"]] == told["games"]
            process.send_signal(stop)
            out, errors = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert (process.returncode, out, errors) == (0, "", "")


def test_without_json_it_prints_one_line() -> None:
    """The plain line begins with the name and the URL; --once ends when all is told."""
    told = feed(str(SAMPLE), "--games-limit", "1", "--start-at", "1e6", "--once")
    assert told.returncode == 0
    assert told.stderr == ""
    (line,) = told.stdout.splitlines()
    assert line.startswith("wpsim feed: http://127.0.0.1:")
    assert line.endswith(" 1 games at 60x")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("nothing.parquet",), "there is no such file"),
        ((str(Path(__file__).parent),), "no .json or .json.gz file is in it"),
        ((__file__,), "it is no JSON"),
        ((str(SAMPLE), "--games", "7"), "it has no game 7"),
        ((str(SAMPLE), str(SAMPLE), "--games", "2024010000"), "another source holds it"),
        ((str(SAMPLE), "--faults", "tantrum"), "unknown fault 'tantrum'"),
        ((str(SAMPLE), "--speed", "0"), "--speed is 0.0"),
        ((str(SAMPLE), "--start-at", "5", "--skip-to-kickoff"), "leave one out"),
        ((str(SAMPLE), "--games-limit", "1", "--host", "192.0.2.1"), "192.0.2.1"),
        ((), "SEASON"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be rehearsed is refused in one line that names it, without a traceback."""
    code = wpsim.run(["feed", *options])
    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("wpsim: ")
    assert words in line


def test_the_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """--list-faults names every fault with its share, and asks for no season."""
    assert wpsim.run(["feed", "--list-faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert any(line.startswith("late-edit ") for line in lines)

"""What CI runs: commands that exist, gates that can fail, and a second try only where it is due."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from calibration.gate import Rival, judge_gate
from engine.store.models import open_model
from loadtests.objectives import read_objectives
from simulator.replay.predictions import Predictions
from simulator.replay.run import replay
from simulator.season.reader import open_season
from tests.calibration.martingale import sharpened, swapped
from tests.conftest import ROOT
from wpsim import app

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
GATE = ROOT / ".ci" / "latency-gate"
_VARIABLE = re.compile(r"\$\(WPSIM\)|\"\$wpsim\"")


# --- commands ----------------------------------------------------------------------------------------------


def unknown_commands(script: str) -> Iterator[str]:
    """Every target of make, command of wpsim and option of one that a script names and nobody has."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in _VARIABLE.sub("wpsim", script.replace("\\\n", " ")).splitlines():
        words = shlex.split(line, comments=True) if re.match(r"\s*(- )?(run: )?(make|wpsim) ", line) else []
        words = [word for word in words if word not in ("-", "run:")]
        if words[:1] == ["make"]:
            yield from (f"make {word}" for word in words[1:] if "=" not in word and word not in targets)
        elif words:
            yield from _unknown_of_wpsim(words[1:])


def _unknown_of_wpsim(words: list[str]) -> Iterator[str]:
    command: Any = typer.main.get_command(app)
    names = ["wpsim"]
    while hasattr(command, "commands") and words:
        names.append(words.pop(0))
        command = command.commands.get(names[-1])
        if command is None:
            yield " ".join(names)
            return
    known = {option for parameter in command.params for option in parameter.opts}
    yield from (f"{' '.join(names)} {word}" for word in words if word.startswith("--") and word not in known)


@pytest.mark.parametrize("path", [WORKFLOW, ROOT / ".ci" / "run", GATE, ROOT / "Makefile"])
def test_every_command_of_ci_exists(path: Path) -> None:
    """What the workflow and its scripts call is there: targets, commands, options."""
    script = path.read_text(encoding="utf-8").replace("\t", " ")
    assert re.search(r"make [a-z]|wpsim", script)
    assert list(unknown_commands(script)) == []


def test_a_command_that_does_not_exist_is_found() -> None:
    """The check above sees a misspelt target, command and option."""
    script = (
        "make tset\n  - run: make gate-latencies\n$(WPSIM) gate speed x\nwpsim load --client 3 \\\n --json\n"
    )
    assert list(unknown_commands(script)) == [
        "make tset", "make gate-latencies", "wpsim gate speed", "wpsim load --client"
    ]  # fmt: skip


def test_the_workflow_is_one() -> None:
    """It parses; each job has a limit, reads only, and pins its actions; the gates are those of `.ci/run`."""
    yaml = pytest.importorskip("yaml")
    written = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert written["permissions"] == {"contents": "read"}
    assert set(written["jobs"]) == {"test", "calibration", "latency"}
    steps = [step for job in written["jobs"].values() for step in job["steps"]]
    assert all(job["timeout-minutes"] <= 40 for job in written["jobs"].values())
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps if "uses" in step)
    runs = [step["run"] for step in steps if "run" in step]
    local = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for gate in ("make gate-calibration", "make gate-latency"):
        assert gate in runs
        assert f"\n{gate}\n" in local
    (folder,) = re.findall(
        r"^GATE_RUN \?= (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    paths = [step["with"]["path"] for step in steps if "upload-artifact" in step.get("uses", "")]
    assert paths == [f"{folder}/latency.xml", folder]
    assert any(f"{folder}/latency.md" in run and "GITHUB_STEP_SUMMARY" in run for run in runs)


# --- the latency gate --------------------------------------------------------------------------------------

FAKE = """#!/bin/sh
# A wpsim whose n-th load has the n-th verdict of $VERDICTS; "crash" leaves no run.
if [ "$1" = load ]; then
    echo load >> "$CALLS"
    verdict=$(echo "$VERDICTS" | cut -d' ' -f"$(wc -l < "$CALLS")")
    if [ "$verdict" = crash ]; then exit 2; fi
    echo "$verdict" > "$CALLS.verdict"
    echo "{\\"verdict\\": \\"$verdict\\"}"
else
    echo "verdict: $(cat "$CALLS.verdict")"
fi
[ "$(cat "$CALLS.verdict")" = good ]
"""


@pytest.mark.parametrize(
    ("verdicts", "code", "loads"),
    [
        ("good", 0, 1),
        ("short good", 1, 1),
        ("invalid good", 0, 2),
        ("invalid short", 1, 2),
        ("invalid invalid good", 1, 2),
        ("crash good", 2, 1),
    ],
)
def test_only_an_invalid_run_is_made_once_more(verdicts: str, code: int, loads: int, tmp_path: Path) -> None:
    """A late generator is given one more try; a server that is short, or a run that is none, is not."""
    fake, calls = tmp_path / "wpsim", tmp_path / "calls"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    environment = {**os.environ, "WPSIM": str(fake), "CALLS": str(calls), "VERDICTS": verdicts}
    run = subprocess.run(
        [GATE, tmp_path / "run"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, len(calls.read_text().splitlines())) == (code, loads)
    judged = [verdict for verdict in verdicts.split()[:loads] if verdict != "crash"]
    assert run.stdout.split() == [word for verdict in judged for word in ("verdict:", verdict)]


def test_ci_asks_for_what_is_required_and_for_every_viewer() -> None:
    """CI's objectives are those of `data/objectives.toml`, with the 2,000 viewers that it sends."""
    ours = read_objectives(GATE.parent / "objectives.toml")
    required = read_objectives(ROOT / "data" / "objectives.toml")
    assert ours.limits_ms == required.limits_ms
    assert ours.generator_lag_ms == required.generator_lag_ms
    assert (ours.maximum_broken_histories, ours.maximum_error_rate) == (0, 0.0)
    assert f"--clients {ours.minimum_clients} " in GATE.read_text(encoding="utf-8")


# --- the calibration gate ----------------------------------------------------------------------------------


def test_the_calibration_gate_of_ci_passes_and_can_fail() -> None:
    """On the season that ships the fitted model passes; sharpened, blunted or with sides swapped it does not.

    What 250 games show: a temperature of 1.5 or of 1/1.3; one of 1.3 is below what they can tell from chance.
    """
    season = open_season(ROOT / "data" / "sample_season.parquet")
    plays = replay(season, model=open_model("fitted")).predictions
    rival = Rival("brownian", replay(season, model=open_model("brownian")).predictions.home_win_probability)

    def failed(spoilt: Predictions) -> set[str]:
        criteria = judge_gate(spoilt, rival, resamples=1_000)
        return {criterion.name for criterion in criteria if not criterion.passed}

    assert failed(plays) == set()
    assert "tails" in failed(sharpened(plays, 1.5))
    assert "calibration" in failed(sharpened(plays, 1 / 1.3))
    assert {"paired", "tails"} <= failed(swapped(plays, 1))

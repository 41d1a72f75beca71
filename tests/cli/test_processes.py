"""The command as a process of its own: hash seeds, pipes, signals, and the layout of the wheel."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.replay.small_season import SAMPLE

WPSIM = [sys.executable, "-m", "wpsim"]


def _environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"} | more


def _run(*arguments: object, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WPSIM, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_digest_does_not_know_the_hash_seed(small_season: Path) -> None:
    """Hash seeds 0, 1 and random, one process and two: one digest."""
    digests = set()
    for seed, jobs in (("0", 1), ("1", 2), ("random", 1)):
        done = _run(
            "replay", small_season, "--json", "--jobs", jobs, environment=_environment(PYTHONHASHSEED=seed)
        )
        assert done.returncode == 0, done.stderr
        digests.add(json.loads(done.stdout)["digest"])
    assert len(digests) == 1


def test_help_comes_without_the_heavy_libraries() -> None:
    """`wpsim --help` loads no table, plot or number library, so that it answers at once."""
    script = (
        "import sys, wpsim; code = wpsim.run(['replay', '--help']); "
        "heavy = {'numpy', 'pandas', 'pyarrow', 'matplotlib', 'scipy', 'hdrh'}; "
        "print(code, sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_refusal_leaves_no_traceback(jobs: int, tmp_path: Path) -> None:
    """One line on stderr, exit code 2, as the shell sees it."""
    (tmp_path / "no.parquet").write_text("PAR1")
    done = _run("replay", tmp_path / "no.parquet", "--jobs", jobs)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("wpsim: ")
    assert done.stderr.count("\n") == 1


def test_there_is_no_progress_bar_and_no_colour_in_a_pipe(small_season: Path) -> None:
    """What a log file gets is plain text."""
    done = _run("replay", small_season)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "Brier" in done.stdout


def test_a_reader_that_leaves_early_is_no_error_message(small_season: Path) -> None:
    """`wpsim replay | head -1` is quiet."""
    with subprocess.Popen(
        [*WPSIM, "replay", str(small_season)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


@pytest.mark.parametrize("how", [("--speed", "1"), ("--jobs", "1"), ("--jobs", "2")], ids=" ".join)
def test_an_interrupt_is_one_line(how: tuple[str, str], tmp_path: Path) -> None:
    """Ctrl-C, which reaches every process: exit code 130, no traceback, no half-written report."""
    command = [*WPSIM, "replay", str(SAMPLE), *how, "--report", str(tmp_path / "report")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        part = tmp_path / "report" / "updates.parquet.part"
        while not part.exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert (out, err) == ("", "wpsim: interrupted\n")
    assert list((tmp_path / "report").iterdir()) == []


def test_the_layout_of_the_wheel_replays_alike(small_season: Path, tmp_path: Path) -> None:
    """With the rooms inside a package `wpsim`, several processes too: the same digest from another place."""
    package = tmp_path / "site" / "wpsim"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "wpsim.py", package / "__init__.py")
    for room in ("engine", "simulator", "calibration"):
        shutil.copytree(ROOT / room, package / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data" / "models", package / "data" / "models")
    script = tmp_path / "launch.py"
    script.write_text(
        "from wpsim import main\n"
        "if __name__ == '__main__':\n"
        "    import simulator.replay\n"
        f"    assert simulator.replay.__file__.startswith({str(package)!r}), simulator.replay.__file__\n"
        "    main()\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), "replay", str(small_season), "--jobs", "2", "--json"],
        cwd=tmp_path, env=_environment(PYTHONPATH=str(package.parent)), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (
        json.loads(done.stdout)["digest"]
        == json.loads(_run("replay", small_season, "--json").stdout)["digest"]
    )

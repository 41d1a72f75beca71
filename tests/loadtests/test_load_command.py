"""`wpsim load` with real masters, workers and servers; and what is planted in them fails the run."""

import json
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from loadtests.load import LoadPlan
from loadtests.objectives import read_objectives
from loadtests.swarm.checker import fetch_games, fetch_log
from loadtests.swarm.loop import Swarm, start_native
from loadtests.swarm.proofs import judge_proofs
from loadtests.swarm.scenario import Act, Behaviour, Manner, Moment, Scenario
from loadtests.swarm.tally import Tally
from loadtests.verdict import Outcome, judge_run
from simulator.programs import wpsim_answer
from tests.loadtests.swarmed import pushed_server, spoiling_proxy

ROOT = Path(__file__).resolve().parents[2]
LENIENT = "[run]\nminimum_clients = 1\n[generator]\np99_ms = {lag}\n[stage.play_to_display]\np99_ms = 60000\n"


def _objectives(folder: Path, lag: float = 60_000.0) -> str:
    path = folder / "objectives.toml"
    path.write_text(LENIENT.format(lag=lag))
    return str(path)


def test_a_swarm_of_two_workers_holds_whole_histories(tmp_path: Path) -> None:
    """60 clients of 2 workers all come back in the middle, every history is whole, the gate agrees."""
    run = tmp_path / "run"
    answer = wpsim_answer(
        "load", "--clients", "60", "--workers", "2", "--scenario", "score_in_the_big_game",
        "--seconds", "5", "--report", str(run), "--objectives", _objectives(tmp_path), "--json",
    )  # fmt: skip
    assert (answer["verdict"], answer["reasons"]) == ("good", [])
    assert answer["peak_clients"] == 60
    assert answer["broken_histories"] == 0
    assert answer["deliveries"] > 100
    assert answer["server_rss_mb"] > 10
    assert set(answer["generator_lag_ms"]) == {"p99", "max"}
    assert set(answer["latency_ms"]["play_to_display"]) >= {"p50", "p95", "p99", "p999", "max"}
    written = json.loads((run / "run.json").read_text())
    assert written["workers"] == 2
    assert written["counts"]["act reconnect"] == written["counts"]["reconnects"] == 60
    assert written["proofs"]["viewers"] == 60
    assert answer["latency_ms"]["recovery"]["count"] == 60
    assert answer["latency_ms"]["handshake"]["count"] == 120
    # Locust's own table shows the real response times.
    assert "play_to_display" in (run / "locust.log").read_text()
    assert "<svg" in (run / "index.html").read_text()
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    options = ("--objectives", _objectives(tmp_path), "--junit", str(junit), "--summary", str(summary))
    assert wpsim_answer("gate", "latency", str(run), *options, "--json")["verdict"] == "good"
    assert ET.parse(junit).getroot().get("failures") == "0"
    assert "passed" in summary.read_text()


def test_a_late_worker_and_a_slow_engine_fail_the_run(tmp_path: Path) -> None:
    """A worker that sleeps makes the run invalid, an engine that sleeps 150 ms is named too."""
    answer = wpsim_answer(
        "load", "--clients", "20", "--seconds", "2", "--report", str(tmp_path / "run"), "--events", "5",
        "--plant-worker-lag", "0.15", "--plant-engine-delay", "150", "--json", good=(1,),
    )  # fmt: skip
    assert answer["verdict"] == "invalid"
    reasons = "\n".join(answer["reasons"])
    assert "generator_lag p99" in reasons
    assert "wp_calculation p99" in reasons
    junit = tmp_path / "junit.xml"
    wpsim_answer("gate", "latency", str(tmp_path / "run"), "--junit", str(junit), "--json", good=(1,))
    failed = {
        case.get("name") for case in ET.parse(junit).iter("testcase") if case.find("failure") is not None
    }
    assert {"generator_lag", "wp_calculation"} <= failed


def test_one_lost_and_two_swapped_updates_are_found(tmp_path: Path) -> None:
    """One update lost by one viewer, two swapped for another: these two are broken, and nobody else."""
    run = tmp_path / "run"
    with pushed_server(tmp_path) as server, spoiling_proxy(server.url) as proxy:
        answer = wpsim_answer(
            "load", "--at", proxy.url, "--clients", "12", "--seconds", "3", "--report", str(run),
            "--objectives", _objectives(tmp_path), "--server-pid", str(server.pid), "--json", good=(1,),
        )  # fmt: skip
    assert answer["verdict"] == "short"
    assert answer["broken_histories"] == 2
    first_faults = sorted(faults[0].rsplit(": ", 1)[1] for faults in answer["broken"].values())
    assert first_faults == ["gap", "gap"]
    assert any("duplicate or reordering" in "".join(faults) for faults in answer["broken"].values())
    verdict = judge_run(run, read_objectives(tmp_path / "objectives.toml"))
    assert verdict.outcome is Outcome.SHORT
    assert "viewer-" in verdict.reasons[0]


def test_all_manners_of_viewers_and_their_histories(tmp_path: Path) -> None:
    """Slow, deaf and rude viewers, resumes and snapshots: histories are whole, none of it is an error."""
    scenario = Scenario(
        "all", "", seed=3, losses_expected=True, compressed=0.5,
        behaviours=(
            Behaviour(Manner.SLOW, 0.2, 20_000), Behaviour(Manner.NEVER_READ, 0.1),
            Behaviour(Manner.RUBBISH, 0.2, every_s=0.3),
        ),
        moments=(Moment(0.3, Act.RESUME, within_s=0.5), Moment(0.6, Act.SNAPSHOT, within_s=0.5)),
    )  # fmt: skip
    with pushed_server(tmp_path) as server:
        swarm = Swarm("127.0.0.1", server.port, fetch_games(server.url), scenario, seconds=4.0)
        start_native(swarm.run)
        swarm.ask(swarm.begin)
        swarm.ask(lambda: swarm.add_group(range(40), "127.0.1.2", 1_000.0))
        time.sleep(4.0)
        swarm.ask(swarm.leave)
        for _ in range(100):
            time.sleep(0.05 * (not swarm.done))
        assert swarm.done
        log = fetch_log(server.url, fetch_games(server.url))
    total = Tally()
    for tally in swarm.outbox:
        total.merge(tally)
    assert not swarm.failure
    assert not total.errors
    assert swarm.faults == {}
    judged = judge_proofs(swarm.proven(), log)
    assert (judged.faults, judged.broken) == ({}, set())
    assert judged.updates > 100
    assert {client.deflates for client in swarm.clients} == {True, False}
    assert total.counts["deliveries"] > 100
    assert total.counts["resumes"] >= 15
    assert total.counts["rubbish"] > 5
    assert total.counts["losses"] > 0
    assert all(stage in total.stages for stage in ("recovery", "slow_play_to_display", "generator_lag"))


def test_more_clients_than_workers_can_hold_are_refused(tmp_path: Path) -> None:
    """What needs more descriptors than a process has is refused with the number of workers to use."""
    with pytest.raises(ValueError, match="--workers 3"):
        LoadPlan(clients=40_000, folder=tmp_path, workers=2)
    assert not list(tmp_path.iterdir())

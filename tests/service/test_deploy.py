"""What is deployed beside the service is true to it: rules, dashboard, unit, runbook."""

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # ships no types

from engine.gateway.limits import Limits
from engine.service import logs
from engine.service.day import MOST_GAMES, MOST_WAITING
from engine.service.stages import BUCKETS_MS, STAGES
from tests.service.exposition import metrics_table, parts

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "wpsim.rules.yml"
RULE_TESTS = DEPLOY / "prometheus" / "wpsim.rules.test.yml"
DASHBOARD = DEPLOY / "grafana" / "wpsim.json"
RUNBOOK = ROOT / "docs" / "operations.md"
PROMTOOL = shutil.which("promtool")
COMMANDS_S = 120.0

needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH (Debian: the package prometheus)"
)


# --- what is exported --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every series of a service that has lived through everything, with the labels it may have."""
    found: dict[str, set[str]] = {"up": set()}
    with parts(tmp_path_factory.mktemp("deploy")) as service:
        service.live_through_everything()
        for family in service.families().values():
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    for labels in found.values():
        labels |= {"job", "instance"}  # Prometheus adds them
    return found


_SELECTOR = re.compile(r"\b((?:wpsim|process|python)[a-z0-9_:]*|up)\b(?:\{([^}]*)\})?")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")


def _faults(query: str, exported: dict[str, set[str]]) -> list[str]:
    """What a query names that is not there."""
    faults = []
    labels: set[str] = {"alertname", "alertstate"}
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)
    for name, matchers in _SELECTOR.findall(bare):
        if name not in exported:
            faults.append(f"no such metric: {name}")
            continue
        labels |= exported[name]
        asked = _MATCHER.findall(matchers)
        faults += [f"{name} has no label {label}" for label in asked if label not in exported[name]]
    for group in _GROUPING.findall(bare):
        asked = re.findall(r"\w+", group)
        faults += [f"nothing has the label {label}" for label in asked if label not in labels]
    return faults


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("rate(wpsim_deliverys_total[5m])", "no such metric: wpsim_deliverys_total"),
        ('wpsim_feed_health{state="lost"} == 1', "wpsim_feed_health has no label state"),
        ("sum by (viewer) (wpsim_updates_total)", "nothing has the label viewer"),
        ("histogram_quantile(0.9, wpsim_stage_seconds)", "no such metric: wpsim_stage_seconds"),
    ],
)
def test_a_query_of_nothing_is_caught(query: str, fault: str, exported: dict[str, set[str]]) -> None:
    """The comparison sees a misspelt metric, label and grouping."""
    assert _faults(query, exported) == [fault]


# --- the rules ---------------------------------------------------------------------------------------------


@cache
def _groups() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"]
    return groups


def _rules(kind: str) -> list[dict[str, Any]]:
    return [rule for group in _groups() for rule in group["rules"] if kind in rule]


ALERTS = [rule["alert"] for rule in _rules("alert")]


def _with_records(exported: dict[str, set[str]]) -> dict[str, set[str]]:
    records = {rule["record"]: {"job", "instance", "stage"} for rule in _rules("record")}
    return {**exported, **records}


@pytest.mark.parametrize("rule", _rules("expr"), ids=lambda rule: rule.get("alert", "record"))
def test_a_rule_asks_for_what_is_exported(rule: dict[str, Any], exported: dict[str, set[str]]) -> None:
    """Every metric and label of every rule is one that the service tells."""
    assert _faults(rule["expr"], _with_records(exported)) == []


@pytest.mark.parametrize("rule", _rules("alert"), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_urgent_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    """A severity, a sentence, and a section of the runbook that exists."""
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    document, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert ROOT / document == RUNBOOK
    assert anchor == rule["alert"].lower()
    section = re.search(rf"(?m)^### {rule['alert']}\n\*({rule['labels']['severity']}):", RUNBOOK.read_text())
    assert section, f"docs/operations.md has no section `### {rule['alert']}` that begins with its severity"


def test_the_runbook_knows_no_alert_that_is_gone() -> None:
    """Its sections are the alerts, each once."""
    alerts = RUNBOOK.read_text().partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"(?m)^### (.+)$", alerts) == ALERTS


def test_the_latency_page_is_at_the_limits_of_the_design() -> None:
    """A page at p95 of 100 ms, and the limits are edges of buckets: a quantile beyond one is beyond it."""
    rules = {rule["alert"]: rule for rule in _rules("alert")}
    pages = {"WpCalculationSlow": 0.1, "PlayToDisplayLate": 0.1, "PlayToDisplaySlow": 0.5}
    for alert, limit_s in pages.items():
        assert rules[alert]["labels"]["severity"] == "page"
        assert rules[alert]["for"] == "1m"
        assert rules[alert]["expr"].endswith(f"> {limit_s}")
    for alert in (*pages, "WpCalculationAboveGoal", "LogAppendSlow", "FeedLagHigh"):
        limit_s = float(rules[alert]["expr"].rpartition("> ")[2])
        assert limit_s * 1_000 in BUCKETS_MS
        assert set(re.findall(r'stage="(\w+)"', rules[alert]["expr"])) <= set(STAGES)


def test_every_alert_has_a_test_of_its_own() -> None:
    """The rules' tests plant a fault for each alert, and leave none out."""
    tested = [test["name"].partition(":")[0] for test in yaml.safe_load(RULE_TESTS.read_text())["tests"]]
    assert tested[: len(ALERTS)] == ALERTS
    assert len(tested) > len(ALERTS), "there are also tests of what must not wake anybody"


def _promtool(*arguments: object) -> "subprocess.CompletedProcess[str]":
    assert PROMTOOL is not None
    command = [PROMTOOL, *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=COMMANDS_S, check=False)


@needs_promtool
def test_prometheus_takes_its_configuration() -> None:
    """`promtool check config` reads the configuration and the rules that it names."""
    done = _promtool("check", "config", DEPLOY / "prometheus" / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_every_alert_fires_on_its_fault_and_not_before() -> None:
    """`promtool test rules` passes."""
    done = _promtool("test", "rules", RULE_TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_alerts_that_cannot_fire_are_caught(tmp_path: Path) -> None:
    """The rules' tests can fail: with every threshold out of reach each alert's own test does."""
    told = yaml.safe_load(RULES.read_text())
    for group in told["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                rule["expr"] = f"({rule['expr']}) and on () vector(1) > 1"
    (tmp_path / RULES.name).write_text(yaml.safe_dump(told))
    shutil.copy(RULE_TESTS, tmp_path)
    done = _promtool("test", "rules", tmp_path / RULE_TESTS.name)
    assert done.returncode != 0
    assert re.findall(r'alertname=\\"(\w+)\\"', done.stdout + done.stderr) == ALERTS


@needs_promtool
def test_prometheus_finds_nothing_wrong_with_the_exposition(tmp_path: Path) -> None:
    """`promtool check metrics` likes names, units, types and help."""
    with parts(tmp_path) as service:
        service.live_through_everything()
        body, _ = service.metrics.render()
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=body, capture_output=True, timeout=COMMANDS_S, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"wpsim" not in done.stderr


# --- the dashboard -----------------------------------------------------------------------------------------


@cache
def _dashboard() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(DASHBOARD.read_bytes())
    return told


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in _dashboard()["panels"] if panel["type"] != "row"]


def _plain(query: str) -> str:
    """A query as Prometheus gets it, with the dashboard's variables filled in."""
    return query.replace("$__rate_interval", "1m").replace("$job", "wpsim").replace("$instance", ".*")


@pytest.mark.parametrize("panel", _panels(), ids=lambda panel: panel["title"])
def test_a_panel_asks_for_what_is_exported(panel: dict[str, Any], exported: dict[str, set[str]]) -> None:
    """Every query's metrics and labels are the service's, and its legend names labels that are left."""
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["targets"]
    for target in panel["targets"]:
        assert _faults(_plain(target["expr"]), exported) == []
        assert "$" not in _plain(target["expr"])
        left = re.findall(r"sum by \(([^)]*)\)", target["expr"])
        for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
            assert not left or label in re.findall(r"\w+", left[0])


def test_the_dashboard_is_one() -> None:
    """Panels have ids of their own, lie beside each other, and take their data from the variable."""
    told = _dashboard()
    assert told["uid"] == "wpsim"
    assert told["schemaVersion"] >= 36
    ids = [panel["id"] for panel in told["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in told["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert taken.isdisjoint(cells), panel["title"]
        taken |= cells
    for panel in _panels():
        assert panel["datasource"]["uid"] == "${datasource}"
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)
    assert [variable["name"] for variable in told["templating"]["list"]] == ["datasource", "job", "instance"]


def test_the_dashboard_shows_every_stage() -> None:
    """No latency that is recorded goes undrawn."""
    queries = " ".join(target["expr"] for panel in _panels() for target in panel["targets"])
    assert set(re.findall(r'stage="(\w+)"', queries)) == set(STAGES)


@needs_promtool
def test_prometheus_reads_every_query_of_the_dashboard(tmp_path: Path) -> None:
    """Each query, made a rule, is one that Prometheus parses."""
    rules = [
        {"record": f"dashboard:query:{number}", "expr": _plain(target["expr"])}
        for number, target in enumerate(target for panel in _panels() for target in panel["targets"])
    ]
    path = tmp_path / "dashboard.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = _promtool("check", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


# --- the runbook and the unit ------------------------------------------------------------------------------


def test_the_runbook_lists_every_metric(tmp_path: Path) -> None:
    """Its table is what the service tells: names, types, labels and words."""
    with parts(tmp_path) as service:
        service.live_through_everything()
        table = metrics_table(service.families().values())
    assert f"-->\n{table}\n<!-- end of metrics -->" in RUNBOOK.read_text()


def test_the_runbook_lists_every_stage() -> None:
    """Each stage has its row with where it begins and ends."""
    table = RUNBOOK.read_text().partition("| stage | from | to |")[2].partition("\n\n")[0]
    assert re.findall(r"(?m)^\| `(\w+)` \| .+ \| .+ \|$", table) == list(STAGES)


def test_the_limits_of_the_runbook_are_those_of_the_code() -> None:
    """Numbers that an operator plans with are the ones that hold."""
    text, limits = RUNBOOK.read_text(), Limits()
    for words in (
        f"{limits.handshake_timeout_s:g} s, {limits.most_head_bytes // 1024} KiB",
        f"{limits.most_message_bytes // 1024} KiB; {limits.messages_a_second:g} a second",
        f"{limits.write_buffer_bytes // 1024} KiB, {limits.stall_timeout_s:g} s",
        f"{limits.ping_timeout_s:g} s",
        f"{limits.kept_updates:,} or {limits.kept_bytes >> 20} MiB a game",
        f"| games a day | {MOST_GAMES} |",
        f"| statements that wait for one game | {MOST_WAITING:,} |",
        f"{logs.MOST_TEXT:,} characters",
    ):
        assert words in text, words


def test_every_path_that_the_readme_names_is_there() -> None:
    """The table of deploy/README.md lists the files that are, and no other."""
    named = re.findall(r"(?m)^\| `([^`]+)` \|", (DEPLOY / "README.md").read_text())
    there = [path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*") if path.is_file()]
    assert sorted(named) == sorted(set(there) - {"README.md"})


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on the PATH")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, once the program is where the unit says."""
    unit = (DEPLOY / "systemd" / "wpsim.service").read_text()
    assert "ExecStart=/opt/wpsim/bin/wpsim serve " in unit
    path = tmp_path / "wpsim.service"
    path.write_text(unit.replace("/opt/wpsim/bin/wpsim", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(path)],
        capture_output=True,
        text=True,
        timeout=COMMANDS_S,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )
    assert "wpsim.service" not in done.stderr, done.stderr

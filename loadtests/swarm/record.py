"""Writes a run as `wpsim gate latency` reads it, with a page for people: facts, latencies, how it went."""

import html
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.service.histograms import write_log
from loadtests.swarm.plots import percentile_plot, timeline_plot
from loadtests.swarm.tally import Stage, Tally
from loadtests.verdict import RUN_FILE

PAGE: Final = "index.html"
_FIGURES: Final = (50.0, 95.0, 99.0, 99.9, 99.99)


def write_run(folder: Path, run: dict[str, Any], total: Tally) -> None:
    """Write `run.json`, `client/*.hlog` and `index.html` into a folder."""
    client = folder / "client"
    client.mkdir(parents=True, exist_ok=True)
    for stale in client.glob("*.hlog"):
        stale.unlink()
    ended_s = time.time()
    for name, stage in total.stages.items():
        write_log(client / f"{name}.hlog", name, [(ended_s - run["seconds"], ended_s, stage.histogram())])
    (folder / RUN_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2))
    (folder / PAGE).write_text(_page(run, total), encoding="utf-8")


def _page(run: dict[str, Any], total: Tally) -> str:
    """Return the page: facts, percentiles by stage, and their plot."""
    rows = "".join(_row(name, stage) for name, stage in sorted(total.stages.items()) if stage.total)
    facts = "".join(
        f"<tr><th>{html.escape(key.replace('_', ' '))}<td>{html.escape(str(value))}"
        for key, value in run.items()
        if not isinstance(value, dict | list)
    )
    kills = "".join(
        f"<li>gateway {one['gateway']} at {one['at_s']:g} s: {one['lost']:,} viewers lost, "
        f"{one['recovered']:,} back, the last within {one['to_last_recovered_s']} s"
        for one in run["kills"]
    )
    counts = "".join(f"<tr><th>{html.escape(key)}<td>{value:,}" for key, value in run["counts"].items())
    faults = "".join(
        f"<li>{html.escape(name)}: {html.escape('; '.join(words))}"
        for name, words in list(run["broken_histories"].items())[:50]
    )
    errors = "".join(f"<li>{html.escape(name)}: {count:,}" for name, count in run["errors"].items())
    heads = "".join(f"<th>p{figure:g}" for figure in _FIGURES)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Load run</title>"
        "<style>body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse}th,td{padding:.2em .8em;text-align:right}"
        "th:first-child{text-align:left}svg{max-width:100%;height:auto}</style>"
        f"<h1>{html.escape(str(run['scenario']))}</h1><table>{facts}</table>"
        f"<h2>Latency, ms</h2><table><tr><th>stage<th>count{heads}<th>max{rows}</table>"
        f"{percentile_plot(total.stages)}<h2>How it went</h2>{timeline_plot(run['timeline'])}"
        f"{'<h2>Killed</h2><ul>' + kills + '</ul>' if kills else ''}"
        f"<h2>Broken histories</h2><ul>{faults or '<li>none'}</ul>"
        f"<h2>Errors</h2><ul>{errors or '<li>none'}</ul>"
        f"<h2>Counts</h2><table>{counts}</table></html>\n"
    )


def _row(name: str, stage: Stage) -> str:
    cells = "".join(f"<td>{stage.percentile_ms(figure):,.3f}" for figure in _FIGURES)
    return f"<tr><th>{html.escape(name)}<td>{stage.total:,}{cells}<td>{stage.highest_ns / 1e6:,.3f}"

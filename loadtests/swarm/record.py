"""Writes a run as `wpsim gate latency` reads it, with a page of percentile plots for people."""

import html
import io
import time
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from engine.service.histograms import value_at, write_log
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
        if not isinstance(value, dict)
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
        f"<h2>Latency, ms</h2><table><tr><th>stage<th>count{heads}<th>max{rows}</table>{_plot(total)}"
        f"<h2>Broken histories</h2><ul>{faults or '<li>none'}</ul>"
        f"<h2>Errors</h2><ul>{errors or '<li>none'}</ul>"
        f"<h2>Counts</h2><table>{counts}</table></html>\n"
    )


def _row(name: str, stage: Stage) -> str:
    cells = "".join(f"<td>{stage.percentile_ms(figure):,.3f}" for figure in _FIGURES)
    return f"<tr><th>{html.escape(name)}<td>{stage.total:,}{cells}<td>{stage.highest_ns / 1e6:,.3f}"


def _plot(total: Tally) -> str:
    """Return percentiles against latency as SVG, the tail stretched as HDR plots have it."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a second of import that only a report needs

    figure = Figure(figsize=(9, 4.5))
    axes = figure.add_subplot()
    for name, stage in sorted(total.stages.items()):
        places = np.flatnonzero(stage.counts)
        if len(places):
            running = np.cumsum(stage.counts[places])
            beyond = 1.0 / np.maximum(1.0 - (running - 1) / running[-1], 1e-9)
            axes.step(beyond, [value_at(int(place)) / 1e6 for place in places], where="post", label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([1, 10, 100, 1e3, 1e4, 1e5], ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"])
    axes.set_ylabel("ms")
    axes.set_xlabel("percentile")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", bbox_inches="tight")
    return drawn.getvalue()[drawn.getvalue().index("<svg") :]

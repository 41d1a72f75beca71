"""The plots of a run's page, as SVG that stands in the page itself and asks no other host for anything."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.service.histograms import value_at
from loadtests.swarm.tally import Stage

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def percentile_plot(stages: Mapping[str, Stage]) -> str:
    """Return percentiles against latency, the tail stretched as HDR plots have it."""
    figure = _figure(4.5)
    axes = figure.add_subplot()
    for name, stage in sorted(stages.items()):
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
    if axes.lines:
        axes.legend(fontsize="small")
    return _svg(figure)


def timeline_plot(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return clients, deliveries, latency and errors against time, one below the other."""
    figure = _figure(6.5)
    panels = (
        ("clients", "clients"),
        ("deliveries_a_second", "deliveries/s"),
        ("p99_ms", "play_to_display p99, ms"),
        ("errors", "errors"),
    )
    at_s = [row["at_s"] for row in rows]
    above = None
    for number, (key, label) in enumerate(panels, start=1):
        above = axes = figure.add_subplot(len(panels), 1, number, sharex=above)
        axes.plot(at_s, [row[key] for row in rows], linewidth=1.2)
        axes.set_title(label, fontsize="small", loc="left")
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
        axes.tick_params(labelbottom=number == len(panels), labelsize="small")
    if above is not None:
        above.set_xlabel("s")
    return _svg(figure)


def _figure(height: float) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415 - a second of import that only a report needs

    return Figure(figsize=(9, height), layout="constrained")


def _svg(figure: "Figure") -> str:
    drawn = io.StringIO()
    # Without metadata there is no address in it, not even the name of a vocabulary.
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(drawn, format="svg", metadata=nothing)
    return drawn.getvalue()[drawn.getvalue().index("<svg") :]

"""How a run went, row by row: what a plot of it shows, and from when to when all clients were there."""

from typing import Any, Final

from loadtests.swarm.tally import PLAY_TO_DISPLAY, Stage, Tally

MOST_ROWS: Final = 600
"""A longer run has coarser rows."""


class Timeline:
    """The rows so far; told everything in the order in which it happened."""

    def __init__(self, wanted: int, seconds: float) -> None:
        """Begin.

        Args:
            wanted: how many clients are all of them.
            seconds: how long the run lasts.
        """
        self.rows: list[dict[str, Any]] = []
        self.ramp_s: float | None = None
        """When all clients were open for the first time; None: they never were."""
        self.held_s = 0.0
        """How long all were open, altogether."""
        self._wanted, self._every_s = wanted, max(1.0, seconds / MOST_ROWS)
        self._row_s, self._look_s = 0.0, 0.0
        self._deliveries, self._errors = 0, 0
        self._stage = Stage()

    def opened(self, at_s: float, clients: int) -> None:
        """Note how many are open, as soon as it is known."""
        if clients >= self._wanted and self.ramp_s is None:
            self.ramp_s = round(at_s, 1)
            self._look_s = at_s

    def heard(self, tally: Tally) -> None:
        """Note what was measured since."""
        stage = tally.stages.get(PLAY_TO_DISPLAY)
        if stage is not None:
            self._stage.merge(stage)

    def look(self, at_s: float, clients: int, total: Tally) -> None:
        """Note how it stands; about once a second."""
        self.opened(at_s, clients)
        if clients >= self._wanted:
            self.held_s += max(0.0, at_s - self._look_s)
        self._look_s = at_s
        took_s = at_s - self._row_s
        if took_s < self._every_s - 0.05 or len(self.rows) >= MOST_ROWS:
            return
        deliveries, errors = total.counts["deliveries"], sum(total.errors.values())
        self.rows.append(
            {
                "at_s": round(at_s, 1),
                "clients": clients,
                "deliveries_a_second": round((deliveries - self._deliveries) / took_s),
                "p99_ms": round(self._stage.percentile_ms(99.0), 3),
                "errors": errors - self._errors,
            }
        )
        self._row_s, self._deliveries, self._errors = at_s, deliveries, errors
        self._stage = Stage()

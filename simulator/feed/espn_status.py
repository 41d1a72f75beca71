"""Where a game stands, in the words of ESPN's scoreboard: scheduled, in progress, half-time, final."""

from enum import Enum
from typing import Any, Final

from engine.core.events import Outcome
from engine.core.football import REGULATION_PERIODS, PlayKind
from simulator.feed.games import Standing


class Stage(Enum):
    """What ESPN calls the stage of a game."""

    SCHEDULED = ("1", "STATUS_SCHEDULED", "pre", False, "Scheduled")
    IN_PROGRESS = ("2", "STATUS_IN_PROGRESS", "in", False, "In Progress")
    END_PERIOD = ("22", "STATUS_END_PERIOD", "in", False, "End of Period")
    HALFTIME = ("23", "STATUS_HALFTIME", "in", False, "Halftime")
    FINAL = ("3", "STATUS_FINAL", "post", True, "Final")
    CANCELED = ("5", "STATUS_CANCELED", "post", False, "Canceled")

    @property
    def state(self) -> str:
        """Pre, in or post."""
        return self.value[2]


_BREAKS: Final = {PlayKind.HALF_END: Stage.HALFTIME, PlayKind.PERIOD_END: Stage.END_PERIOD}
_ORDINALS: Final = ("", "1st", "2nd", "3rd", "4th")


def stage_of(standing: Standing) -> Stage:
    """Return the stage of a game."""
    if standing.end is not None:
        return Stage.CANCELED if standing.end.outcome is Outcome.NO_CONTEST else Stage.FINAL
    if not standing.plays:
        return Stage.SCHEDULED
    return _BREAKS.get(standing.plays[-1].kind, Stage.IN_PROGRESS)


def status_of(standing: Standing) -> dict[str, Any]:
    """Return the status object: stage, period and clock."""
    stage = stage_of(standing)
    kind_id, name, state, completed, description = stage.value
    period, clock_s = clock_of(standing)
    shown = clock_text(clock_s)
    detail = f"{shown} - {period_text(period)}" if stage is Stage.IN_PROGRESS else description
    return {
        "clock": float(clock_s),
        "displayClock": shown,
        "period": period,
        "type": {
            "id": kind_id,
            "name": name,
            "state": state,
            "completed": completed,
            "description": description,
            "detail": detail,
            "shortDetail": detail,
        },
    }


def clock_of(standing: Standing) -> tuple[int, int]:
    """Return period and seconds left of the newest play that names each; 0 and 0 before the first."""
    period = clock_s = None
    for play in reversed(standing.plays):
        period = play.period if period is None else period
        clock_s = play.clock_s if clock_s is None else clock_s
        if period is not None and clock_s is not None:
            break
    return period or 0, clock_s or 0


def scores_of(standing: Standing) -> tuple[int, int]:
    """Return home and away points: the final ones, or those of the newest play that names them."""
    home = None if standing.end is None else standing.end.home_score
    away = None if standing.end is None else standing.end.away_score
    for play in reversed(standing.plays):
        home = play.home_score if home is None else home
        away = play.away_score if away is None else away
        if home is not None and away is not None:
            break
    return home or 0, away or 0


def clock_text(clock_s: int) -> str:
    """Return a clock as ESPN shows it, such as 7:05."""
    return f"{clock_s // 60}:{clock_s % 60:02}"


def period_text(period: int) -> str:
    """Return a period's name, such as 2nd Quarter or OT."""
    if period > REGULATION_PERIODS:
        return "OT" if period == REGULATION_PERIODS + 1 else f"{period - REGULATION_PERIODS}OT"
    return f"{_ORDINALS[period]} Quarter" if period > 0 else ""

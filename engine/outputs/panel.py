"""The panel of one game: what stands on the air, as flat keys and values.

Commands change it; renderers that know states and no commands (CasparCG templates, polling systems, files)
are given its keys. All values are strings, every key is always there, and a text that may not be shown any
more is empty.
"""

from dataclasses import dataclass
from typing import Final

from engine.core.events import Team
from engine.core.football import Side
from engine.outputs.commands import (
    Command,
    ShowKeyPlay,
    Target,
    UpdateSituation,
    UpdateWinProbability,
)
from engine.outputs.wording import nearest

KEYS: Final = (
    "game_id", "epoch", "offset", "received_ns", "issued_ns", "air_delay_ms",
    "on_air", "stale",
    "home_name", "home_abbreviation", "away_name", "away_abbreviation",
    "home_score", "away_score",
    "home_win_percent", "away_win_percent", "home_win_probability", "away_win_probability",
    "home_win_probability_low", "home_win_probability_high", "market_home_win_percent",
    "win_probability_text",
    "phase", "period", "period_text", "clock", "clock_text",
    "possession", "possession_abbreviation", "home_possession", "away_possession",
    "home_timeouts", "away_timeouts",
    "down_distance_text", "ball_text", "situation_text",
    "key_play_on", "key_play_id", "key_play_headline", "key_play_text", "key_play_swing_text",
    "key_play_side", "key_play_display_ms",
)  # fmt: skip
"""Every key, in the order in which it is written. Keys are added, never renamed or taken away."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands of one game; `applied` gives the next one."""

    game_id: str
    air_delay_ms: int = 0
    last: Command | None = None
    """The newest command of any kind: the teams and the stamps."""
    odds: UpdateWinProbability | None = None
    situation: UpdateSituation | None = None
    key_play: ShowKeyPlay | None = None

    @property
    def on_air(self) -> bool:
        """Whether anything stands."""
        return self.odds is not None or self.situation is not None or self.key_play is not None

    @property
    def stale(self) -> bool:
        """Whether what stands is marked as held, or was cleared because it was held too long."""
        if not self.on_air:
            return True
        return any(shown is not None and shown.stale for shown in (self.odds, self.situation))


def applied(panel: Panel, command: Command) -> Panel:
    """Return the panel after a command."""
    odds, situation, key_play = panel.odds, panel.situation, panel.key_play
    if isinstance(command, UpdateWinProbability):
        odds = command
    elif isinstance(command, UpdateSituation):
        situation = command
    elif isinstance(command, ShowKeyPlay):
        key_play = command
    elif command.target is Target.ALL:
        odds = situation = key_play = None
    elif key_play is not None and command.play_id in {None, key_play.play_id}:
        key_play = None
    return Panel(panel.game_id, panel.air_delay_ms, command, odds, situation, key_play)


def card_over(panel: Panel, now_ns: int) -> Panel:
    """Return the panel without a card whose display time is over."""
    card = panel.key_play
    if card is None or now_ns - card.issued_ns < card.display_ms * 1_000_000:
        return panel
    return Panel(panel.game_id, panel.air_delay_ms, panel.last, panel.odds, panel.situation)


def keys_of(panel: Panel) -> dict[str, str]:
    """Return the flat keys of a panel: all of `KEYS`, in that order."""
    keys = dict.fromkeys(KEYS, "")
    keys["game_id"] = panel.game_id
    keys["air_delay_ms"] = str(panel.air_delay_ms)
    keys["on_air"] = _flag(panel.on_air)
    keys["stale"] = _flag(panel.stale)
    keys["key_play_on"] = _flag(panel.key_play is not None)
    last = panel.last
    if last is not None:
        keys |= {
            "epoch": last.epoch,
            "offset": str(last.offset),
            "received_ns": str(last.received_ns),
            "issued_ns": str(last.issued_ns),
            "home_name": last.home.name,
            "home_abbreviation": last.home.abbreviation,
            "away_name": last.away.name,
            "away_abbreviation": last.away.abbreviation,
        }
    if panel.odds is not None:
        keys |= _odds_keys(panel.odds)
    if panel.situation is not None:
        keys |= _situation_keys(panel.situation)
    if panel.key_play is not None:
        keys |= _key_play_keys(panel.key_play)
    return keys


def _odds_keys(odds: UpdateWinProbability) -> dict[str, str]:
    market = odds.market_home_win_probability
    return {
        "home_win_percent": str(odds.home_win_percent),
        "away_win_percent": str(odds.away_win_percent),
        "home_win_probability": f"{odds.home_win_probability:.6f}",
        "away_win_probability": f"{odds.away_win_probability:.6f}",
        "home_win_probability_low": _probability(odds.home_win_probability_low),
        "home_win_probability_high": _probability(odds.home_win_probability_high),
        "market_home_win_percent": "" if market is None else str(nearest(market * 100)),
        "win_probability_text": _leader_text(odds),
    }


def _leader_text(odds: UpdateWinProbability) -> str:
    home = odds.home_win_percent >= odds.away_win_percent
    leader: Team = odds.home if home else odds.away
    return f"{leader.abbreviation} {max(odds.home_win_percent, odds.away_win_percent)}%"


def _situation_keys(situation: UpdateSituation) -> dict[str, str]:
    side = situation.possession
    team = {Side.HOME: situation.home, Side.AWAY: situation.away}
    clock = f"{situation.period_text} {situation.clock}".strip()
    return {
        "home_score": str(situation.home_score),
        "away_score": str(situation.away_score),
        "phase": situation.phase.value,
        "period": str(situation.period),
        "period_text": situation.period_text,
        "clock": situation.clock,
        "clock_text": clock,
        "possession": "" if side is None else side.value,
        "possession_abbreviation": "" if side is None else team[side].abbreviation,
        "home_possession": _flag(side is Side.HOME),
        "away_possession": _flag(side is Side.AWAY),
        "home_timeouts": str(situation.home_timeouts),
        "away_timeouts": str(situation.away_timeouts),
        "down_distance_text": situation.down_distance_text,
        "ball_text": situation.ball_text,
        "situation_text": situation.text,
    }


def _key_play_keys(card: ShowKeyPlay) -> dict[str, str]:
    return {
        "key_play_id": card.play_id,
        "key_play_headline": card.headline,
        "key_play_text": card.text,
        "key_play_swing_text": card.swing_text,
        "key_play_side": card.side.value,
        "key_play_display_ms": str(card.display_ms),
    }


def _flag(true: bool) -> str:
    return "true" if true else "false"


def _probability(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"

"""The commands that go to broadcast renderers, and how each is made from what was told.

A command is a flat JSON object whose `command` names it; docs/graphics.md lists every field. The names
`UPDATE_WIN_PROBABILITY`, `SHOW_KEY_PLAY` and `UPDATE_SITUATION` are kept for ever; `CLEAR` takes off the air
what they brought there.
"""

from enum import StrEnum
from typing import Any, Final

import msgspec

from engine.core.events import GameStart, Team
from engine.core.football import Phase, Side
from engine.outputs.wording import (
    HALFTIME,
    ball_text,
    clock_text,
    down_distance_text,
    headline,
    nearest,
    one_line,
    percents,
    period_text,
    team_on_air,
)
from engine.told import Told

KEY_PLAY_DISPLAY_MS: Final = 5_000
"""How long a key play stands; the renderer counts, a `CLEAR` follows for those that do not."""


class Target(StrEnum):
    """What a `CLEAR` takes away."""

    ALL = "all"
    KEY_PLAY = "key_play"


class Reason(StrEnum):
    """Why a `CLEAR` is sent."""

    STALE = "stale"
    """The data were stale for longer than they may be held."""
    WITHDRAWN = "withdrawn"
    """The feed took the play back."""
    CORRECTED = "corrected"
    """The play, or one before it, is now told otherwise."""
    OVER = "over"
    """The display time is over."""
    CLOSING = "closing"
    """The service ends: nobody will keep the graphics right any more."""


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command"):
    game_id: str
    epoch: str
    offset: int
    """The update it was made from."""
    received_ns: int
    """When the causing statement came from the feed, nanoseconds since 1970."""
    issued_ns: int
    """When the command was issued, nanoseconds since 1970: after the air delay."""
    home: Team
    away: Team


class UpdateWinProbability(_Command, frozen=True, kw_only=True, tag="UPDATE_WIN_PROBABILITY"):
    """Who is how likely to win."""

    home_win_percent: int
    """0-100; with `away_win_percent` exactly 100. 100 only when the game is won."""
    away_win_percent: int
    home_win_probability: float
    away_win_probability: float
    home_win_probability_low: float | None = None
    home_win_probability_high: float | None = None
    market_home_win_probability: float | None = None
    stale: bool = False
    """The last that is known, held because the feed is not live."""


class UpdateSituation(_Command, frozen=True, kw_only=True, tag="UPDATE_SITUATION"):
    """Score, clock, down and distance."""

    text: str
    """All of it on one line, such as `3rd & 7 at UGA 32`, or `Halftime`."""
    phase: Phase
    period: int
    period_text: str
    clock_s: int
    clock: str
    """`7:05`; empty where no clock runs."""
    home_score: int
    away_score: int
    home_timeouts: int
    away_timeouts: int
    down_distance_text: str
    ball_text: str
    possession: Side | None = None
    down: int | None = None
    distance_yd: int | None = None
    yards_to_goal: int | None = None
    stale: bool = False


class ShowKeyPlay(_Command, frozen=True, kw_only=True, tag="SHOW_KEY_PLAY"):
    """A play that moved the win probability by at least 0.10."""

    play_id: str
    headline: str
    text: str
    """The feed's words, on one line, at most 160 characters."""
    win_probability_added: float
    """For the home side; below zero it helped the away side."""
    side: Side
    """Whom it helped."""
    swing_percent: int
    swing_text: str
    """Such as `UGA +12%`."""
    home_win_percent: int
    away_win_percent: int
    display_ms: int = KEY_PLAY_DISPLAY_MS


class Clear(_Command, frozen=True, kw_only=True, tag="CLEAR"):
    """Take something off the air."""

    target: Target
    reason: Reason
    play_id: str | None = None
    """Of the key play that is taken away; None where everything is."""


Command = UpdateWinProbability | UpdateSituation | ShowKeyPlay | Clear

encode_command = msgspec.json.Encoder().encode
decode_command = msgspec.json.Decoder(Command).decode


def name_of(command: Command) -> str:
    """Return the command's name on the wire."""
    return str(command.__struct_config__.tag)


def _head(told: Told, start: GameStart, issued_ns: int) -> dict[str, Any]:
    return {
        "game_id": told.game_id,
        "epoch": told.update.epoch,
        "offset": told.offset,
        "received_ns": told.received_ns,
        "issued_ns": issued_ns,
        "home": team_on_air(start.home),
        "away": team_on_air(start.away),
    }


def win_probability(
    told: Told, start: GameStart, issued_ns: int, *, stale: bool = False
) -> UpdateWinProbability:
    """Return the win probability after an update."""
    update = told.update
    home, away = percents(update.home_win_probability)
    return UpdateWinProbability(
        **_head(told, start, issued_ns),
        home_win_percent=home,
        away_win_percent=away,
        home_win_probability=update.home_win_probability,
        away_win_probability=update.away_win_probability,
        home_win_probability_low=update.home_win_probability_low,
        home_win_probability_high=update.home_win_probability_high,
        market_home_win_probability=update.market_home_win_probability,
        stale=stale,
    )


def situation(told: Told, start: GameStart, issued_ns: int, *, stale: bool = False) -> UpdateSituation:
    """Return where the game stands after an update. When it is over nobody has the ball."""
    state = told.update.state
    over = state.phase is Phase.FINAL
    head = _head(told, start, issued_ns)
    due = down_distance_text(state, head["home"], head["away"])
    period = period_text(state)
    return UpdateSituation(
        **head,
        text=period if not due or period == HALFTIME else due,
        phase=state.phase,
        period=state.period,
        period_text=period,
        clock_s=state.clock_s,
        clock=clock_text(state),
        home_score=state.home_score,
        away_score=state.away_score,
        home_timeouts=state.home_timeouts,
        away_timeouts=state.away_timeouts,
        down_distance_text=due,
        ball_text=ball_text(state, head["home"], head["away"]),
        possession=None if over else state.possession,
        down=None if over else state.down,
        distance_yd=None if over else state.distance_yd,
        yards_to_goal=None if over else state.yards_to_goal,
        stale=stale,
    )


def key_play(told: Told, start: GameStart, issued_ns: int, *, points: int = 0) -> ShowKeyPlay:
    """Return the card of the play that caused an update.

    Args:
        told: an update that a play caused.
        start: the teams.
        issued_ns: now.
        points: that were scored on it by either side; 0 where unknown.

    Raises:
        ValueError: no play caused the update.
    """
    update = told.update
    if update.play_id is None:
        raise ValueError(
            f"update {update.offset} of game {update.game_id} has no play to show: {update.cause}"
        )
    head = _head(told, start, issued_ns)
    added = update.win_probability_added
    side = Side.HOME if added >= 0 else Side.AWAY
    swing = nearest(abs(added) * 100)
    helped: Team = head["home" if side is Side.HOME else "away"]
    home, away = percents(update.home_win_probability)
    return ShowKeyPlay(
        **head,
        play_id=update.play_id,
        headline=headline(update.play_class, points),
        text=one_line(told.text),
        win_probability_added=added,
        side=side,
        swing_percent=swing,
        swing_text=f"{helped.abbreviation} +{swing}%",
        home_win_percent=home,
        away_win_percent=away,
    )


def clear(last: Command, issued_ns: int, target: Target, reason: Reason, play_id: str | None = None) -> Clear:
    """Return a command that takes away what `last` belongs to."""
    return Clear(
        game_id=last.game_id,
        epoch=last.epoch,
        offset=last.offset,
        received_ns=last.received_ns,
        issued_ns=issued_ns,
        home=last.home,
        away=last.away,
        target=target,
        reason=reason,
        play_id=play_id,
    )

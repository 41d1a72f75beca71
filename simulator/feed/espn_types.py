"""ESPN's name of a play's type, for a play of the core: one that the dialect reads back as the same kind."""

from typing import Final

from engine.core.events import Play
from engine.core.football import PlayKind
from engine.feeds.play_words import is_turnover, kind_of

_LOST: Final = "Fumble Recovery (Opponent)"
_SCORED: Final = {
    PlayKind.RUN: ("Rushing Touchdown",),
    PlayKind.PASS: ("Passing Touchdown",),
    PlayKind.PUNT: ("Punt Return Touchdown",),
    PlayKind.KICKOFF: ("Kickoff Return Touchdown",),
    PlayKind.FIELD_GOAL: ("Field Goal Good",),
    PlayKind.TRY: ("Two-Point Conversion",),
    PlayKind.PENALTY: ("Penalty (Safety)",),
}
_TURNED_OVER: Final = {PlayKind.PASS: ("Pass Interception Return", _LOST)}
_PLAIN: Final = {
    PlayKind.RUN: ("Rush",),
    PlayKind.PASS: ("Pass Reception",),
    PlayKind.SACK: ("Sack",),
    PlayKind.PUNT: ("Punt",),
    PlayKind.KICKOFF: ("Kickoff", "Kickoff Return (Offense)"),
    PlayKind.FIELD_GOAL: ("Field Goal Missed",),
    PlayKind.TRY: ("Two-Point Conversion",),
    PlayKind.PENALTY: ("Penalty",),
    PlayKind.TIMEOUT: ("Timeout",),
    PlayKind.PERIOD_END: ("End Period",),
    PlayKind.HALF_END: ("End of Half",),
    PlayKind.REGULATION_END: ("End of Regulation",),
    PlayKind.GAME_END: ("End of Game",),
    PlayKind.COIN_TOSS: ("Coin Toss",),
}
_UNTYPED: Final = "Unknown"
"""No type of ESPN's: the dialect reads the kind from the text."""


def type_text(play: Play) -> str:
    """Return the type's name: the likeliest that reads back as the play's kind and turnover.

    Where none does, because the play's own text tells of another kind, the kind's usual name stands.
    """
    for name in _candidates(play):
        same_kind = kind_of(name, play.text.strip(), play.period) is play.kind
        if same_kind and is_turnover(name) == play.turnover:
            return name
    return _PLAIN.get(play.kind, (_UNTYPED,))[0]


def _candidates(play: Play) -> list[str]:
    names: list[str] = []
    if play.turnover:
        names += _TURNED_OVER.get(play.kind, (_LOST,))
        names += ("Fumble Return Touchdown", "Interception Return Touchdown")
    if play.kind is PlayKind.PASS and play.yards_gained in (None, 0):
        names.append("Pass Incompletion")
    if play.scoring:
        names += _SCORED.get(play.kind, ())
    return [*names, *_PLAIN.get(play.kind, ()), _UNTYPED]

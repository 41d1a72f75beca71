"""What the engine says: one update a statement that changed something.

The canonical bytes of an update are its JSON in the order of the fields below. They are what is hashed,
stored and sent, so that the same epoch and offset mean the same bytes, whoever computed them. No time of
arrival is among them: the shell that carries an update adds `received_ns` beside it.
"""

from enum import StrEnum
from typing import Final

import msgspec

from engine.core.decision import Decision
from engine.core.events import FeedHealth, Status, Tracking
from engine.core.football import PlayKind
from engine.core.play_class import PlayClass
from engine.core.probability import ONE
from engine.core.state import State

UPDATE_FORMAT: Final = 1
KEY_PLAY_WPA: Final = 0.10
"""A play that moves the win probability by at least this much is a key play."""
KEY_PLAY_MILLIONTHS: Final = round(KEY_PLAY_WPA * ONE)


class Cause(StrEnum):
    """What made the engine speak."""

    START = "start"
    PLAY = "play"
    """A play that is now the newest."""
    CORRECTION = "correction"
    """A statement about a play that has others after it; the state is the newest, folded again."""
    CONFIRMATION = "confirmation"
    """The same play, firmer: provisional has become official."""
    ODDS = "odds"
    TRACKING = "tracking"
    FEED = "feed"
    END = "end"


class Update(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One update. Probabilities are whole millionths; home and away add up to exactly 1.

    In JSON a field that holds its default is left out: frames go to half a million clients.
    """

    game_id: str
    epoch: str
    """Names the game, model, configuration and formats."""
    offset: int
    """0, 1, 2, ... without a gap within an epoch."""
    cause: Cause
    state: State
    """Where the game stands now."""
    home_win_probability: float
    away_win_probability: float
    win_probability_added: float
    """Of the causing play, for the home side: the probability after it minus the one after the play before
    it.
    """
    leverage_index: float
    """Of the next play; 1 is an ordinary play."""
    expected_points: float | None = None
    """Of the next score, for the side in possession."""
    home_win_probability_low: float | None = None
    home_win_probability_high: float | None = None
    home_win_probability_before: float | None = None
    """Before the snap of the causing play, with what that play says of the situation it started from."""
    decision: Decision | None = None
    """What the fourth down or the try that is due offers to choose."""
    play_id: str | None = None
    """The play that caused it; None where none did."""
    order: int | None = None
    status: Status | None = None
    kind: PlayKind | None = None
    play_class: PlayClass | None = None
    """Of the causing play, by its text, or by its kind where the text does not tell."""
    key_play: bool = False
    corrected_plays: int = 0
    """How many later plays stand otherwise than they were told; above 0 a client asks for a snapshot."""
    doubts: tuple[str, ...] = ()
    """What was not believed of the causing play."""
    vendor_ns: int | None = None
    """The vendor's own stamp of the causing statement."""
    feed: FeedHealth = FeedHealth.LIVE
    market_home_win_probability: float | None = None
    tracking: Tracking | None = None


canonical_bytes = msgspec.json.Encoder().encode
decode_update = msgspec.json.Decoder(Update).decode

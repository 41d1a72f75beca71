"""What a feed can say: immutable, versioned statements about a game.

An event is *a statement about* something (a play, a line, an end), never an instruction to add it: the same
thing may be stated again, changed, confirmed or withdrawn. Which statement wins is decided by its content
(`revision`, then `status`, then its bytes), so that the order of arrival does not matter.
`received_ns` is stamped once, at ingest; the engine carries no other notion of now.
"""

from enum import StrEnum
from typing import Final

import msgspec

from engine.core.football import Phase, PlayKind, Side

EVENT_FORMAT: Final = 1
"""Version of the structs below; it is part of every epoch."""

ORDER_STEP: Final = 1_000
"""Feeds number plays in steps of this, so that a play found later fits between two others."""


class Status(StrEnum):
    """How firm a statement is."""

    PROVISIONAL = "provisional"
    OFFICIAL = "official"
    CANCELLED = "cancelled"


class Team(msgspec.Struct, frozen=True, gc=False):
    """A team as a viewer knows it."""

    team_id: str
    name: str
    abbreviation: str


class _Statement(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="event"):
    game_id: str
    received_ns: int = 0
    """When ingest received it, nanoseconds since 1970-01-01T00:00Z."""
    revision: int = 0


class GameStart(_Statement, frozen=True, gc=False, kw_only=True, tag="game_start"):
    """The teams and what is known before kick-off."""

    season: int | None = None
    home: Team = Team("home", "Home", "HOME")
    away: Team = Team("away", "Away", "AWAY")
    neutral_site: bool = False
    home_spread: float | None = None
    """Points given to the home side by the line; below zero the home side is the favourite."""
    total: float | None = None
    """Over/under: the points both sides are expected to score together."""
    scheduled_ns: int | None = None
    week: int | None = None


class Play(_Statement, frozen=True, gc=False, kw_only=True, tag="play"):
    """One row of play-by-play: the situation before it, what happened, the score and clock after it.

    Every field of the football may be missing (None): the engine then holds or derives it and counts that.
    """

    play_id: str
    order: int
    """Where the play belongs in the game (not when it came); ties go by `play_id`."""
    status: Status = Status.OFFICIAL
    vendor_ns: int | None = None
    """The vendor's own stamp, nanoseconds since 1970."""
    kind: PlayKind = PlayKind.UNKNOWN
    period: int | None = None
    """1-4, and 5 for the first overtime, 6 for the second, ..."""
    clock_s: int | None = None
    """Seconds left in the period when the play was over."""
    home_score: int | None = None
    """Home points after the play (with the try, where the feed has no row of its own for it)."""
    away_score: int | None = None
    possession: Side | None = None
    """The side with the ball before the snap; of a kick-off, the kicking side."""
    down: int | None = None
    distance_yd: int | None = None
    yards_to_goal: int | None = None
    yards_gained: int | None = None
    scoring: bool = False
    turnover: bool = False
    next_phase: Phase | None = None
    """What the feed says comes next, with the possession and the spot; None where it does not say."""
    next_possession: Side | None = None
    next_down: int | None = None
    next_distance_yd: int | None = None
    next_yards_to_goal: int | None = None
    timeout_by: Side | None = None
    text: str = ""


class Market(StrEnum):
    """Whether a price was made before kick-off or during the game."""

    PREGAME = "pregame"
    LIVE = "live"


class Odds(_Statement, frozen=True, gc=False, kw_only=True, tag="odds"):
    """A line from one book. Pre-game lines inform the model; live ones are only shown beside it."""

    book: str
    market: Market
    vendor_ns: int | None = None
    home_spread: float | None = None
    total: float | None = None
    home_win_probability: float | None = None
    """The market's probability with the margin removed."""


class Tracking(_Statement, frozen=True, gc=False, kw_only=True, tag="tracking"):
    """The summary of one play's tracking frames."""

    play_id: str
    vendor_ns: int | None = None
    top_speed_yd_s: float | None = None
    distance_yd: float | None = None
    time_to_throw_s: float | None = None
    time_to_contact_s: float | None = None


class FeedHealth(StrEnum):
    """How far a feed can be trusted now."""

    LIVE = "live"
    STALE = "stale"
    LOST = "lost"


class FeedStatus(_Statement, frozen=True, gc=False, kw_only=True, tag="feed_status"):
    """A feed's health changed. `revision` rises with every change of one feed."""

    feed: str
    health: FeedHealth


class Outcome(StrEnum):
    """How a game ended."""

    FINAL = "final"
    NO_CONTEST = "no_contest"


class GameEnd(_Statement, frozen=True, gc=False, kw_only=True, tag="game_end"):
    """The game is over. A game called final by mistake is reopened by a cancelled statement."""

    status: Status = Status.OFFICIAL
    outcome: Outcome = Outcome.FINAL
    home_score: int | None = None
    away_score: int | None = None
    vendor_ns: int | None = None


Event = GameStart | Play | Odds | Tracking | FeedStatus | GameEnd

_STATUS_RANK: Final = {Status.PROVISIONAL: 0, Status.OFFICIAL: 1, Status.CANCELLED: 2}

encode_event = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(Event).decode


def content(event: Event) -> bytes:
    """Return the canonical bytes of what an event says: everything but when it came and its revision."""
    return encode_event(msgspec.structs.replace(event, received_ns=0, revision=0))


def supersedes(new: Event, old: Event) -> bool:
    """Whether `new` wins over `old`, two statements about the same thing.

    A total order on content, so that any set of statements has one winner: the higher revision; then the
    firmer status (provisional, official, cancelled); then the greater canonical bytes.
    """
    if new.revision != old.revision:
        return new.revision > old.revision
    if isinstance(new, Play | GameEnd) and isinstance(old, Play | GameEnd) and new.status != old.status:
        return _STATUS_RANK[new.status] > _STATUS_RANK[old.status]
    return content(new) > content(old)

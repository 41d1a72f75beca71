"""The director of one game: decides what is on the air, from what is told and from the time passed in.

Two small machines. The *air* of a game (off, on, held) follows the feed's health and a timer: stale data
are held, marked, and then cleared; fresh ones bring everything back. The *card* of a key play follows its
play: it leaves when its time is over, and at once when the play is withdrawn or told otherwise.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from msgspec.structs import replace

from engine.core.events import FeedHealth, GameStart, Status
from engine.core.football import Phase
from engine.core.state import State
from engine.core.update import Cause, Update
from engine.outputs.commands import (
    Clear,
    Command,
    Reason,
    ShowKeyPlay,
    Target,
    UpdateSituation,
    UpdateWinProbability,
    clear,
    key_play,
    situation,
    win_probability,
)
from engine.outputs.wording import HALFTIME, nearest, period_text
from engine.told import Told

NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """How long what may stand."""

    hold_s: float = 30.0
    """Stale data stay on the air that long, marked, before they are cleared."""
    silent_s: float = 300.0
    """Where nothing is known of the feed's health, a game in play that says nothing for so long is stale."""
    break_s: float = 2_400.0
    """The same between the halves."""
    fresh_s: float = 15.0
    """A key play is shown only if it is not older than that when it could go on the air."""
    air_delay_s: float = 0.0
    """Everything is heard that much later than it was received; ages are counted from then."""


class Air(StrEnum):
    """What stands of a game."""

    OFF = "off"
    ON = "on"
    HOLD = "hold"
    """The last that is known, marked as stale."""


class News(Enum):
    """What the air hears of."""

    FRESH = "an update while the feed is live"
    STALE = "an update that says that the feed is not live"
    SILENT = "nothing for too long, from a feed of unknown health"
    HOLD_OVER = "held for too long"


class Act(Enum):
    """What is done about it."""

    NOTHING = "nothing"
    SHOW = "send what changed, or everything where nothing stood"
    MARK = "send the last again, marked as stale"
    CLEAR = "take everything away"


NEXT: Final[dict[tuple[Air, News], tuple[Air, Act]]] = {
    (Air.OFF, News.FRESH): (Air.ON, Act.SHOW),
    (Air.OFF, News.STALE): (Air.OFF, Act.NOTHING),
    (Air.OFF, News.SILENT): (Air.OFF, Act.NOTHING),
    (Air.OFF, News.HOLD_OVER): (Air.OFF, Act.NOTHING),
    (Air.ON, News.FRESH): (Air.ON, Act.SHOW),
    (Air.ON, News.STALE): (Air.HOLD, Act.MARK),
    (Air.ON, News.SILENT): (Air.HOLD, Act.MARK),
    (Air.ON, News.HOLD_OVER): (Air.ON, Act.NOTHING),
    (Air.HOLD, News.FRESH): (Air.ON, Act.SHOW),
    (Air.HOLD, News.STALE): (Air.HOLD, Act.NOTHING),
    (Air.HOLD, News.SILENT): (Air.HOLD, Act.NOTHING),
    (Air.HOLD, News.HOLD_OVER): (Air.OFF, Act.CLEAR),
}

_IN_PLAY: Final = frozenset({Phase.KICKOFF, Phase.SCRIMMAGE, Phase.TRY})
"""Before and after the game silence is no sign of a fault."""


class Director:
    """What is on the air of one game. Times are nanoseconds since 1970 and never fall."""

    def __init__(self, rules: Rules) -> None:
        self.rules: Final = rules
        # What stands; only _turn moves it.
        self.air = Air.OFF
        # The newest that was heard, whether it is shown or not.
        self._told: Told | None = None
        # What stands on the air of the two states; None where nothing does.
        self._odds: UpdateWinProbability | None = None
        self._situation: UpdateSituation | None = None
        # The card on the air, when it leaves, where its play belongs, and the last card that was shown.
        self._card: ShowKeyPlay | None = None
        self._card_until_ns = 0
        self._card_order = 0
        self._last_card: ShowKeyPlay | None = None
        # Whether a feed has ever spoken of its health.
        self._health_known = False
        # When silence becomes staleness, and when a hold ends; None where that clock does not run.
        self._silent_ns: int | None = None
        self._hold_ns: int | None = None

    @property
    def next_ns(self) -> int | None:
        """When `tick` has something to do; None where only news moves it."""
        card = self._card_until_ns if self._card is not None else None
        due = [when for when in (card, self._silent_ns, self._hold_ns) if when is not None]
        return min(due, default=None)

    def hear(self, told: Told, start: GameStart, now_ns: int) -> list[Command]:
        """Take in what is told, and return the commands it causes, in order."""
        last = self._told
        if last is not None and last.update.epoch == told.update.epoch and told.offset <= last.offset:
            return []
        commands = self.tick(now_ns)
        update = told.update
        before = None if last is None else last.update.state
        self._told = told
        self._health_known |= update.cause is Cause.FEED or update.feed is not FeedHealth.LIVE
        taken_back = self._taken_back(update)
        if taken_back is not None:
            commands += self._drop_card(now_ns, taken_back)
        # A result is certain: no feed can make it stale.
        live = update.feed is FeedHealth.LIVE or update.state.phase is Phase.FINAL
        commands += self._turn(News.FRESH if live else News.STALE, now_ns, told, start)
        if self.air is Air.ON:
            commands += self._show_card(told, start, now_ns, before)
        self._listen(now_ns)
        return commands

    def tick(self, now_ns: int) -> list[Command]:
        """Let time pass: end the card, mark what is silent, clear what was held too long."""
        commands: list[Command] = []
        if self._card is not None and now_ns >= self._card_until_ns:
            commands += self._drop_card(now_ns, Reason.OVER)
        if self._silent_ns is not None and now_ns >= self._silent_ns:
            self._silent_ns = None
            commands += self._turn(News.SILENT, now_ns)
        if self._hold_ns is not None and now_ns >= self._hold_ns:
            commands += self._turn(News.HOLD_OVER, now_ns)
        return commands

    # --- the air ---

    def _turn(
        self, news: News, now_ns: int, told: Told | None = None, start: GameStart | None = None
    ) -> list[Command]:
        was = self.air
        self.air, act = NEXT[was, news]
        if self.air is not Air.HOLD:
            self._hold_ns = None
        elif was is not Air.HOLD:
            self._hold_ns = now_ns + round(self.rules.hold_s * NS)
        if act is Act.SHOW:
            assert told is not None, f"{news} comes with what was told"
            assert start is not None, f"{news} comes with the teams"
            return self._show(told, start, now_ns)
        if act is Act.MARK:
            return self._mark(now_ns)
        return self._clear_all(now_ns) if act is Act.CLEAR else []

    def _show(self, told: Told, start: GameStart, now_ns: int) -> list[Command]:
        commands: list[Command] = []
        odds = win_probability(told, start, now_ns)
        if self._odds is None or not _looks_alike(odds, self._odds):
            commands.append(odds)
            self._odds = odds
        where = situation(told, start, now_ns)
        if self._situation is None or not _looks_alike(where, self._situation):
            commands.append(where)
            self._situation = where
        return commands

    def _mark(self, now_ns: int) -> list[Command]:
        assert self._odds is not None, "what is held was shown before"
        assert self._situation is not None, "what is held was shown before"
        self._odds = replace(self._odds, stale=True, issued_ns=now_ns)
        self._situation = replace(self._situation, stale=True, issued_ns=now_ns)
        return [self._odds, self._situation]

    def _clear_all(self, now_ns: int) -> list[Command]:
        assert self._odds is not None, "what is cleared was shown before"
        command = clear(self._odds, now_ns, Target.ALL, Reason.STALE)
        self._odds = self._situation = self._card = None
        return [command]

    def _listen(self, now_ns: int) -> None:
        """Start the clock of silence anew, where silence means anything."""
        told = self._told
        assert told is not None, "there was something to hear"
        if self.air is not Air.ON or self._health_known or told.update.state.phase not in _IN_PLAY:
            self._silent_ns = None
            return
        aired_ns = min(now_ns, told.received_ns + round(self.rules.air_delay_s * NS))
        between = period_text(told.update.state) == HALFTIME
        limit_s = max(self.rules.silent_s, self.rules.break_s) if between else self.rules.silent_s
        self._silent_ns = aired_ns + round(limit_s * NS)

    # --- the card ---

    def _taken_back(self, update: Update) -> Reason | None:
        """Return why the card must go, by an update; None where it may stay."""
        card = self._card
        if card is None:
            return None
        if update.play_id == card.play_id and update.cause in {Cause.PLAY, Cause.CORRECTION}:
            if update.status is Status.CANCELLED:
                return Reason.WITHDRAWN
            same = update.key_play and _swing(update) == _swing_of(card)
            return None if same else Reason.CORRECTED
        # What changes before the card's play changes what it was worth.
        earlier = update.order is None or update.order <= self._card_order
        changed = update.cause is Cause.CORRECTION or update.corrected_plays > 0
        return Reason.CORRECTED if earlier and changed else None

    def _drop_card(self, now_ns: int, reason: Reason) -> list[Command]:
        card, self._card = self._card, None
        assert card is not None, "only a card that stands is dropped"
        command: Clear = clear(card, now_ns, Target.KEY_PLAY, reason, card.play_id)
        return [command]

    def _show_card(self, told: Told, start: GameStart, now_ns: int, before: State | None) -> list[Command]:
        update = told.update
        if not update.key_play or update.cause is not Cause.PLAY or update.play_id is None:
            return []
        age_ns = now_ns - told.received_ns - round(self.rules.air_delay_s * NS)
        shown = self._last_card
        again = shown is not None and shown.play_id == update.play_id and _swing(update) == _swing_of(shown)
        if update.status is Status.CANCELLED or again or age_ns > self.rules.fresh_s * NS:
            return []
        card = key_play(told, start, now_ns, points=_points(before, update.state))
        self._card = self._last_card = card
        self._card_until_ns = now_ns + card.display_ms * 1_000_000
        self._card_order = update.order or 0
        return [card]


def _swing(update: Update) -> int:
    return nearest(update.win_probability_added * 100)


def _swing_of(card: ShowKeyPlay) -> int:
    return nearest(card.win_probability_added * 100)


def _points(before: State | None, after: State) -> int:
    """Return the points of the one side that scored between two states; 0 where none or both did."""
    if before is None:
        return 0
    home, away = after.home_score - before.home_score, after.away_score - before.away_score
    return max(home, away) if min(home, away) == 0 else 0


def _looks_alike(new: UpdateWinProbability | UpdateSituation, old: Command) -> bool:
    """Whether two commands put the same on the air."""
    return new == replace(
        old, offset=new.offset, received_ns=new.received_ns, issued_ns=new.issued_ns, epoch=new.epoch
    )

"""One game: statements in, updates out.

`Game.apply(event)` is the whole engine. It keeps the ledger of plays, what is known before kick-off, the
market, the feeds' health and the end, and speaks once for each statement that changed something. Nothing here
knows the time.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from engine.core.digest import chain_next, chain_start
from engine.core.doubts import names
from engine.core.events import (
    EVENT_FORMAT,
    Event,
    FeedHealth,
    FeedStatus,
    GameEnd,
    GameStart,
    Odds,
    Outcome,
    Play,
    Status,
    Tracking,
    supersedes,
)
from engine.core.football import Phase
from engine.core.ledger import Entry, Ledger
from engine.core.leverage import swing
from engine.core.market import MOST_SPREAD_POINTS, MOST_TOTAL_POINTS, Board, credible
from engine.core.models.interface import Model, Pregame
from engine.core.play_class import class_of_play
from engine.core.probability import EVEN, ONE, millionths
from engine.core.readings import MOST_POINTS_A_GAME
from engine.core.snapshot import ChartPoint, Snapshot, chart_of, key_plays_of
from engine.core.state import OPENING, State
from engine.core.update import KEY_PLAY_MILLIONTHS, UPDATE_FORMAT, Cause, Update, canonical_bytes

_CAUSE_CORRECTION: Final = Cause.CORRECTION
_CAUSE_PLAY: Final = Cause.PLAY
_HEALTH_LIVE: Final = FeedHealth.LIVE

ENGINE_VERSION: Final = 1
"""Changes whenever the same statements could give other updates under the same model."""

_WORST_FIRST: Final = (FeedHealth.LOST, FeedHealth.STALE, FeedHealth.LIVE)


def epoch_of(game_id: str, model: Model) -> str:
    """Return the epoch of a game under a model: 16 hexadecimal digits."""
    parameters = sorted(model.parameters().items())
    named = (UPDATE_FORMAT, EVENT_FORMAT, ENGINE_VERSION, game_id, model.name, model.version, parameters)
    return hashlib.sha256(repr(named).encode()).hexdigest()[:16]


class Game:
    """The state of one game after the statements applied so far."""

    def __init__(self, game_id: str, model: Model) -> None:
        self.game_id: Final = game_id
        self.model: Final = model
        self.epoch: Final = epoch_of(game_id, model)
        # Offset of the next update; only _speak moves it, together with the chain.
        self._offset = 0
        self._chain = chain_start(game_id)
        self._encoded = b""
        # The winning statements about everything that is not a play.
        self._start = GameStart(game_id=game_id, revision=-1)
        self._end: GameEnd | None = None
        # The same, but for a withdrawn end; only _apply_end moves it.
        self._standing_end: GameEnd | None = None
        # Home and away points of a final result that is fully and credibly stated; only _apply_end moves it.
        self._result: tuple[int, int] | None = None
        self._feeds: dict[str, FeedStatus] = {}
        self._tracking: dict[str, Tracking] = {}
        self._board = Board()
        self._pregame = Pregame()
        self._scorer = model.for_game(self._pregame)
        self._ledger = Ledger(self._scorer)

    # --- what it knows ---

    @property
    def offset(self) -> int:
        """Offset of the last update, -1 before the first."""
        return self._offset - 1

    @property
    def digest(self) -> str:
        """The hash chain over all updates so far, hexadecimal."""
        return self._chain.hex()

    @property
    def encoded(self) -> bytes:
        """The canonical bytes of the last update; empty before the first."""
        return self._encoded

    @property
    def start(self) -> GameStart:
        """The winning statement about the start."""
        return self._start

    @property
    def ended(self) -> bool:
        """Whether the game stands as ended."""
        return self._standing_end is not None

    @property
    def pregame(self) -> Pregame:
        """What the model was told before kick-off."""
        return self._pregame

    @property
    def state(self) -> State:
        """Where the game stands now."""
        entries = self._ledger.entries
        state = entries[-1].step.state if entries else OPENING
        if self._standing_end is None:
            return state
        if self._result is None:
            return replace(state, phase=Phase.FINAL)
        home_score, away_score = self._result
        return replace(state, phase=Phase.FINAL, home_score=home_score, away_score=away_score)

    @property
    def entries(self) -> Sequence[Entry]:
        """The plays that stand, in the order in which they belong, each with the step it made."""
        return self._ledger.entries

    @property
    def home_win_probability(self) -> float:
        """The probability now, in whole millionths."""
        return self._home_millionths() / ONE

    def doubts(self) -> dict[str, int]:
        """Return how many of the standing plays were doubted, by the doubt's name."""
        counts: dict[str, int] = {}
        for entry in self.entries:
            for name in names(entry.step.doubts):
                counts[name] = counts.get(name, 0) + 1
        return counts

    def chart(self) -> tuple[ChartPoint, ...]:
        """Return the last points of the win-probability chart."""
        return chart_of(self._ledger.entries)

    def snapshot(self) -> Snapshot:
        """Return what a client who joins now needs."""
        state, entries = self.state, self._ledger.entries
        home = self._home_millionths()
        return Snapshot(
            self.game_id,
            self.epoch,
            self.offset,
            self._start.home,
            self._start.away,
            self._pregame,
            state,
            home / ONE,
            (ONE - home) / ONE,
            chart_of(entries),
            key_plays_of(entries, self._ledger.millionths_before(0)),
        )

    def state_digest(self) -> str:
        """Return a hash of all that the set of statements decides: every play's state and probability.

        Unlike `digest` it does not know how often or in which order things were said.
        """
        digest = hashlib.sha256()
        for entry in self._ledger.entries:
            told = (entry.play.order, entry.play.play_id, entry.step.state, entry.home_millionths)
            digest.update(canonical_bytes(told))
        digest.update(canonical_bytes((self._pregame, self.state, self.home_win_probability)))
        return digest.hexdigest()

    # --- what it is told ---

    def apply(self, event: Event) -> Update | None:
        """Take in a statement; return the update it causes, or None where it changes nothing.

        Raises:
            ValueError: the event belongs to another game. A statement with rubbish in its fields does not
            raise.
        """
        if event.game_id != self.game_id:
            raise ValueError(f"game {self.game_id} was given an event of game {event.game_id}")
        if isinstance(event, Play):
            return self._apply_play(event)
        if isinstance(event, GameStart):
            return self._apply_start(event)
        if isinstance(event, GameEnd):
            return self._apply_end(event)
        if isinstance(event, Odds):
            return self._apply_odds(event)
        if isinstance(event, Tracking):
            return self._apply_tracking(event)
        return self._apply_feed(event)

    def _apply_play(self, play: Play) -> Update | None:
        was = self._ledger.newest_millionths
        change = self._ledger.take(play)
        if change is None:
            return None
        entries = self._ledger.entries
        index = change.place
        if index is None:
            return self._speak(
                _CAUSE_CORRECTION,
                play=play,
                added=self._ledger.newest_millionths - was,
                corrected_plays=change.corrected_plays,
            )
        newest = index == len(entries) - 1 and change.corrected_plays == 0
        if not change.content_changed:
            cause = Cause.CONFIRMATION
        else:
            cause = _CAUSE_PLAY if newest else _CAUSE_CORRECTION
        entry = entries[index]
        previous = self._ledger.millionths_before(index)
        last = entries[index - 1].step.state if index > 0 else OPENING
        snapped = entry.step.snapped
        before = previous if snapped == last else millionths(self._scorer.home_win_probability(snapped))
        return self._speak(
            cause,
            play=play,
            before=before,
            added=entry.home_millionths - previous,
            doubts=entry.step.doubts,
            corrected_plays=change.corrected_plays,
        )

    def _apply_start(self, start: GameStart) -> Update | None:
        if not supersedes(start, self._start):
            return None
        self._start = start
        return self._price_again(Cause.START)

    def _apply_odds(self, odds: Odds) -> Update | None:
        if not self._board.take(odds):
            return None
        return self._price_again(Cause.ODDS)

    def _price_again(self, cause: Cause) -> Update:
        """Tell the model what is now known of the game before kick-off, and speak."""
        start = self._start
        spread, total = self._board.pregame_line()
        pregame = Pregame(
            start.season,
            start.neutral_site,
            credible(start.home_spread if spread is None else spread, MOST_SPREAD_POINTS),
            credible(start.total if total is None else total, MOST_TOTAL_POINTS),
        )
        changed = 0
        if pregame != self._pregame:
            self._pregame = pregame
            self._scorer = self.model.for_game(pregame)
            changed = self._ledger.refold(self._scorer, pregame.rules)
        return self._speak(cause, corrected_plays=changed)

    def _apply_end(self, end: GameEnd) -> Update | None:
        if self._end is not None and not supersedes(end, self._end):
            return None
        was = self._home_millionths()
        self._end = end
        self._standing_end = None if end.status is Status.CANCELLED else end
        self._result = None if self._standing_end is None else _result_of(self._standing_end)
        return self._speak(Cause.END, added=self._home_millionths() - was, vendor_ns=end.vendor_ns)

    def _apply_tracking(self, tracking: Tracking) -> Update | None:
        known = self._tracking.get(tracking.play_id)
        if known is not None and not supersedes(tracking, known):
            return None
        self._tracking[tracking.play_id] = tracking
        return self._speak(Cause.TRACKING, tracking=tracking, vendor_ns=tracking.vendor_ns)

    def _apply_feed(self, status: FeedStatus) -> Update | None:
        known = self._feeds.get(status.feed)
        if known is not None and not supersedes(status, known):
            return None
        self._feeds[status.feed] = status
        changed = known is None or known.health is not status.health
        return self._speak(Cause.FEED) if changed else None

    # --- what it says ---

    def _home_millionths(self) -> int:
        """Return the probability now; certain once the result is."""
        if self._result is None:
            return self._ledger.newest_millionths
        home_score, away_score = self._result
        if home_score == away_score:
            return EVEN
        return ONE if home_score > away_score else 0

    def _health(self) -> FeedHealth:
        """Return the health of the worst feed."""
        if not self._feeds:
            return _HEALTH_LIVE
        healths = [status.health for status in self._feeds.values()]
        return next(health for health in _WORST_FIRST if health in healths)

    def _speak(
        self,
        cause: Cause,
        *,
        play: Play | None = None,
        before: int | None = None,
        added: int = 0,
        doubts: int = 0,
        corrected_plays: int = 0,
        tracking: Tracking | None = None,
        vendor_ns: int | None = None,
    ) -> Update:
        """Make the next update, and take it into the chain."""
        state, home, scorer = self.state, self._home_millionths(), self._scorer
        live = self._standing_end is None
        interval = scorer.interval(state) if live else None
        probability = home / ONE
        update = Update(
            self.game_id,
            self.epoch,
            self._offset,
            cause,
            state,
            probability,
            (ONE - home) / ONE,
            added / ONE,
            round(swing(scorer, state, probability, self._pregame.rules) / self.model.leverage_scale, 3)
            if live
            else 0.0,
            _rounded(scorer.expected_points(state)) if live else None,
            None if interval is None else min(millionths(interval[0]), home) / ONE,
            None if interval is None else max(millionths(interval[1]), home) / ONE,
            None if before is None else before / ONE,
            scorer.decision(state) if live else None,
            None if play is None else play.play_id,
            None if play is None else play.order,
            None if play is None else play.status,
            None if play is None else play.kind,
            None if play is None else class_of_play(play),
            added >= KEY_PLAY_MILLIONTHS or added <= -KEY_PLAY_MILLIONTHS,
            corrected_plays,
            names(doubts),
            vendor_ns if play is None else play.vendor_ns,
            self._health(),
            self._board.live_home_win_probability,
            tracking,
        )
        self._encoded = canonical_bytes(update)
        self._chain = chain_next(self._chain, self._encoded)
        self._offset += 1
        return update


def _result_of(end: GameEnd) -> tuple[int, int] | None:
    """Return the result that an end states; None where it states none, half of one, or an absurd one."""
    home, away = end.home_score, end.away_score
    if end.outcome is not Outcome.FINAL or home is None or away is None:
        return None
    credible_scores = 0 <= home <= MOST_POINTS_A_GAME and 0 <= away <= MOST_POINTS_A_GAME
    return (home, away) if credible_scores else None


def _rounded(points: float | None) -> float | None:
    return None if points is None else round(points, 3)

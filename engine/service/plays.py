"""The plays of a game that stand, as rows for the second screen: football, words and probability together."""

from typing import Any, Final

from engine.core.doubts import names
from engine.core.ledger import Entry
from engine.core.models.interface import Pregame, Scorer
from engine.core.play_class import class_of_play
from engine.core.probability import ONE, millionths
from engine.core.state import OPENING
from engine.core.update import KEY_PLAY_MILLIONTHS
from engine.service.processor import Processor

_LAST_DOWN: Final = 4


class PlayTable:
    """The rows of one game; a row is made once for as long as its play and what it made stand."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._pregame: Pregame | None = None
        self._scorer: Scorer | None = None
        # Rows by play, with the entry and the probability before it that they were made from.
        self._rows: dict[str, tuple[Entry, int, dict[str, Any]]] = {}
        # The whole answer and the offset that it shows.
        self._shown: tuple[int, dict[str, Any]] | None = None

    def answer(self) -> dict[str, Any]:
        """Return all plays that stand, oldest first, with the epoch and offset that they show."""
        game = self._processor.game
        if self._shown is not None and self._shown[0] == game.offset:
            return self._shown[1]
        if self._scorer is None or game.pregame != self._pregame:
            self._pregame, self._scorer = game.pregame, game.model.for_game(game.pregame)
            self._rows = {}
        opening = millionths(self._scorer.home_win_probability(OPENING))
        before, rows, kept = opening, [], {}
        for entry in game.entries:
            known = self._rows.get(entry.play.play_id)
            if known is None or known[0] is not entry or known[1] != before:
                known = (entry, before, self._row(entry, before, self._scorer))
            kept[entry.play.play_id] = known
            rows.append({**known[2], "tracking": self._processor.tracking.get(entry.play.play_id)})
            before = entry.home_millionths
        self._rows = kept
        answer = {
            "game_id": game.game_id,
            "epoch": game.epoch,
            "offset": game.offset,
            "opening_home_win_probability": opening / ONE,
            "plays": rows,
        }
        self._shown = (game.offset, answer)
        return answer

    @staticmethod
    def _row(entry: Entry, before: int, scorer: Scorer) -> dict[str, Any]:
        play, state, snapped = entry.play, entry.step.state, entry.step.snapped
        interval = scorer.interval(state)
        added = entry.home_millionths - before
        return {
            "play_id": play.play_id,
            "order": play.order,
            "status": play.status,
            "kind": play.kind,
            "play_class": class_of_play(play),
            "text": play.text,
            "scoring": play.scoring,
            "period": state.period,
            "clock_s": state.clock_s,
            "home_score": state.home_score,
            "away_score": state.away_score,
            "possession": snapped.possession,
            "down": snapped.down,
            "distance_yd": snapped.distance_yd,
            "yards_to_goal": snapped.yards_to_goal,
            "home_win_probability": entry.home_millionths / ONE,
            "home_win_probability_low": None if interval is None else interval[0],
            "home_win_probability_high": None if interval is None else interval[1],
            "win_probability_added": added / ONE,
            "key_play": abs(added) >= KEY_PLAY_MILLIONTHS,
            "decision": scorer.decision(snapped) if snapped.down == _LAST_DOWN else None,
            "doubts": names(entry.step.doubts),
        }

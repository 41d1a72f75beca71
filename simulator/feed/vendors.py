"""What each vendor would answer at a moment of the day: one method a kind of answer, built once and kept."""

from typing import Any, Final

from simulator.feed import cfbd, espn, odds
from simulator.feed.answers import Answer, Answers
from simulator.feed.faults import FaultPlan
from simulator.feed.games import FeedDay, FeedGame, Standing
from simulator.feed.market import PRICED_EVERY_NS, GameMarket


class Vendors:
    """The vendors' answers about one day."""

    def __init__(self, day: FeedDay, faults: FaultPlan, seed: int) -> None:
        self._day: Final = day
        self._faults: Final = faults
        self._answers: Final = Answers()
        self._espn: Final = {game_id: espn.EspnGame(game) for game_id, game in day.games.items()}
        self._markets: Final = {game_id: GameMarket(game, seed) for game_id, game in day.games.items()}

    def espn_scoreboard(self, position_ns: int) -> Answer:
        """Return ESPN's scoreboard of all games."""

        def make() -> tuple[Any, int]:
            return espn.scoreboard(self._standings(position_ns)), self._changed_ns(position_ns)

        return self._answers.get("espn", self._day.told(position_ns), make)

    def espn_summary(self, game: FeedGame, position_ns: int) -> Answer:
        """Return ESPN's summary of a game."""
        standing = game.standing(game.told(position_ns))
        shown = self._faults.shown(standing, position_ns)

        def make() -> tuple[Any, int]:
            return self._espn[game.game_id].summary(standing, shown), standing.changed_ns

        lies = tuple(entry for entry in shown if entry.lie is not None)
        return self._answers.get(("espn", game.game_id), (standing.told, lies), make)

    def cfbd_scoreboard(self, position_ns: int) -> Answer:
        """Return CFBD's scoreboard of all games."""

        def make() -> tuple[Any, int]:
            return cfbd.scoreboard(self._standings(position_ns)), self._changed_ns(position_ns)

        return self._answers.get("cfbd", self._day.told(position_ns), make)

    def cfbd_plays(self, game: FeedGame, position_ns: int) -> Answer:
        """Return CFBD's plays of a game."""
        standing = game.standing(game.told(position_ns))
        shown = self._faults.shown(standing, position_ns)

        def make() -> tuple[Any, int]:
            return cfbd.plays(game, standing, shown), standing.changed_ns

        lies = tuple(entry for entry in shown if entry.lie is not None)
        return self._answers.get(("cfbd", game.game_id), (standing.told, lies), make)

    def odds_scoreboard(self, position_ns: int) -> Answer:
        """Return the books' prices of all games."""
        position_ns = min(position_ns, self._day.end_ns)
        tick = position_ns // PRICED_EVERY_NS

        def make() -> tuple[Any, int]:
            games = [
                odds.listed_game(number, standing, self._markets[game.game_id].lines(standing, position_ns))
                for number, (game, standing) in enumerate(self._standings(position_ns))
            ]
            return odds.scoreboard(games), max(self._changed_ns(position_ns), tick * PRICED_EVERY_NS)

        return self._answers.get("odds", (self._day.told(position_ns), tick), make)

    def _standings(self, position_ns: int) -> list[tuple[FeedGame, Standing]]:
        return [(game, game.standing(game.told(position_ns))) for game in self._day.games.values()]

    def _changed_ns(self, position_ns: int) -> int:
        told = self._day.told(position_ns)
        return self._day.due_ns[told - 1] if told else self._day.start_ns

"""A small game that is told as the service would tell it, at times that the test sets."""

from typing import Any

from engine.core.events import Event, FeedHealth, FeedStatus, GameStart, Play, Team
from engine.core.football import Phase, Side
from engine.core.game import Game
from engine.outputs.commands import Command, name_of
from engine.told import Told
from tests.core.football_builders import GAME_ID, again, game, kickoff, play, run, score, start, withdrawn

__all__ = ["GAME_ID", "again", "kickoff", "play", "run", "score", "withdrawn"]

S = 1_000_000_000
NOON_NS = 1_700_000_000 * S
HARBOR = Team("1", "Harbor State", "HRB")
SUNDER = Team("2", 'Sunder "Creek" & Sons <State>', "SCS")
TEAMS = start(home=HARBOR, away=SUNDER)
OPENING_KICK = kickoff(
    1000, next_phase=Phase.SCRIMMAGE, next_possession=Side.HOME, next_down=1, next_distance_yd=10,
    next_yards_to_goal=75, text="Kick-off for a touchback",
)  # fmt: skip
TOUCHDOWN = score(
    3000, 7, 0, clock_s=800, period=1, possession=Side.HOME, down=2, distance_yd=6, yards_to_goal=71,
    text="Pass complete for 71 yards, TOUCHDOWN",
)  # fmt: skip


class Telling:
    """One game and the words about it."""

    def __init__(self, game_id: str = GAME_ID, *events: Event, at_s: float = 0.0) -> None:
        self.game_id = game_id
        self.game: Game = game() if game_id == GAME_ID else Game(game_id, game().model)
        self.now_ns = NOON_NS + round(at_s * S)
        self.told: list[Told] = []
        self.tell(TEAMS, *events)

    @property
    def start(self) -> GameStart:
        """The teams."""
        return self.game.start

    def tell(self, *events: Event) -> Told:
        """Apply events, each received now; return what is told of the last one."""
        for event in events:
            stamped = _of(event, self.game_id, self.now_ns)
            update = self.game.apply(stamped)
            assert update is not None, f"nothing was said about {event}"
            text = event.text if isinstance(event, Play) else ""
            self.told.append(Told(update, self.game.encoded, text, self.now_ns, self.now_ns + 1))
        return self.told[-1]

    def health(self, health: FeedHealth, revision: int) -> Told:
        """Say how the feed is."""
        return self.tell(FeedStatus(game_id=self.game_id, feed="espn", health=health, revision=revision))


def _of(event: Event, game_id: str, now_ns: int) -> Event:
    from msgspec.structs import replace

    return replace(event, game_id=game_id, received_ns=now_ns)


def named(commands: list[Command]) -> list[str]:
    """The commands' names, with what is said about a clearing and about staleness."""
    return [_name(command) for command in commands]


def _name(command: Any) -> str:
    name = name_of(command)
    if name == "CLEAR":
        return f"CLEAR {command.target.value} {command.reason.value}"
    return f"{name} stale" if getattr(command, "stale", False) else name


ODDS, WHERE, CARD = "UPDATE_WIN_PROBABILITY", "UPDATE_SITUATION", "SHOW_KEY_PLAY"

"""What a game start may still change once the ball has been kicked off: everything but the line."""

from msgspec.structs import replace

from engine.core.events import GameStart, content


def keep_line(start: GameStart, standing: GameStart) -> GameStart | None:
    """Return a later word about the start with the standing line; None where nothing else is new in it."""
    kept = replace(start, home_spread=standing.home_spread, total=standing.total)
    return None if content(kept) == content(standing) else kept

"""How else a feed can tell the same game: out of order, twice, wrongly at first, with plays that never were.

Each takes the clean events of a game and a seed and returns other statements whose *set* says the same in the
end.
"""

from collections.abc import Sequence
from random import Random

from msgspec.structs import replace

from engine.core.events import Event, Play, Status
from engine.core.football import Side


def upset(events: Sequence[Event], seed: int) -> list[Event]:
    """Return statements edited and reverted, provisional first, duplicated, withdrawn and shuffled."""
    random = Random(seed)
    told: list[Event] = []
    for event in events:
        told.append(event)
        if not isinstance(event, Play):
            continue
        fate = random.random()
        if fate < 0.15:
            told.append(replace(event, received_ns=event.received_ns + 1))
        elif fate < 0.25:
            told[-1] = replace(event, status=Status.PROVISIONAL)
            told.append(event)
        elif fate < 0.35:
            told.append(_edited(event, random))
            told.append(replace(event, revision=event.revision + 2))
        elif fate < 0.40:
            phantom = replace(
                _edited(event, random), play_id=f"{event.play_id}-phantom", order=event.order + 1
            )
            told.append(phantom)
            told.append(replace(phantom, status=Status.CANCELLED, revision=phantom.revision + 1))
    random.shuffle(told)
    return told


def _edited(play: Play, random: Random) -> Play:
    return replace(
        play,
        revision=play.revision + 1,
        order=play.order + random.choice((-3_000, 0, 0, 2_500)),
        home_score=random.choice((play.home_score, 0, 99, None)),
        clock_s=random.choice((play.clock_s, 0, -5, 900, None)),
        possession=random.choice((Side.HOME, Side.AWAY, None)),
        next_down=None,
        text=play.text + " (under review)",
    )

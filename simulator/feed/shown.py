"""A play as a feed shows it: as it was recorded, or with a lie of `faults.py` laid over it."""

from dataclasses import dataclass

from msgspec.structs import replace

from engine.core.events import Play


@dataclass(frozen=True, slots=True)
class Lie:
    """What is told otherwise of one play; None is told as it was recorded."""

    play_id: str | None = None
    """Another id: the play is told twice, or was never played."""
    text: str | None = None
    yards_gained: int | None = None
    clock_s: int | None = None
    scores: tuple[int, int] | None = None
    """Home and away points."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One play of an answer."""

    play: Play
    lie: Lie | None = None

    def told(self) -> Play:
        """Return the play as it is told."""
        lie = self.lie
        if lie is None:
            return self.play
        home, away = lie.scores or (self.play.home_score, self.play.away_score)
        return replace(
            self.play,
            play_id=lie.play_id or self.play.play_id,
            text=self.play.text if lie.text is None else lie.text,
            yards_gained=self.play.yards_gained if lie.yards_gained is None else lie.yards_gained,
            clock_s=self.play.clock_s if lie.clock_s is None else lie.clock_s,
            home_score=home,
            away_score=away,
        )


def as_told(plays: tuple[Play, ...]) -> tuple[Shown, ...]:
    """Return plays that are told as they were recorded."""
    return tuple(Shown(play) for play in plays)

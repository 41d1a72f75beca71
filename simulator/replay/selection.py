"""Which games of a season are replayed: by id, and by the time of their kick-off."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from simulator.season.errors import InputError
from simulator.season.reader import GameSpan, Season

_MOST_NAMED: Final = 5


def select(
    season: Season,
    games: Sequence[str] = (),
    since_ns: int | None = None,
    until_ns: int | None = None,
) -> tuple[GameSpan, ...]:
    """Return the chosen games in the order of the file.

    Args:
        season: the opened season file.
        games: ids of games; all of them if it is empty.
        since_ns: earliest kick-off, nanoseconds since 1970; the first stamp counts where no kick-off is
            scheduled.
        until_ns: the kick-off must be before this.

    Raises:
        InputError: an id is not in the file, or no game is left.
    """
    wanted = frozenset(games)
    unknown = sorted(wanted - {span.game_id for span in season.spans})
    if unknown:
        more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        raise InputError(
            season.path, "", f"it has no game {', '.join(unknown[:_MOST_NAMED])}{more}",
            f"its {len(season.spans)} games have ids such as {_examples(season)}",
        )  # fmt: skip
    chosen = tuple(
        span
        for span in season.spans
        if (not wanted or span.game_id in wanted)
        and (since_ns is None or kickoff_ns(span) >= since_ns)
        and (until_ns is None or kickoff_ns(span) < until_ns)
    )
    if not chosen:
        if not season.spans:
            raise InputError(season.path, "", "it holds no game", "import or generate a season first")
        first, last = min(map(kickoff_ns, season.spans)), max(map(kickoff_ns, season.spans))
        raise InputError(
            season.path, "", "no game is left by --games, --from and --to",
            f"its kick-offs run from {_when(first)} to {_when(last)}",
        )  # fmt: skip
    return chosen


def kickoff_ns(span: GameSpan) -> int:
    """Return the scheduled kick-off, or else the first stamp, nanoseconds since 1970."""
    return span.first_received_ns if span.scheduled_ns is None else span.scheduled_ns


def moment_ns(written: str, *, end_of_day: bool = False) -> int:
    """Return a date or an ISO time as nanoseconds since 1970; a time without a zone is UTC.

    Args:
        written: such as 2023-09-02, 2023-09-02T19:30 or 2023-09-02T15:30-04:00.
        end_of_day: a date alone means the midnight that ends it, not the one that begins it.

    Raises:
        ValueError: it is neither.
    """
    try:
        moment = datetime.combine(date.fromisoformat(written), time(), UTC)
        if end_of_day:
            moment += timedelta(days=1)
    except ValueError:
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(f"{written!r} is no date; write 2023-09-02 or 2023-09-02T19:30Z") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000


def _examples(season: Season) -> str:
    return ", ".join(span.game_id for span in season.spans[:3])


def _when(moment: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment // 1_000)).isoformat(
        sep=" ", timespec="minutes"
    )

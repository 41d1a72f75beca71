"""Replays the games of a season in several processes, each reading its own part of the file.

The games come back in the order of the file whoever replayed them, and at most a few parts are under way at
once.
"""

import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import groupby
from multiprocessing import active_children, get_context
from typing import Final

from engine.core.models.interface import Model
from simulator.replay.one_game import GameReplay
from simulator.replay.sequential import replay_in_turn
from simulator.season.errors import InputError
from simulator.season.reader import GameSpan, Season

PARTS_AHEAD: Final = 2
"""Parts under way or waiting for each process: enough to keep it busy, few enough to bound memory."""

Part = tuple[GameSpan, ...]


class RelayedInputError(InputError):
    """An InputError that another process raised; its line is already written."""

    def __init__(self, line: str) -> None:
        Exception.__init__(self, line)


class WorkerDiedError(Exception):
    """A process of the pool ended without an answer."""


def parts_of(season: Season, spans: Sequence[GameSpan]) -> list[Part]:
    """Split games into parts that begin in the same row group, so that hardly a row group is read twice."""
    starts = season.row_group_starts

    def group_of(span: GameSpan) -> int:
        return sum(1 for start in starts[1:] if start <= span.first_row)

    return [tuple(part) for _, part in groupby(spans, key=group_of)]


def replay_parts(
    season: Season, parts: Sequence[Part], model: Model, jobs: int, *, keep_rows: bool
) -> Iterator[GameReplay]:
    """Yield the replayed games in the order of the parts.

    Raises:
        InputError: a worker met a row that is no event.
        WorkerDiedError: a worker was killed.
    """
    waiting = deque(parts)
    under_way: deque[Future[list[GameReplay] | str]] = deque()
    with _processes(jobs) as pool:
        while waiting or under_way:
            while waiting and len(under_way) < jobs * PARTS_AHEAD:
                with _interrupts_held():
                    under_way.append(pool.submit(_replay_part, season, waiting.popleft(), model, keep_rows))
            answer = under_way.popleft().result()
            if isinstance(answer, str):
                raise RelayedInputError(answer)
            yield from answer


@contextmanager
def _processes(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes, gone after the block; where it fails they do not finish their work."""
    others = active_children()
    pool = ProcessPoolExecutor(jobs, get_context("spawn"))
    try:
        yield pool
    except BrokenProcessPool:
        raise WorkerDiedError("a replaying process was killed (out of memory?); try fewer --jobs") from None
    except BaseException:
        for process in active_children():
            if process not in others:
                process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while processes are started: they inherit that, and this one ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _replay_part(season: Season, part: Part, model: Model, keep_rows: bool) -> list[GameReplay] | str:
    try:
        return list(replay_in_turn(season, part, model, keep_rows=keep_rows))
    except InputError as error:
        return str(error)

"""A stream that is listened to for ever: how long it is waited for, when to try again, and why it ended."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp

from engine.feeds.back_off import back_off_s


@dataclass(frozen=True, slots=True)
class Streaming:
    """How long a stream is waited for, in seconds."""

    connect_timeout_s: float = 5.0
    heartbeat_s: float = 10.0
    """A ping goes out this often; a pong that does not come in half the time ends the connection."""
    back_off_first_s: float = 0.25
    back_off_most_s: float = 10.0
    stale_after_s: float = 15.0
    lost_after_s: float = 60.0

    def pause_s(self, failures: int, dice: random.Random) -> float:
        """Return how long to wait before the next connection; an end after something was heard is 1."""
        return back_off_s(self.back_off_first_s, self.back_off_most_s, failures, dice)


@contextmanager
def counting_failures(errors: dict[str, int]) -> Iterator[None]:
    """Count by kind why a connection could not be made or broke off, and go on after it."""
    try:
        yield
    except TimeoutError:
        kind = "timeout"
    except aiohttp.WSServerHandshakeError as error:
        kind = f"status_{error.status // 100}xx"
    except (aiohttp.ClientError, OSError, ValueError):
        kind = "connection"
    else:
        return
    errors[kind] = errors.get(kind, 0) + 1

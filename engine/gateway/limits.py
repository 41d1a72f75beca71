"""How much the gateway gives to one client, one address, one game and all together; all is bounded."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of a gateway. The defaults suit one process of a public service.

    Raises:
        ValueError: a bound is not above zero.
    """

    most_connections: int = 10_000
    """WebSockets and HTTP connections together; more are refused with 503."""
    most_connections_an_address: int = 256
    """More from one address are refused with 429; raise it where a proxy stands in front."""
    origins: tuple[str, ...] = ()
    """Pages that may open a socket besides those of this very host, like `https://scores.example`; `*`: any.
    A client that names no origin is no browser, and is let in.
    """

    handshake_timeout_s: float = 5.0
    """From the connection to the end of the request's head (and, with TLS, once more for its handshake)."""
    most_head_bytes: int = 16 * 1024

    most_message_bytes: int = 4 * 1024
    """Of one message of a client, whole or in pieces."""
    most_pieces: int = 256
    """Frames that one message may come in."""
    messages_a_second: float = 10.0
    message_burst: int = 20
    """Messages, pings and pongs at once; as many again are answered with an error, then it is closed."""

    compression: bool = True
    """Whether messages are deflated for clients who offer it; each is, once for all of them."""

    write_buffer_bytes: int = 8 * 1024
    """What may wait for a client who reads slowly; when more waits, it is told nothing until half is read.
    Little, because a ping waits behind it: who reads 1 kB/s must come to the ping within its timeout.
    """
    stall_timeout_s: float = 60.0
    """A client that has not read so much in this time is cut off."""
    catch_up_updates: int = 32
    """A client that was stalled is sent so many missed updates; of more it is told, and sent a snapshot."""
    catch_up_bytes: int = 8 * 1024

    kept_updates: int = 4_096
    """Updates a game that can still be asked for by offset; for older ones there is the snapshot."""
    kept_bytes: int = 8 * 1024 * 1024

    ping_interval_s: float = 20.0
    ping_timeout_s: float = 20.0
    """A client that is not heard of so long after a ping is cut off; at most the interval."""
    close_timeout_s: float = 5.0
    """What a client is given to answer a close before it is cut off."""
    tick_s: float = 0.25
    """The grain of all of these times."""

    walk_slice: int = 1_024
    """Writes in a row, before other work has a turn (some 10 us each)."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("origins", "compression") and value <= 0:
                raise ValueError(f"the limit {field.name} is {value}; it must be above 0")
        if self.ping_timeout_s > self.ping_interval_s:
            raise ValueError(
                f"ping_timeout_s is {self.ping_timeout_s:g}, longer than ping_interval_s "
                f"({self.ping_interval_s:g}); a ping is judged before the next is sent"
            )

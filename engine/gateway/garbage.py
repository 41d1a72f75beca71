"""What is left of those who are gone, and the collector that looks for it: as little as can be, and in time.

An object that refers to itself waits for Python's collector, which looks at the oldest objects seldom: after
several thousand visits here. Until then memory grows, as if it leaked.
"""

import asyncio
import gc


def settle() -> None:
    """Tell the collector that what is loaded stays loaded: it need not look at it again."""
    gc.collect()
    gc.freeze()
    # It next looks at everything when what is new comes to a quarter of what it saw the last time: so let it
    # see what there is without all that is frozen.
    gc.collect()


def untie(transport: asyncio.BaseTransport) -> None:
    """Free a transport, whose `connection_lost` is being told, from its ties to itself.

    asyncio's transport of a socket keeps a method of its own as what reads next (`_read_ready_cb`). So it
    would outlive its connection, with its socket and all it knows, until the collector comes. It is lost:
    nothing more is read or written.
    """
    ties = getattr(transport, "__dict__", {})
    for name, value in ties.items():
        if getattr(value, "__self__", None) is transport:
            ties[name] = _nothing


def _nothing() -> None:
    """What a lost transport still has to do."""

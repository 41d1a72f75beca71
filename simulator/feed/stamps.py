"""Nanoseconds as the stamps that feeds write."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_NS: Final = 2**63 - 1


def moment(stamp_ns: int) -> datetime:
    """Return a stamp as a time in UTC, to the microsecond; the nearest that 64 bits hold."""
    return _EPOCH + timedelta(microseconds=min(_MOST_NS, max(-_MOST_NS, stamp_ns)) // 1_000)


def iso(stamp_ns: int) -> str:
    """Return a stamp as ESPN writes it: 2022-11-05T19:40:42Z, with milliseconds only where there are any."""
    when = moment(stamp_ns)
    precision = "milliseconds" if when.microsecond else "seconds"
    return when.isoformat(timespec=precision).replace("+00:00", "Z")


def iso_minutes(stamp_ns: int) -> str:
    """Return a stamp as ESPN writes dates: 2022-11-05T19:30Z; whole where it is on no full minute."""
    when = moment(stamp_ns)
    if when.second or when.microsecond:
        return iso(stamp_ns)
    return when.isoformat(timespec="minutes").replace("+00:00", "Z")


def iso_milliseconds(stamp_ns: int) -> str:
    """Return a stamp as odds feeds write it: 2022-11-05T19:30:00.000Z."""
    return moment(stamp_ns).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(stamp_ns: int) -> str:
    """Return a stamp as HTTP headers write it, to the second."""
    return format_datetime(moment(stamp_ns).replace(microsecond=0), usegmt=True)

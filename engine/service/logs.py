"""What the service says to its operator: one JSON object a line on stderr (or coloured lines on a terminal).

Every line has `time`, `level` and `event`. Secrets are cut out of every line, whoever wrote it; viewers'
addresses are left out unless the level is debug; a warning that repeats is told a few times a minute, with
the number that was left out. What libraries say by `logging` goes the same way.
"""

import logging
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

import structlog

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
REDACTED: Final = "[redacted]"
MOST_TEXT: Final = 8_192
"""Characters of one value of a line; what is longer is cut in the middle."""
_MOST_READ: Final = 32 * MOST_TEXT
"""Of a text that is longer still only the beginning is told."""
MOST_DEPTH: Final = 6
MOST_ITEMS: Final = 100

BURST: Final = 5
"""How often the same warning is told within `WINDOW_S`."""
WINDOW_S: Final = 60.0
MOST_KINDS: Final = 1_024
"""Kinds of warnings that are remembered; the one seen longest ago is forgotten first."""

# These run over whatever a feed says, so none of them may look at a character more than a few times.
_SECRET_NAME: Final = re.compile(
    r"(?i)(?:^|[_\-.])(?:authorization|auth|token|secret|password|passwd|cookie|api[_\-]?key|apikey|"
    r"access[_\-]?key|private[_\-]?key|signature|credentials?)s?$"
)
_ADDRESS_NAMES: Final = frozenset(
    {"address", "addresses", "client", "client_address", "forwarded_for", "host_address", "ip", "peer",
     "peername", "remote", "remote_address", "viewer", "x_forwarded_for"}
)  # fmt: skip
_CREDENTIALS: Final = re.compile(r"(?i)\b(bearer|basic|digest)(\s+)(?!auth\b)[A-Za-z0-9._~+/\-]{4,}=*")
_HEADER: Final = re.compile(
    r"(?i)((?:proxy-)?authorization|cookie|set-cookie|x-api-key)(['\"]?\s*[:=]\s*['\"]?)[^'\"\r\n]+"
)
_ASSIGNED: Final = re.compile(
    r"(?i)(?<![a-z0-9_\-])([a-z0-9_\-]{0,64}(?:token|secret|password|passwd|key|signature|sig|auth)=)"
    r"[^&;#\s'\"]+"
)
# A quote may itself be escaped, where somebody has quoted what somebody said.
_QUOTED: Final = re.compile(
    r"(?i)(?<![a-z0-9_\-])([a-z0-9_\-]{0,64}(?:token|secret|password|passwd|api[_\-]?key|authorization)"
    r"\\{0,8}[\"']\s{0,8}:\s{0,8}\\{0,8}[\"'])(?:[^\"'\\\r\n]|\\.)+"
)
_USER_IN_URL: Final = re.compile(r"(?i)(?<![a-z0-9+.\-])([a-z][a-z0-9+.\-]{0,20}://)[^/\s@'\"]{0,512}@")
_ADDRESS: Final = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"
)
_OUR_LOGGERS: Final = "wpsim"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL_OR_BREAK: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_Line = MutableMapping[str, Any]


def configure(
    level: str = "info",
    as_json: bool | None = None,
    *,
    secrets: Collection[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Set up the logs of the process, those of libraries included.

    Args:
        level: the least that is told: debug, info, warning or error.
        as_json: one JSON object a line; None decides by whether the stream is a terminal.
        secrets: words that must stand in no line, whatever they are called there.
        stream: where lines go; stderr by default.

    Raises:
        ValueError: there is no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown log level {level!r}; expected one of {', '.join(LEVELS)}")
    out = stream if stream is not None else sys.stderr
    json_lines = not out.isatty() if as_json is None else as_json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _Redact(secrets, with_addresses=level == "debug", one_line=not json_lines),
        structlog.processors.JSONRenderer(default=str)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), timestamp_key="time", pad_event_to=30),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()], processors=last
        )
    )
    handler.addFilter(Repeated(counts=COUNTS))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    # Their info lines name viewers and addresses; nobody operates the service by them.
    for chatty in ("aiohttp.access", "websockets", "asyncio"):
        logging.getLogger(chatty).setLevel(max(LEVELS[level], logging.WARNING))


# --- secrets ------------------------------------------------------------------------------------------


def redact(text: str, secrets: Collection[str] = ()) -> str:
    """Return a text without the secrets that can be told by their looks, and without these words."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, REDACTED)
    text = _USER_IN_URL.sub(rf"\1{REDACTED}@", text)
    text = _HEADER.sub(rf"\1\2{REDACTED}", text)
    text = _CREDENTIALS.sub(rf"\1\2{REDACTED}", text)
    text = _QUOTED.sub(rf"\1{REDACTED}", text)
    return _ASSIGNED.sub(rf"\1{REDACTED}", text)


def hide(*secrets: str | None) -> None:
    """Let these words stand in no line from now on, whatever they are called there; None is passed over."""
    _HIDDEN.update(secret for secret in secrets if secret)


_HIDDEN: Final[set[str]] = set()
"""What `hide` was told, in this process."""


class _Redact:
    """The last step before a line is written: whatever came before, no secret passes here."""

    def __init__(self, secrets: Collection[str], *, with_addresses: bool, one_line: bool) -> None:
        self._secrets = tuple(sorted({one for one in secrets if one}, key=len, reverse=True))
        self._with_addresses = with_addresses
        # Whether a line break within a value would look like a line of its own, as it does on a terminal.
        self._one_line = one_line
        # Whether addresses are cut out of the words of the line at hand.
        self._cut_addresses = False

    def __call__(self, logger: Any, name: str, line: _Line) -> _Line:  # noqa: ARG002 - structlog's signature
        # A library writes addresses into its sentences; ours have a field for them.
        foreign = not str(line.get("logger", _OUR_LOGGERS)).startswith(_OUR_LOGGERS)
        self._cut_addresses = foreign and not self._with_addresses
        first = {key: line[key] for key in ("time", "level", "event") if key in line}
        return {
            key: self._value(key, value, MOST_DEPTH)
            for key, value in {**first, **line}.items()
            if self._with_addresses or key.lower() not in _ADDRESS_NAMES
        }

    def _value(self, key: str, value: Any, depth: int) -> Any:
        if _SECRET_NAME.search(key):
            return REDACTED
        if isinstance(value, bool | int | float) or value is None:
            return value
        if isinstance(value, Mapping) and depth:
            return {
                str(name): self._value(str(name), inner, depth - 1)
                for name, inner in list(value.items())[:MOST_ITEMS]
                if self._with_addresses or str(name).lower() not in _ADDRESS_NAMES
            }
        if isinstance(value, list | tuple | set | frozenset) and depth:
            return [self._value("", inner, depth - 1) for inner in list(value)[:MOST_ITEMS]]
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        text = _shortened(text, (*self._secrets, *_HIDDEN))
        if self._cut_addresses and key not in ("time", "level", "logger"):
            text = _ADDRESS.sub("[address]", text)
        if self._one_line:
            pattern = _CONTROL if key in ("exception", "stack") else _CONTROL_OR_BREAK
            text = pattern.sub(lambda found: repr(found[0])[1:-1], text)
        return text


def _shortened(text: str, secrets: Collection[str]) -> str:
    """Return a text that was redacted and then cut, in this order: half a secret is not known for one."""
    if len(text) > _MOST_READ:
        return f"{redact(text[:_MOST_READ], secrets)[:MOST_TEXT]} [... of {len(text)} characters]"
    text = redact(text, secrets)
    if len(text) <= MOST_TEXT:
        return text
    half = MOST_TEXT // 2
    return f"{text[:half]} [... {len(text) - 2 * half} characters ...] {text[-half:]}"


# --- repeated warnings --------------------------------------------------------------------------------


@dataclass(slots=True)
class LogCounts:
    """How many lines were written, for the metrics."""

    lines: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LEVELS, 0))
    """By level; what is worse than an error counts as one."""
    left_out: int = 0
    """Repeated warnings and errors that were not written."""


COUNTS: Final = LogCounts()
"""Of this process: logging is its, too."""


@dataclass(slots=True)
class _Kind:
    """One kind of warning within its window."""

    began_s: float
    told: int = 0
    left_out: int = 0


class Repeated(logging.Filter):
    """Lets a warning pass `BURST` times in `WINDOW_S`; the first one of the next window says what it cost.

    Two warnings are the same kind when their words, their game and their feed are the same. Lines below a
    warning pass.
    """

    def __init__(
        self, monotonic_s: Callable[[], float] = time.monotonic, counts: LogCounts | None = None
    ) -> None:
        super().__init__()
        self._counts = LogCounts() if counts is None else counts
        self._monotonic_s = monotonic_s
        self._kinds: OrderedDict[tuple[str, ...], _Kind] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written; the count of what was left out goes with it."""
        passes = record.levelno < logging.WARNING or self._first_of_its_kind(record)
        if passes:
            level = record.levelname.lower()
            self._counts.lines[level if level in LEVELS else "error"] += 1
        else:
            self._counts.left_out += 1
        return passes

    def _first_of_its_kind(self, record: logging.LogRecord) -> bool:
        now_s = self._monotonic_s()
        words = record.msg if isinstance(record.msg, dict) else {"event": record.msg}
        key = tuple(str(words.get(part, ""))[:200] for part in ("event", "game_id", "feed"))
        kind = self._kinds.get(key)
        if kind is None or now_s - kind.began_s >= WINDOW_S:
            if kind is not None and kind.left_out:
                record.__dict__["left_out"] = kind.left_out  # a library's line shows what is on its record
                if isinstance(record.msg, dict):
                    record.msg["left_out"] = kind.left_out
            kind = self._kinds[key] = _Kind(now_s)
        self._kinds.move_to_end(key)
        if len(self._kinds) > MOST_KINDS:
            self._kinds.popitem(last=False)
        if kind.told >= BURST:
            kind.left_out += 1
            return False
        kind.told += 1
        return True

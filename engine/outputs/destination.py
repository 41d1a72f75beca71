"""Where graphics go, as an operator writes it: `wpsim serve --graphics URL`.

`http://host/path` and `https://...` are posted to; what stands after `#` is for us and not for the host:
`#game=ID&token_env=NAME`. `caspar://host:5250/1-20?template=wpsim` is channel 1, layer 20 of CasparCG.
"""

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

CASPAR_PORT: Final = 5250
FORMATS: Final = ("xml", "json")
_HTTP_OPTIONS: Final = ("game", "token_env")
_CASPAR_OPTIONS: Final = ("template", "data", "game", "cg_layer")
_LAYER: Final = re.compile(r"/([1-9][0-9]{0,2})-([0-9]{1,4})/?", re.ASCII)
_ENVIRONMENT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HttpDestination:
    """Commands are posted to a URL."""

    url: str
    game_id: str | None = None
    """The only game that is sent; None sends all."""
    token_env: str | None = None
    """The environment variable that holds the bearer token."""

    @property
    def name(self) -> str:
        """What metrics and logs call it: the address without its query, which may hold a secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def token(self) -> str | None:
        """Return the bearer token; None where none is asked for.

        Raises:
            ValueError: the environment does not hold it.
        """
        if self.token_env is None:
            return None
        token = os.environ.get(self.token_env, "").strip()
        if not token.isascii() or not token.isprintable() or not token:
            raise ValueError(
                f"--graphics {self.name}: the environment variable {self.token_env} holds no token; "
                "set it, or leave token_env out"
            )
        return token


@dataclass(frozen=True, slots=True)
class CasparDestination:
    """A template on one layer of one channel of a CasparCG server."""

    host: str
    port: int
    channel: int
    layer: int
    template: str = "wpsim"
    data: str = "xml"
    """How the template is given its data: `xml` or `json`."""
    cg_layer: int = 1
    game_id: str | None = None
    """The game it shows; None takes the first it hears of."""

    @property
    def name(self) -> str:
        """What metrics and logs call it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"caspar://{host}:{self.port}/{self.channel}-{self.layer}"


Destination = HttpDestination | CasparDestination


def parse_destination(written: str) -> Destination:
    """Return the destination that an operator has written.

    Raises:
        ValueError: it cannot be understood; the message says what came and what was expected.
    """
    try:
        parts = urlsplit(written.strip())
        port = parts.port
    except ValueError as error:
        raise _refusal(written, f"it is no URL ({error})") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "--graphics: the URL holds a user name or password, which would stand in logs; name an "
            "environment variable with the token instead: http://host/path#token_env=NAME"
        )
    if parts.scheme not in {"http", "https", "caspar"}:
        raise _refusal(written, f"the scheme is {parts.scheme or 'missing'!r}")
    if not parts.hostname or any(mark.isspace() or not mark.isprintable() for mark in written.strip()):
        raise _refusal(written, "it names no host, or has blanks in it")
    if port == 0:
        raise _refusal(written, "the port is 0")
    return _caspar(written, parts) if parts.scheme == "caspar" else _http(written, parts)


def _http(written: str, parts: SplitResult) -> HttpDestination:
    options = _options(written, parts.fragment, _HTTP_OPTIONS)
    token_env = options.get("token_env")
    if token_env is not None and not _ENVIRONMENT_NAME.fullmatch(token_env):
        raise _refusal(written, f"token_env={token_env!r} is no name of an environment variable")
    url = parts._replace(fragment="").geturl()
    return HttpDestination(url, options.get("game"), token_env)


def _caspar(written: str, parts: SplitResult) -> CasparDestination:
    where = _LAYER.fullmatch(parts.path)
    if where is None:
        raise _refusal(written, f"the path is {parts.path!r}, not /CHANNEL-LAYER such as /1-20")
    if parts.fragment:
        raise _refusal(written, "options of CasparCG stand after a question mark, not after #")
    options = _options(written, parts.query, _CASPAR_OPTIONS)
    data = options.get("data", "xml")
    if data not in FORMATS:
        raise _refusal(written, f"data={data!r}, not one of {', '.join(FORMATS)}")
    cg_layer = options.get("cg_layer", "1")
    if not re.fullmatch(r"[0-9]{1,4}", cg_layer, re.ASCII):
        raise _refusal(written, f"cg_layer={cg_layer!r}, not a number from 0 to 9999")
    return CasparDestination(
        parts.hostname or "",
        parts.port or CASPAR_PORT,
        int(where[1]),
        int(where[2]),
        options.get("template", "wpsim"),
        data,
        int(cg_layer),
        options.get("game"),
    )


def _options(written: str, text: str, known: tuple[str, ...]) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in known:
            raise _refusal(written, f"the option {name!r} is unknown; known are {', '.join(known)}")
        if name in options:
            raise _refusal(written, f"the option {name!r} is given twice")
        if not value or not value.isprintable():
            raise _refusal(written, f"the option {name!r} is empty or not printable")
        options[name] = value
    return options


def _refusal(written: str, why: str) -> ValueError:
    shown = written.strip().split("?")[0].split("#")[0][:200]
    return ValueError(
        f"--graphics {shown!r}: {why}; expected http://HOST/PATH, https://HOST/PATH or "
        "caspar://HOST:5250/CHANNEL-LAYER?template=NAME"
    )

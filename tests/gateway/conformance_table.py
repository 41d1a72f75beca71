"""The table of WebSocket cases: what a client sends, byte by byte, and what a server must answer (RFC 6455).

The bytes are made by hand here, since a good client cannot send bad frames.
"""

import base64
import hashlib
import zlib
from dataclasses import dataclass

from tests.gateway.clients import DEFLATING, PLAIN

TEXT, BINARY, CLOSE, PING, PONG, CONT = 1, 2, 8, 9, 10, 0
RSV1 = 4
ASK = b'{"type":"ping"}'
"""A message that is answered by a `pong`: so it shows that it came whole."""
KEY = bytes.fromhex("37fa213d")


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent once the connection is open, piece by piece, and what must come back, in order.

    Snapshots and updates are left out of what comes back. `pong X` is a control frame, `message T` a text of
    type T (an error is `message error`), `close N` a close frame with that code, 1005 where it has none.
    """

    name: str
    sends: tuple[bytes, ...]
    expected: tuple[str, ...]
    pipelined: bool = False
    """Sent together with the handshake's request, before its response is there."""
    unknown_to: tuple[str, ...] = ()
    """Clients that cannot judge it."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """A request and the status that must answer it."""

    name: str
    sends: tuple[bytes, ...]
    status: int
    contains: bytes = b""
    """What must stand in the response, too."""
    slow: bool = False
    """Waits until the server has lost patience."""


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    final: bool = True,
    reserved: int = 0,
    masked: bool = True,
    key: bytes = KEY,
    length: int | None = None,
) -> bytes:
    """Return a client's frame, good or bad; `length` announces another length than the payload has."""
    announced = len(payload) if length is None else length
    first = final << 7 | reserved << 4 | opcode
    mask = 0x80 if masked else 0
    if announced < 126:
        head = bytes((first, mask | announced))
    elif announced < 65536:
        head = bytes((first, mask | 126)) + announced.to_bytes(2, "big")
    else:
        head = bytes((first, mask | 127)) + announced.to_bytes(8, "big")
    if not masked:
        return head + payload
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


def pieces(opcode: int, *payloads: bytes) -> tuple[bytes, ...]:
    """Return a message in pieces."""
    last = len(payloads) - 1
    return tuple(
        frame(opcode if place == 0 else CONT, payload, final=place == last)
        for place, payload in enumerate(payloads)
    )


def close(code: int, reason: bytes = b"") -> bytes:
    """Return a close frame."""
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


def bytewise(data: bytes) -> tuple[bytes, ...]:
    """Return it as single bytes."""
    return tuple(data[place : place + 1] for place in range(len(data)))


def padded(size: int) -> bytes:
    """Return the asking message with blanks up to a size."""
    return ASK[:-1] + b" " * (size - len(ASK)) + b"}"


def cases(most_message_bytes: int = 4_096) -> tuple[Case, ...]:
    """Return all cases of frames."""
    most = most_message_bytes
    return (
        *_fragments(),
        *_sizes(most),
        *_texts(),
        *_masks(),
        *_controls(),
        *_closes(),
        *_reserved(),
        *_deflated(most),
    )


def _fragments() -> list[Case]:
    answer = ("message pong",)
    broken = ("close 1002",)
    return [
        Case("whole text", (frame(TEXT, ASK),), answer),
        Case("two whole texts at once", (frame(TEXT, ASK) * 2,), answer * 2),
        Case("text in two pieces", pieces(TEXT, ASK[:5], ASK[5:]), answer),
        Case("text in single bytes", pieces(TEXT, *bytewise(ASK)), answer),
        Case("frame in single bytes", bytewise(frame(TEXT, ASK)), answer),
        Case("empty pieces around", pieces(TEXT, b"", ASK[:5], b"", ASK[5:], b""), answer),
        Case("all pieces at once", (b"".join(pieces(TEXT, ASK[:5], ASK[5:])),), answer),
        Case("pieces of binary", pieces(BINARY, b"\x00", b"\xff"), ("message error",)),
        Case(
            "ping between the pieces",
            (frame(TEXT, ASK[:5], final=False), frame(PING, b"mid"), frame(CONT, ASK[5:])),
            ("pong mid", "message pong"),
        ),
        Case(
            "pong between the pieces",
            (frame(TEXT, ASK[:5], final=False), frame(PONG, b"mid"), frame(CONT, ASK[5:])),
            answer,
        ),
        Case("close between the pieces", (frame(TEXT, ASK[:5], final=False), close(1000)), ("close 1000",)),
        Case("continuation of nothing", (frame(CONT, ASK),), broken),
        Case("open continuation of nothing", (frame(CONT, ASK, final=False),), broken),
        Case("continuation after a whole text", (frame(TEXT, ASK), frame(CONT, b"x")), (*answer, *broken)),
        Case("text inside a text", (frame(TEXT, ASK[:5], final=False), frame(TEXT, ASK)), broken),
        Case("binary inside a text", (frame(TEXT, ASK[:5], final=False), frame(BINARY, b"x")), broken),
        Case("good, then bad, at once", (frame(TEXT, ASK) + frame(3),), (*answer, *broken)),
        Case("frames with the handshake", (frame(TEXT, ASK) + frame(PING, b"p"),), (*answer, "pong p"), True),
        Case("bad frame with the handshake", (frame(TEXT, ASK, masked=False),), broken, True),
        Case("close with the handshake", (close(1000),), ("close 1000",), True),
    ]


def _sizes(most: int) -> list[Case]:
    half = padded(most + 1)
    return [
        Case("empty text", (frame(TEXT),), ("message error",)),
        Case("empty binary", (frame(BINARY),), ("message error",)),
        Case("125 bytes", (frame(TEXT, padded(125)),), ("message pong",)),
        Case("126 bytes", (frame(TEXT, padded(126)),), ("message pong",)),
        Case("127 bytes", (frame(TEXT, padded(127)),), ("message pong",)),
        Case("128 bytes", (frame(TEXT, padded(128)),), ("message pong",)),
        Case("largest message", (frame(TEXT, padded(most)),), ("message pong",)),
        Case("largest message in pieces", pieces(TEXT, *_halves(padded(most))), ("message pong",)),
        Case("one byte too many", (frame(TEXT, padded(most + 1)),), ("close 1009",)),
        Case("one byte too many in pieces", pieces(TEXT, *_halves(half)), ("close 1009",)),
        Case("one byte too many of binary", (frame(BINARY, bytes(most + 1)),), ("close 1009",)),
        Case("far too many, announced only", (frame(TEXT, length=2**40),), ("close 1009",)),
        Case("most that can be announced", (frame(TEXT, length=2**63 - 1),), ("close 1009",)),
    ]


def _halves(text: bytes) -> tuple[bytes, bytes]:
    return text[: len(text) // 2], text[len(text) // 2 :]


def _texts() -> list[Case]:
    greek = '"κόσμε 🏈"'.encode()
    bad = {
        "lone continuation byte": b"\x80",
        "bytes that are never used": b"\xfe\xff",
        "overlong slash": b"\xc0\xaf",
        "overlong zero": b"\xe0\x80\x80",
        "surrogate": b"\xed\xa0\x80",
        "beyond the last character": b"\xf4\x90\x80\x80",
        "unfinished character": "κ".encode()[:1],
        "unfinished character of four bytes": "🏈".encode()[:3],
    }
    return [
        Case("good UTF-8", (frame(TEXT, greek),), ("message error",)),
        Case("good UTF-8 split within characters", pieces(TEXT, *bytewise(greek)), ("message error",)),
        *(
            Case(f"bad UTF-8: {name}", (frame(TEXT, b'"' + text + b'"'),), ("close 1007",))
            for name, text in bad.items()
        ),
        *(
            Case(f"bad UTF-8 in pieces: {name}", pieces(TEXT, b'"', *bytewise(text), b'"'), ("close 1007",))
            for name, text in bad.items()
        ),
        Case("text that ends within a character", (frame(TEXT, greek[:2]),), ("close 1007",)),
        Case("pieces that end within a character", pieces(TEXT, b'"', greek[1:2]), ("close 1007",)),
        Case("binary need not be UTF-8", (frame(BINARY, b"\xff\xfe"),), ("message error",)),
        Case("no JSON", (frame(TEXT, b"hello"),), ("message error",)),
        Case("half a JSON", (frame(TEXT, ASK[:-1]),), ("message error",)),
        Case("unknown type", (frame(TEXT, b'{"type":"nonsense"}'),), ("message error",)),
        Case("no type", (frame(TEXT, b"{}"),), ("message error",)),
        Case("deeply nested", (frame(TEXT, b"[" * 4_000),), ("message error",)),
    ]  # fmt: skip


def _masks() -> list[Case]:
    return [
        Case("key of zeros", (frame(TEXT, ASK, key=bytes(4)),), ("message pong",)),
        Case("key of ones", (frame(TEXT, ASK, key=b"\xff" * 4),), ("message pong",)),
        *(
            Case(f"unmasked {name}", (frame(opcode, payload, masked=False),), ("close 1002",))
            for name, opcode, payload in (
                ("text", TEXT, ASK),
                ("empty text", TEXT, b""),
                ("ping", PING, b"x"),
                ("close", CLOSE, b"\x03\xe8"),
            )
        ),
    ]


def _controls() -> list[Case]:
    return [
        Case("empty ping", (frame(PING),), ("pong ",)),
        Case("ping", (frame(PING, b"hi"),), ("pong hi",)),
        Case("ping of any bytes", (frame(PING, b"\x00\xff\xfe"),), ("pong \x00\xff\xfe",)),
        Case("longest ping", (frame(PING, b"x" * 125),), ("pong " + "x" * 125,)),
        Case("ping too long", (frame(PING, b"x" * 126),), ("close 1002",)),
        Case("ping far too long", (frame(PING, length=2**20),), ("close 1002",)),
        Case("open ping", (frame(PING, b"x", final=False),), ("close 1002",)),
        Case("ping in single bytes", bytewise(frame(PING, b"abc")), ("pong abc",)),
        Case(
            "ten pings at once",
            (b"".join(frame(PING, b"%d" % number) for number in range(10)),),
            tuple(f"pong {number}" for number in range(10)),
        ),
        Case("pong that nobody asked for", (frame(PONG, b"x"),), ()),
        Case("pong too long", (frame(PONG, b"x" * 126),), ("close 1002",)),
        Case("open pong", (frame(PONG, final=False),), ("close 1002",)),
        Case("close too long", (close(1000, b"x" * 124),), ("close 1002",)),
        Case("open close", (frame(CLOSE, b"\x03\xe8", final=False),), ("close 1002",)),
    ]  # fmt: skip


def _closes() -> list[Case]:
    good = (*range(1000, 1004), *range(1007, 1014), 3000, 3999, 4000, 4999)
    bad = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    return [
        *(Case(f"close {code}", (close(code, b"bye"),), (f"close {code}",)) for code in good),
        # Registered with IANA after the standard; wsproto takes its echo for a fault.
        Case(
            "close 1014",
            (close(1014, b"bye"),),
            ("close 1014",),
            unknown_to=("wsproto", "wsproto, deflating"),
        ),
        *(Case(f"close {code}, which is none", (close(code),), ("close 1002",)) for code in bad),
        Case("close without a code", (frame(CLOSE),), ("close 1005",)),
        Case("close with half a code", (frame(CLOSE, b"\x03"),), ("close 1002",)),
        Case("close with the longest reason", (close(1000, b"x" * 123),), ("close 1000",)),
        Case("close with a reason that is not UTF-8", (close(1000, b"\xff"),), ("close 1007",)),
        Case("close, then more", (close(1000) + frame(TEXT, ASK) + frame(PING),), ("close 1000",)),
        Case("two closes", (close(1000) + close(1001),), ("close 1000",)),
        Case("bad frame, then more", (frame(3) + frame(TEXT, ASK) * 50,), ("close 1002",)),
    ]


def _reserved() -> list[Case]:
    return [
        *(
            Case(
                f"bits {bits:03b} in {name}",
                (frame(opcode, b"x", reserved=bits),),
                ("close 1002",),
                unknown_to=tuple(DEFLATING) if (bits, opcode) == (RSV1, TEXT) else (),
            )
            for bits in (1, 2, 4, 7)
            for name, opcode in (("text", TEXT), ("ping", PING), ("close", CLOSE))
        ),
        *(
            Case(f"reserved opcode {opcode}", (frame(opcode, b"x"),), ("close 1002",))
            for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        ),
        Case(
            "reserved bits in a continuation",
            (frame(TEXT, ASK[:5], final=False), frame(CONT, ASK[5:], reserved=4)),
            ("close 1002",),
        ),
    ]


def deflated(payload: bytes, *, level: int = 6, final: bool = False) -> bytes:
    """Return a message deflated as RFC 7692 asks; `final`: in a last block of its own (section 7.2.3.5)."""
    compressor = zlib.compressobj(level, wbits=-15)
    body = compressor.compress(payload)
    if final:
        return body + compressor.flush(zlib.Z_FINISH) + b"\x00"
    return (body + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


def _deflated(most: int) -> list[Case]:
    """Only for clients that have negotiated compression."""
    answer, broken = ("message pong",), ("close 1002",)
    body = deflated(ASK)
    largest = deflated(padded(most), level=0)
    flushed = zlib.compressobj(wbits=-15)
    pieced = [
        flushed.compress(padded(most)[place : place + 16]) + flushed.flush(zlib.Z_SYNC_FLUSH)
        for place in range(0, most, 16)
    ]
    pieced[-1] = pieced[-1].removesuffix(b"\x00\x00\xff\xff")
    sent: list[tuple[str, tuple[bytes, ...], tuple[str, ...]]] = [
        ("text", (_first(TEXT, body),), answer),
        ("text in single bytes", bytewise(_first(TEXT, body)), answer),
        ("not deflated at all", (frame(TEXT, ASK),), answer),
        ("and not, in turn", (_first(TEXT, body) + frame(TEXT, ASK) + _first(TEXT, body),), answer * 3),
        ("twice the same bytes", (_first(TEXT, body) * 2,), answer * 2),
        ("in pieces", _pieces(body[:3], body[3:9], body[9:]), answer),
        ("in pieces of single bytes", _pieces(*bytewise(body)), answer),
        ("in pieces, some empty", _pieces(b"", body, b""), answer),
        ("pieces, then a plain text", (*_pieces(body[:3], body[3:]), frame(TEXT, ASK)), answer * 2),
        (
            "ping between the pieces",
            (_first(TEXT, body[:5], final=False), frame(PING, b"mid"), frame(CONT, body[5:])),
            ("pong mid", *answer),
        ),
        ("in blocks that are stored", (_first(TEXT, deflated(ASK, level=0)),), answer),
        ("in a last block", (_first(TEXT, deflated(ASK, final=True)),), answer),
        ("nothing", (_first(TEXT, deflated(b"")),), ("message error",)),
        ("binary", (_first(BINARY, deflated(b"\xff" * 50)),), ("message error",)),
        ("largest message", (_first(TEXT, deflated(padded(most))),), answer),
        ("largest message, stored", (_first(TEXT, largest),), answer),
        ("largest message in many pieces", _pieces(*pieced), answer),
        ("one byte too many", (_first(TEXT, deflated(padded(most + 1))),), ("close 1009",)),
        ("one byte too many, stored", (_first(TEXT, deflated(bytes(most + 1), level=0)),), ("close 1009",)),
        ("bomb", (_first(TEXT, deflated(bytes(3_000_000))[: most - 100]),), ("close 1009",)),
        ("bomb of binary in pieces", _pieces(*_halves(deflated(bytes(1_000_000)))), ("close 1009",)),
        ("far too many, announced only", (_first(TEXT, length=2**40),), ("close 1009",)),
        ("bad UTF-8", (_first(TEXT, deflated(b'"\xc0\xaf"')),), ("close 1007",)),
        ("ends within a character", (_first(TEXT, deflated("κ".encode()[:1])),), ("close 1007",)),
        ("rubbish", (_first(TEXT, b"\xff" * 20),), ("close 1007",)),
        ("block of a kind that is not", (_first(TEXT, b"\x06"),), ("close 1007",)),
        ("no byte", (_first(TEXT),), ("close 1007",)),
        ("half of it", (_first(TEXT, body[: len(body) // 2]),), ("close 1007",)),
        ("with its tail", (_first(TEXT, body + b"\x00\x00\xff\xff"),), ("close 1007",)),
        ("more behind its last block", (_first(TEXT, deflated(ASK, final=True) + b"x"),), ("close 1007",)),
        ("a bit in the second piece", (_first(TEXT, body[:5], final=False), _first(CONT, body[5:])), broken),
        ("a bit in a piece of a plain text", (frame(TEXT, ASK[:5], final=False), _first(CONT)), broken),
        ("ping", (_first(PING),), broken),
        ("close", (_first(CLOSE, b"\x03\xe8"),), broken),
        ("unmasked", (_first(TEXT, body, masked=False),), broken),
    ]
    return [
        Case(f"deflated: {name}", pieces, expected, unknown_to=tuple(PLAIN))
        for name, pieces, expected in sent
    ]  # fmt: skip


def _first(
    opcode: int, body: bytes = b"", *, final: bool = True, masked: bool = True, length: int | None = None
) -> bytes:
    return frame(opcode, body, final=final, reserved=RSV1, masked=masked, length=length)


def _pieces(*bodies: bytes) -> tuple[bytes, ...]:
    first, *others = bodies
    last = len(others) - 1
    return (
        _first(TEXT, first, final=False),
        *(frame(CONT, body, final=place == last) for place, body in enumerate(others)),
    )


# --- requests ---

NONCE = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = base64.b64encode(hashlib.sha1((NONCE + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
_GOOD = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": NONCE,
    "Sec-WebSocket-Version": "13",
}


def request(target: str, first: str = "GET {} HTTP/1.1", more: str = "", **changed: str | None) -> bytes:
    """Return a request; a header is changed or, with None, left out (`_` for `-`)."""
    headers = _GOOD | {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [first.format(target)]
    lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n" + more + "\r\n").encode()


def greetings(game: str, most_head_bytes: int = 16 * 1024) -> tuple[Greeting, ...]:
    """Return all cases of handshakes."""
    path = f"/{game}"
    good = request(path)

    def refused(name: str, status: int, sent: bytes, contains: bytes = b"") -> Greeting:
        return Greeting(name, (sent,), status, contains)

    return (
        Greeting("good request", (good,), 101, ACCEPT),
        Greeting("good request in single bytes", bytewise(good), 101, ACCEPT),
        refused("names in other cases", 101, request(path, Upgrade="WebSocket", Connection="x, UPGRADE")),
        refused("extensions that are not known", 101, request(path, Sec_WebSocket_Extensions="x-none; a=1")),
        refused("page of the same host", 101, request(path, Origin="http://localhost")),
        refused("address with a query", 101, request(f"{path}?epoch=none&offset=3")),
        refused("query that makes no sense", 101, request(f"{path}?offset=x&&&=%ff")),
        refused("page of another host", 403, request(path, Origin="http://elsewhere.example")),
        refused("page of no host", 403, request(path, Origin="null")),
        refused("page of a host that looks the same", 403, request(path, Origin="http://localhost.example")),
        refused("two pages", 400, request(path, more="Origin: http://localhost\r\nOrigin: http://localhost\r\n")),
        refused("old version", 400, request(path, Sec_WebSocket_Version="8"), b"Sec-WebSocket-Version: 13"),
        refused("no version", 400, request(path, Sec_WebSocket_Version=None), b"Sec-WebSocket-Version: 13"),
        refused("no key", 400, request(path, Sec_WebSocket_Key=None)),
        refused("short key", 400, request(path, Sec_WebSocket_Key="c2hvcnQ=")),
        refused("key that is no base64", 400, request(path, Sec_WebSocket_Key="!" * 24)),
        refused("two keys", 400, request(path, more=f"Sec-WebSocket-Key: {NONCE}\r\n")),
        refused("no Host", 400, request(path, Host=None)),
        refused("two Hosts", 400, request(path, more="Host: localhost\r\n")),
        refused("Connection that does not upgrade", 426, request(path, Connection="keep-alive")),
        refused("HTTP/1.0", 505, request(path, first="GET {} HTTP/1.0")),
        refused("POST", 405, request(path, first="POST {} HTTP/1.1")),
        refused("a body", 400, request(path, more="Content-Length: 5\r\n") + b"hello"),
        refused("HTTP/3.0", 400, request(path, first="GET {} HTTP/3.0")),
        refused("space before the colon", 400, request(path, more="Bad : x\r\n")),
        refused("path too long", 414, request("/" + "x" * 9_000)),
        refused("header too long", 431, request(path, more=f"X-Long: {'x' * 9_000}\r\n")),
        refused("too many headers", 431, request(path, more="X: y\r\n" * 200)),
        refused("head too long", 431, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (most_head_bytes // 6)),
        refused("no HTTP at all", 400, bytes(range(256))),
        Greeting("half a request", (good[:-10],), 408, slow=True),
    )  # fmt: skip

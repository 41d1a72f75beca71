"""Whose a request is, and where it ends, by its head alone."""

import pytest

from engine.gateway.heads import asks_for_a_game, body_bytes


@pytest.mark.parametrize(
    ("more", "length"),
    [
        (b"", 0),
        (b"Content-Length: 0", 0),
        (b"content-length:12 ", 12),
        (b"Content-Length: 5\r\nContent-Length: 5", None),
        (b"Content-Length: 5, 5", None),
        (b"Content-Length: +5", None),
        (b"Content-Length : 5", None),
        (b"Content-Length:\r\n 5", None),
        (b"Content-Length: " + b"9" * 30, None),
        (b"X: y\nContent-Length: 5", None),
        (b"X: y\n", None),
        (b"X-Content-Length: 5", None),
        (b"Transfer-Encoding: chunked", None),
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked", None),
        (b"Connection: Upgrade\r\nUpgrade: h2c", None),
    ],
)
def test_a_body_is_measured_only_where_it_is_plain(more: bytes, length: int | None) -> None:
    """One plain length, or none at all, is believed; whatever could be read in two ways is not."""
    assert body_bytes(b"POST / HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n\r\n") == length


@pytest.mark.parametrize(
    ("head", "ours"),
    [
        (b"GET /401 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", True),
        (b"GET /401?epoch=e HTTP/1.1\r\nuPGRADE:  x, WebSocket\r\n\r\n", True),
        (b"POST /401 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", True),
        (b"GET /ingested HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", True),
        (b"GET /ingest HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", False),
        (b"GET /ingest?x HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", False),
        (b"GET /ingest/401 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", False),
        (b"GET /401 HTTP/1.1\r\nX-Upgrade: websocket\r\n\r\n", False),
        (b"GET /401 HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", False),
        (b"NONSENSE\r\nUpgrade: websocket\r\n\r\n", True),
    ],
)
def test_whose_a_request_is(head: bytes, ours: bool) -> None:
    """A socket of a game is the gateway's, one below a reserved path and every plain request is not."""
    assert asks_for_a_game(head) == ours

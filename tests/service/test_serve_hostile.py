"""`wpsim serve` against hostile requests, and what is left behind when it is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from simulator.programs import wpsim_command
from tests.service.games import SAMPLE
from tests.service.test_serve import TOKEN, serving

TEST_S = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that all requests share."""
    with serving(tmp_path_factory.mktemp("hostile") / "day") as (url, _):
        yield url


def _ask(url: str, *parts: bytes) -> tuple[int, bytes]:
    """Send a request in parts, a moment apart; return its status and the whole answer."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), TEST_S) as client:
        for part in parts:
            client.sendall(part)
            time.sleep(0.05)
        answer = b""
        while came := client.recv(65_536):
            answer += came
    return int(answer.split(b" ", 2)[1]), answer


def test_a_token_of_rubbish_bytes_is_refused(server: str) -> None:
    """Bytes that are no text in the Authorization header are a wrong token, and no fault of the server."""
    head = b"POST /ingest/g HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n"
    status, _ = _ask(server, head + b"Authorization: Bearer \xff\xfe\r\n\r\n")
    assert status == 401


def test_a_report_that_comes_in_pieces_is_read_whole(server: str) -> None:
    """The second screen's report counts, however its bytes were cut on the way."""
    body = b'{"section":"chart","seconds":12}'
    head = b"POST /api/usage HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    status, _ = _ask(server, head + body[:14], body[14:])
    assert status == 204


@pytest.mark.parametrize("form", [b"%s", b"W/%s", b'"another", %s'])
@pytest.mark.parametrize("path", [b"/api/games", b"/"])
def test_a_tag_is_known_however_it_is_written(server: str, path: bytes, form: bytes) -> None:
    """Weakened by a cache, or one of several: an unchanged answer is not sent again."""
    head = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" % path
    _, answer = _ask(server, head + b"\r\n")
    tag = answer.split(b"ETag: ", 1)[1].split(b"\r\n", 1)[0]
    status, _ = _ask(server, head + b"If-None-Match: " + form % tag + b"\r\n\r\n")
    assert status == 304
    status, _ = _ask(server, head + b'If-None-Match: "another"\r\n\r\n')
    assert status == 200


def test_an_unknown_log_level_is_refused_in_one_line(tmp_path: Path) -> None:
    """Misuse ends with 2 and says which levels there are; no traceback."""
    command = wpsim_command("serve", "--port", "0", "--day", str(tmp_path / "day"), "--log-level", "loud")
    done = subprocess.run(command, capture_output=True, timeout=TEST_S, check=False)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"debug, info" in done.stderr


def test_a_closed_terminal_ends_the_service_properly(tmp_path: Path) -> None:
    """SIGHUP drains like SIGTERM: the process ends with 0 and has written its run."""
    with serving(tmp_path / "day") as (_, process):
        process.send_signal(signal.SIGHUP)
        assert process.wait(TEST_S) == 0
    assert (tmp_path / "day" / "run.json").exists()


def test_signals_without_end_do_not_cut_the_end_short(tmp_path: Path) -> None:
    """SIGTERM over and over until the process is gone: it still ends with 0, everything closed."""
    with serving(tmp_path / "day") as (_, process):
        deadline = time.monotonic() + TEST_S
        while process.poll() is None and time.monotonic() < deadline:
            process.terminate()
            time.sleep(0.001)
        assert process.wait(TEST_S) == 0
    assert (tmp_path / "day" / "run.json").exists()


def test_a_client_that_leaves_in_the_middle_is_no_fault_of_the_server(tmp_path: Path) -> None:
    """A push that breaks off within its body leaves no error in the log of the service."""
    told = tmp_path / "stderr"
    program = (
        "import sys; from tests.service.test_serve_hostile import leave_in_the_middle\n"
        "leave_in_the_middle(sys.argv[1])"
    )
    with told.open("wb") as stderr:
        command = [sys.executable, "-c", program, str(tmp_path / "day")]
        done = subprocess.run(
            command, stderr=stderr, timeout=TEST_S, check=False, cwd=Path(__file__).parents[2]
        )
    assert done.returncode == 0
    assert told.read_bytes() == b""


def leave_in_the_middle(day: str) -> None:
    """Serve a day, break off a push within its body, and stop."""
    with serving(Path(day)) as (url, process):
        address = urlsplit(url)
        head = b"POST /ingest/g HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 99\r\n\r\n"
        with socket.create_connection((address.hostname or "", address.port or 0), TEST_S) as client:
            client.sendall(head % TOKEN.encode() + b"[")
            time.sleep(0.2)
        _ask(url, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        time.sleep(0.2)
        process.terminate()
        process.wait(TEST_S)


def test_the_rehearsal_feed_does_not_outlive_a_killed_server() -> None:
    """The feed ends when whoever started it is gone, even by `kill -9`."""
    program = (
        "import time; from pathlib import Path; from simulator.rehearsal import rehearsal_feed\n"
        f"with rehearsal_feed(Path({str(SAMPLE)!r}), '--games-limit', '1') as url:\n"
        "    print(url, flush=True); time.sleep(60)"
    )
    command = [*wpsim_command()[:2], program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as parent:
        assert parent.stdout is not None
        address = urlsplit(parent.stdout.readline().decode().strip())
        where = (address.hostname or "", address.port or 0)
        socket.create_connection(where, TEST_S).close()
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + TEST_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(where, 1.0).close()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("the feed still answers")

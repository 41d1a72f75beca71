"""The CasparCG destination against a server that reads AMCP by its grammar, and misbehaves in every way."""

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.events import FeedHealth, Team
from engine.outputs import outlet as outlet_module
from engine.outputs.caspar import CasparSink
from engine.outputs.commands import win_probability
from engine.outputs.destination import CasparDestination
from engine.outputs.graphics import Graphics
from engine.outputs.outlet import Outlet, SendError
from tests.core.football_builders import start
from tests.outputs.amcp_server import AmcpServer
from tests.outputs.builders import GAME_ID, NOON_NS, OPENING_KICK, TOUCHDOWN, S, Telling, run
from tests.outputs.test_sending import Clock, inside, running, take_all


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are tried again soon, and an idle server is asked often."""
    monkeypatch.setattr(outlet_module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(outlet_module, "LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(outlet_module, "KEEP_S", 0.05)


def keys_of(data: str | None) -> dict[str, str]:
    """What a template is given, by key."""
    assert data is not None
    if data.startswith("{"):
        told: dict[str, str] = json.loads(json.loads('"' + data.replace('"', '\\"') + '"'))
        return told
    components = ET.fromstring(data).iter("componentData")
    return {str(one.get("id")): str(one[0].get("value")) for one in components}


class Booth:
    """A server, graphics that show one game on it, and the game."""

    def __init__(self, server: AmcpServer, graphics: Graphics, outlet: Outlet, clock: Clock) -> None:
        self.server, self.graphics, self.outlet, self.clock = server, graphics, outlet, clock
        self.telling = Telling(GAME_ID, OPENING_KICK, run(2000))
        self.air()

    def air(self) -> None:
        """Hand on what was told."""
        take_all(self.graphics, self.telling)

    async def shows(self, **keys: str) -> None:
        """Wait until the template that stands has these keys."""
        await self.server.until(
            lambda: self.server.data is not None and keys.items() <= keys_of(self.server.data).items()
        )

    def said(self) -> list[str]:
        """What the server was told to do, without keepalives."""
        return [tokens[2] for tokens in self.server.heard if tokens[0] == "CG"]


@asynccontextmanager
async def booth(data: str = "xml", timeout_s: float = 0.3) -> AsyncIterator[Booth]:
    """A running booth."""
    server, clock = await AmcpServer().start(), Clock()
    destination = CasparDestination("127.0.0.1", server.port, 1, 20, "show/wp", data)
    graphics = Graphics(clock_ns=clock)
    sink = CasparSink(destination, clock_ns=clock, timeout_s=timeout_s)
    outlet = Outlet(destination.name, sink, clock_ns=clock, one_game=True)
    graphics.outlets = (outlet,)  # type: ignore[misc] # a time-out that a test can wait for
    try:
        async with running(graphics):
            yield Booth(server, graphics, outlet, clock)
    finally:
        await server.stop()


@pytest.mark.parametrize("data", ["xml", "json"])
def test_a_template_is_added_updated_and_stopped(data: str) -> None:
    """The first command adds the template, news updates it, a clearing stops it, fresh news adds it again."""

    async def claim() -> None:
        async with booth(data) as at:
            await at.shows(situation_text="2nd & 6 at HRB 29")
            assert at.server.template == "show/wp"
            at.telling.tell(TOUCHDOWN)
            at.air()
            await at.shows(home_score="7", key_play_on="true", away_name='Sunder "Creek" & Sons <State>')
            assert set(at.said()[1:]) == {"UPDATE"}
            at.telling.health(FeedHealth.LOST, 1)
            at.air()
            await at.shows(stale="true")
            at.clock.now_ns += 31 * S
            at.graphics.advance(at.clock())
            await at.server.until(lambda: at.server.template is None)
            assert at.said()[-1] == "STOP"
            at.telling.health(FeedHealth.LIVE, 2)
            at.air()
            await at.shows(stale="false", home_score="7")
            assert at.said().count("ADD") == 2
            assert at.outlet.counts.failed == {}
        assert at.server.heard[-1] == ["CG", "1-20", "STOP", "1"], "the farewell"

    inside(claim)


def test_a_server_that_was_started_anew_gets_the_template_again() -> None:
    """After a restart, what should stand is added again, without a card whose time is over."""

    async def claim() -> None:
        async with booth() as at:
            at.telling.tell(TOUCHDOWN)
            at.air()
            await at.shows(home_score="7", key_play_on="true")
            await at.server.stop()
            at.clock.now_ns += 4 * S
            heard = len(at.said())
            await at.server.start()
            await at.shows(home_score="7", key_play_on="true")
            assert at.said()[heard:] == ["ADD"]
            await at.server.stop()
            at.clock.now_ns += 2 * S
            await at.server.start()
            heard = len(at.said())
            await at.shows(home_score="7", key_play_on="false")
            assert at.said()[heard:] == ["ADD"], "the card was over before it was added"
            assert at.outlet.counts.healthy

    inside(claim)


def test_a_clearing_that_was_missed_is_made_up_for() -> None:
    """What was cleared while the server could not be reached is stopped when it can be again."""

    async def claim() -> None:
        async with booth() as at:
            await at.shows(home_score="0")
            stands = at.server.template, at.server.data
            await at.server.stop()
            at.telling.health(FeedHealth.LOST, 1)
            at.air()
            at.clock.now_ns += 31 * S
            await asyncio.sleep(0)
            at.graphics.advance(at.clock())
            at.clock.now_ns += 31 * S
            at.graphics.advance(at.clock())
            at.server.template, at.server.data = stands  # the network was cut, the server ran on
            await at.server.start()
            await at.server.until(lambda: at.server.template is None)
            assert at.said()[-1] == "STOP"

    inside(claim)


def test_an_idle_server_is_asked_whether_it_lives() -> None:
    """With nothing to send, VERSION is sent and its two-line reply is read."""

    async def claim() -> None:
        async with booth() as at:
            await at.server.until(lambda: at.server.heard.count(["VERSION"]) >= 3)
            assert at.server.connections == 1
            assert at.outlet.counts.failed == {}

    inside(claim)


Manners = {
    "no answer": (b"", False, "timeout"),
    "garbage without end": (b"\x00\xff garbage\r\n" * 1_100, False, "garbage"),
    "a line without end": (b"x" * 70_000, False, "garbage"),
    "half a reply, then nothing": (b"201 CG", False, "timeout"),
    "two replies": (b"202 CG OK\r\n202 CG OK\r\n", False, "garbage"),
    "hangs up": (b"", True, "connection"),
    "hangs up after half a reply": (b"202 CG O", True, "connection"),
}


@pytest.mark.parametrize("manner", Manners)
def test_bad_manners_are_survived(manner: str) -> None:
    """Whatever the server does to one command, it is counted, and a new connection sets things right."""
    answer, hangs_up, kind = Manners[manner]

    async def claim() -> None:
        async with booth() as at:
            await at.shows(home_score="0")
            left = 1

            async def rude(writer: asyncio.StreamWriter, tokens: list[str]) -> bool:
                nonlocal left
                if tokens[0] != "CG" or left == 0:
                    return False
                left -= 1
                writer.write(answer)
                if hangs_up:
                    await writer.drain()
                    writer.close()
                return True

            at.server.manner = rude
            at.telling.tell(TOUCHDOWN)
            at.air()
            await at.shows(home_score="7")
            assert at.outlet.counts.failed == {kind: 1}
            assert at.server.connections == 2
            while not at.outlet.counts.healthy:
                await asyncio.sleep(0.01)

    inside(claim)


def test_a_slow_answer_in_pieces_is_waited_for() -> None:
    """A reply that comes byte by byte within its time is a good one."""

    async def claim() -> None:
        async with booth(timeout_s=5.0) as at:

            async def slow(writer: asyncio.StreamWriter, tokens: list[str]) -> bool:
                if tokens[0] != "CG":
                    return False
                for byte in b"201 CG OK\r\nsomething\r\n":
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0)
                return True

            at.server.manner = slow
            at.telling.tell(TOUCHDOWN)
            at.air()
            while at.outlet.counts.sent < 2:
                await asyncio.sleep(0.01)
            assert at.outlet.counts.failed == {}
            assert at.server.connections == 1

    inside(claim)


def test_a_template_that_is_not_there_is_told_and_not_tried_for_ever() -> None:
    """404 for an ADD is counted and dropped; the next news tries to add it again."""

    async def claim() -> None:
        async with booth() as at:
            left = 2

            async def missing(writer: asyncio.StreamWriter, tokens: list[str]) -> bool:
                nonlocal left
                if tokens[2:3] != ["ADD"] or left == 0:
                    return False
                left -= 1
                writer.write(b"404 CG ERROR\r\n")
                return True

            at.server.manner = missing
            while at.outlet.counts.dropped < 2:
                await asyncio.sleep(0.01)
            assert at.outlet.counts.failed == {"amcp_404": 2}
            at.telling.tell(TOUCHDOWN)
            at.air()
            await at.shows(home_score="7")
            assert at.server.connections == 1

    inside(claim)


def test_a_template_that_an_operator_removed_comes_back() -> None:
    """An UPDATE that finds no template is followed by an ADD of the same data."""

    async def claim() -> None:
        async with booth() as at:
            await at.shows(home_score="0")
            at.server.template = at.server.data = None
            at.telling.tell(TOUCHDOWN)
            at.air()
            await at.shows(home_score="7")
            assert at.outlet.counts.failed == {"amcp_403": 1}

    inside(claim)


def test_a_single_command_that_finds_no_template_is_tried_again() -> None:
    """The refused UPDATE of the only command that waits becomes an ADD, with no other news."""

    async def claim() -> None:
        async with booth() as at:
            at.telling.tell(TOUCHDOWN)
            at.air()
            await at.shows(home_score="7", key_play_on="true")
            at.server.template = at.server.data = None
            at.clock.now_ns += 5 * S
            at.graphics.advance(at.clock())
            await at.shows(home_score="7", key_play_on="false")
            assert at.said()[-2:] == ["UPDATE", "ADD"]

    inside(claim)


def test_an_addition_that_was_not_confirmed_is_stopped_when_it_must_go() -> None:
    """A server that adds the template without ever answering is told to stop it once the air is cleared."""

    async def claim() -> None:
        async with booth(timeout_s=0.1) as at:

            async def mute(_: asyncio.StreamWriter, tokens: list[str]) -> bool:
                if tokens[2:3] != ["ADD"]:
                    return False
                at.server.template, at.server.data = tokens[4], tokens[6]
                return True

            at.server.manner = mute
            await at.server.until(lambda: "ADD" in at.said())
            at.telling.health(FeedHealth.LOST, 1)
            at.air()
            at.graphics.advance(at.clock())
            at.clock.now_ns += 31 * S
            at.graphics.advance(at.clock())
            await at.server.until(lambda: at.server.template is None)
            assert at.said()[-1] == "STOP"

    inside(claim)


def test_one_layer_shows_one_game() -> None:
    """Without a name the layer keeps the first game that it hears of."""

    async def claim() -> None:
        async with booth() as at:
            take_all(at.graphics, Telling("other", OPENING_KICK))
            await at.shows(game_id=GAME_ID)
            at.telling.tell(TOUCHDOWN)
            at.air()
            await at.shows(home_score="7")
            assert {keys_of(tokens[-1])["game_id"] for tokens in at.server.heard if "<" in tokens[-1]} == {
                GAME_ID
            }

    inside(claim)


@settings(max_examples=25)
@given(st.text(max_size=60), st.sampled_from(["xml", "json"]))
def test_any_name_arrives_whole(name: str, data: str) -> None:
    """Through quoting, the socket and the server's tokenizer a team's name is what a graphic shows of it."""

    async def claim() -> None:
        server = await AmcpServer().start()
        destination = CasparDestination("127.0.0.1", server.port, 1, 20, name.replace("\r", "") or "x", data)
        sink = CasparSink(destination, clock_ns=Clock())
        telling = Telling(GAME_ID)
        command = win_probability(telling.told[0], start(home=Team("1", name, name)), NOON_NS)
        try:
            await sink.send(command)
            assert keys_of(server.data)["home_name"] == command.home.name
        finally:
            await sink.close()
            await server.stop()

    inside(claim)


def test_nobody_at_home_is_an_error_and_not_a_wait() -> None:
    """A refused connection and a host that does not exist are told by kind."""

    async def claim() -> None:
        server = await AmcpServer().start()
        await server.stop()
        for host in ("127.0.0.1", "256.256.256.256", "no-such-host.invalid"):
            sink = CasparSink(CasparDestination(host, server.port, 1, 20), clock_ns=Clock(), timeout_s=5.0)
            with pytest.raises(SendError, match=r"connection|timeout"):
                await sink.keep()
            await sink.close()

    inside(claim)

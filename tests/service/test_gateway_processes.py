"""What the service tells of its gateway processes, and how often it pings its viewers."""

import asyncio
import json
import urllib.request
from pathlib import Path

import aiohttp
import pytest

from engine.service.settings import Settings
from loadtests.memory import tree_of
from loadtests.pusher import openings, push
from loadtests.served import served
from tests.service.games import sample_games

TOKEN = "a-token-that-is-long-enough"


def test_the_gateways_are_told_and_silent_viewers_pinged(tmp_path: Path) -> None:
    """`/healthz` names each gateway's process, and `--ping-interval 1` pings a viewer within some seconds."""
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    token_file.chmod(0o600)
    (game,) = sample_games(1)
    options = ("--model", "brownian", "--ingest-token-file", str(token_file), "--ping-interval", "1")
    with served(tmp_path / "day", *options, gateways=2) as server:
        with urllib.request.urlopen(f"{server.url}/healthz", timeout=30.0) as answer:
            told = json.load(answer)
        descended = tree_of([server.pid])
        assert told["pid"] == server.pid
        assert [one["number"] for one in told["gateways"]] == [0, 1]
        assert {one["pid"] for one in told["gateways"]} <= set(descended) - {server.pid}
        asyncio.run(push(server.url, TOKEN, openings([game]), rate=100.0))
        assert asyncio.run(_pinged(f"{server.url}/{game.game_id}"))


async def _pinged(url: str) -> bool:
    async with (
        asyncio.timeout(30.0),
        aiohttp.ClientSession() as session,
        session.ws_connect(url, autoping=False) as socket,
    ):
        while (message := await socket.receive()).type is not aiohttp.WSMsgType.CLOSED:
            if message.type is aiohttp.WSMsgType.PING:
                return True
    return False


@pytest.mark.parametrize("interval_s", [0.0, 0.5, 4_000.0, float("nan"), float("inf")])
def test_pings_that_cannot_be_are_refused(tmp_path: Path, interval_s: float) -> None:
    """An interval below a second, above an hour or no number at all is refused by the option's name."""
    with pytest.raises(ValueError, match="--ping-interval"):
        Settings(folder=tmp_path, ping_interval_s=interval_s)

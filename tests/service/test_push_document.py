"""docs/push.md: what it shows is taken by a real server as it says."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
from websockets.asyncio.client import connect

from engine.feeds.tracking_frames import read_frame
from engine.feeds.wpsim_live import _decode
from tests.conftest import ROOT
from tests.service.test_serve import TEST_S, TOKEN, serving

DOCUMENT = (ROOT / "docs" / "push.md").read_text()
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def _shown(name: str) -> list[str]:
    """Return the blocks that follow a marker of the document."""
    return re.findall(rf"<!-- {name} -->\n```json\n(.*?)```", DOCUMENT, re.DOTALL)


BODIES = _shown("body")
ANSWERS = [json.loads(answer) for answer in _shown("answer")]


def test_what_is_shown_to_be_pushed_is_answered_as_shown(tmp_path: Path) -> None:
    """By POST, each body of the document in turn has the document's answer; said again it changes nothing."""

    async def ask(url: str) -> tuple[list[Any], Any]:
        answers = []
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession(headers=HEADERS) as session:
            for body in [*BODIES, BODIES[0]]:
                async with session.post(f"{url}/ingest/demo", data=body.encode()) as response:
                    answers.append(await response.json())
            async with session.get(f"{url}/api/games/demo") as response:
                return answers, await response.json()

    with serving(tmp_path / "day") as (url, _):
        answers, game = asyncio.run(ask(url))
    assert answers == [*ANSWERS, {"accepted": 0, "refused": 3}]
    assert len(ANSWERS) == 3
    assert game["data"]["home"]["name"] == "Harbor State"
    assert game["data"]["state"]["home_score"] == 0


def test_the_same_bodies_are_taken_over_a_websocket(tmp_path: Path) -> None:
    """Each frame has one answer, the same as a POST's."""

    async def ask(url: str) -> list[Any]:
        address = f"{url.replace('http', 'ws')}/ingest"
        async with asyncio.timeout(TEST_S), connect(address, additional_headers=HEADERS) as socket:
            answers = []
            for body in BODIES:
                await socket.send(body)
                answers.append(json.loads(await socket.recv()))
            return answers

    with serving(tmp_path / "day") as (url, _):
        assert asyncio.run(ask(url)) == ANSWERS


def test_the_frames_that_are_shown_are_read() -> None:
    """A frame of the native stream and one of tracking are read whole, with nothing left out."""
    (frame,), (tracked,) = _shown("frame"), _shown("tracking")
    assert _decode(frame).event.game_id == "demo"
    degraded: dict[str, int] = {}
    read = read_frame(tracked, degraded)
    assert read is not None
    assert (read.play_id, len(read.objects), degraded) == ("2", 2, {})

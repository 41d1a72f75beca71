"""The table of WebSocket cases against a running gateway, and the proof that the table can fail."""

import asyncio
from dataclasses import replace

import pytest

from engine.gateway.hub import Limits
from tests.gateway.clients import CLIENTS
from tests.gateway.conformance import Result, run_case, run_conformance
from tests.gateway.conformance_table import cases
from tests.gateway.stage import HOST, Game, gateway


def test_table() -> None:
    """Every case is answered as the standards ask, as two independent clients see it, compressed or not."""

    async def run() -> list[Result]:
        async with gateway(Limits(handshake_timeout_s=0.3, tick_s=0.05)) as (hub, listener):
            Game(hub).open().say(3)
            return await run_conformance(HOST, listener.port, "401")

    results = asyncio.run(run())
    assert len(results) > 600
    assert [str(result) for result in results if not result.passed] == []


@pytest.mark.parametrize("client", CLIENTS)
def test_table_can_fail(client: str) -> None:
    """A case that expects the wrong code, or an answer that does not come, does not pass."""
    by_name = {case.name: case for case in cases()}
    wrong = [
        replace(by_name["unmasked text"], expected=("close 1003",)),
        replace(by_name["whole text"], expected=("message pong", "message pong")),
        replace(by_name["close 1000"], expected=("close 1001",)),
    ]

    async def run() -> list[Result]:
        async with gateway() as (hub, listener):
            Game(hub).open()
            return [await run_case(HOST, listener.port, "401", case, client) for case in wrong]

    assert [result.passed for result in asyncio.run(run())] == [False, False, False]

"""The browser and the stage of the overlay's tests."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.outputs.overlay.stage import Stage

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOON = datetime(2024, 9, 7, 12, tzinfo=UTC)
Opens = Callable[..., Page]
QUICK = "window.wpsimTimes = {pollMs: 50, markMs: 200, holdMs: 1000, firstPauseMs: 50, longestPauseMs: 200}"
"""Holds of a second: a test waits for what happens, in the order in which it happens."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium as the system has it; it is closed with this folder, since it holds an event loop."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"needs a browser: none of {', '.join(BROWSERS)} is on the path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A server without a game yet."""
    with Stage() as server:
        yield server


@pytest.fixture
def opens(browser: Browser) -> Iterator[Opens]:
    """A function that opens an overlay; at the end no exception and no request to another host happened."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(address: str, before: str = "", width: int = 960, height: int = 540) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        origin = "/".join(address.split("/")[:3])
        own = (origin, origin.replace("http", "ws", 1), "data:")

        def asked(url: str) -> None:
            if not url.startswith(own):
                problems.append(f"request to {url}")

        page.on("request", lambda request: asked(request.url))
        page.on("websocket", lambda socket: asked(socket.url))
        page.on("pageerror", lambda error: problems.append(f"exception: {error}"))
        if before == "frozen":
            page.clock.install(time=NOON)
        elif before:
            page.add_init_script(before)
        page.goto(address)
        if before == "frozen":
            page.clock.pause_at(NOON + timedelta(hours=1))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(scope="session")
def screenshots(project_root: Path) -> Path:
    """Where the pictures of a run are kept; git does not see it."""
    folder = project_root / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder

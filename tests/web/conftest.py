"""The browser, the stage and the watched page that the tests of the second screen share."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from engine.store.models import open_model
from tests.web.stage import Stage

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_MS = 60_000
"""Long enough for a machine that is busy with something else: how soon is for the benchmarks."""
DESKTOP = (1280, 800)
PHONE = (390, 844)


@dataclass(slots=True)
class Watched:
    """A page, and everything about it that must not happen."""

    page: Page
    problems: list[str] = field(default_factory=list)
    """Errors on the console, uncaught exceptions, violated policies, requests that left the server."""
    statuses: list[tuple[str, int]] = field(default_factory=list)
    """What was answered, by path."""
    allowed: tuple[str, ...] = ()
    """Parts of messages that a test causes itself, by switching the server off."""

    def unexpected(self) -> list[str]:
        """Return the problems that the test did not cause itself."""
        return [text for text in self.problems if not any(part in text for part in self.allowed)]


Opens = Callable[..., Watched]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium as the system has it; it is closed with this folder, since it holds an event loop."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"needs a browser: none of {', '.join(BROWSERS)} is on the path")
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def stage(project_root: Path) -> Iterator[Stage]:
    """A server with six games of the sample season, none of them begun."""
    with Stage(project_root, open_model()) as server:
        yield server


@pytest.fixture
def opens(browser: Browser) -> Iterator[Opens]:
    """A function that opens an address and watches it; at the end nothing unexpected may have happened."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def open_page(address: str, size: tuple[int, int] = DESKTOP, **options: Any) -> Watched:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        one = Watched(page)
        watched.append(one)
        origin = "/".join(address.split("/")[:3])
        _watch(one, origin)
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
        )
        page.goto(address)
        return one

    yield open_page
    for context in contexts:
        context.close()
    assert [one.unexpected() for one in watched] == [[] for _ in watched]


@pytest.fixture(scope="session")
def screenshots(project_root: Path) -> Path:
    """Where the pictures of a run are kept; git does not see it."""
    folder = project_root / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


def _watch(one: Watched, origin: str) -> None:
    page = one.page

    def asked(url: str) -> None:
        own = (origin, origin.replace("http", "ws", 1), "data:", "blob:", "about:")
        if not url.startswith(own):
            one.problems.append(f"request to {url}")

    page.on("request", lambda request: asked(request.url))
    page.on("websocket", lambda socket: asked(socket.url))
    page.on("response", lambda answer: one.statuses.append((answer.url.removeprefix(origin), answer.status)))
    page.on("pageerror", lambda error: one.problems.append(f"exception: {error}"))
    page.on(
        "console",
        lambda said: one.problems.append(said.text) if said.type in {"error", "warning"} else None,
    )

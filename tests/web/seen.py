"""What a viewer sees, read from the page, and what the engine says it should be."""

from typing import Any

from playwright.sync_api import Page

from tests.web.stage import Stage

SETTLED = """offset => {
  const shown = window.wpsim.shown;
  return shown?.offset === offset && shown.complete;
}"""


def settle(page: Page, stage: Stage, game_id: str) -> None:
    """Wait until the page shows the engine's newest update of a game, with the plays that belong to it."""
    page.wait_for_function(SETTLED, arg=stage.games[game_id].game.offset)


def assert_engines_state(page: Page, stage: Stage, game_id: str) -> None:
    """Compare everything that is shown with the engine: state, chance, and every play."""
    settle(page, stage, game_id)
    staged = stage.games[game_id]
    shown = page.evaluate("window.wpsim.shown")
    listed, plays = staged.listed(), staged.plays()["plays"]
    assert shown["epoch"] == listed["epoch"]
    assert shown["state"] == listed["state"]
    assert shown["home"] == listed["home_win_probability"]
    assert [_row(row) for row in shown["plays"]] == [_row(row) for row in plays]


def history(page: Page) -> dict[str, Any]:
    """Return what the page has lived through."""
    lived: dict[str, Any] = page.evaluate("window.wpsim.history")
    return lived


def connection(page: Page, wanted: str) -> None:
    """Wait until the connection is said to be so."""
    page.wait_for_selector(f"#game[data-connection='{wanted}']")


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("play_id", "order", "status", "text", "period", "clock_s", "home_score", "away_score")
    return (*(row[name] for name in names), round(row["home_win_probability"], 6))

"""The second screen as `wpsim serve` itself serves it."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.core.events import Event, encode_event
from simulator.programs import wpsim_command
from tests.web.conftest import Opens
from tests.web.seen import SETTLED, connection, history
from tests.web.stage import sample_games
from tests.web.test_recovery import SWITCHED_OFF

TOKEN = "0123456789abcdef-a-token-of-the-tests"
ANSWER_S = 60.0
MOVES = """() => {
  const line = document.querySelector('.c-line')?.getAttribute('d') ?? '';
  window.seen ??= new Set();
  if (line.includes('L')) window.seen.add(line);
  return window.seen.size >= 3;
}"""


@contextmanager
def _serving(*options: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    command = wpsim_command("serve", "--json", "--log-level", "warning", *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"], process
        finally:
            process.kill()


def _push(url: str, events: list[Event]) -> None:
    body = b"[%s]" % b",".join(encode_event(event) for event in events)
    request = urllib.request.Request(
        f"{url}/ingest/{events[0].game_id}", body, {"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
        assert json.load(answer)["accepted"] == len(events)


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:
        return json.load(answer)


def test_a_new_user_sees_a_moving_chart(opens: Opens, screenshots: Path) -> None:
    """`wpsim serve` with no feed and a browser at its address: the chart moves."""
    with _serving("--port", "0") as (url, _):
        watched = opens(url)
        watched.page.wait_for_function(MOVES)
        listed = watched.page.locator("a.game").evaluate_all("all => all.map(link => link.dataset.game)")
        assert sorted(listed) == sorted(game["game_id"] for game in _get(f"{url}/api/games")["games"])
        watched.page.screenshot(path=screenshots / "served-sample.png")
        lived = history(watched.page)
        assert lived["gaps"] == lived["malformed"] == 0
        watched.page.close()


def test_a_killed_server_leaves_no_gap(opens: Opens, tmp_path: Path) -> None:
    """`kill -9` between two pushes: the page says so, resumes, and has every offset once and every play."""
    (game_id, events), *_ = sample_games(Path(__file__).resolve().parents[2], 1)
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    options = ("--day", str(tmp_path / "day"), "--model", "brownian", "--ingest-token-file", str(token_file))
    with _serving("--port", "0", *options) as (url, _):
        _push(url, list(events[:60]))
        watched = opens(f"{url}/?game={game_id}")
        watched.allowed = SWITCHED_OFF
        page = watched.page
        page.wait_for_function(SETTLED, arg=59)
    connection(page, "reconnecting")
    with _serving("--port", url.rpartition(":")[2], *options) as (again, _):
        assert again == url
        _push(url, list(events[60:90]))
        page.wait_for_function(SETTLED, arg=89)
        lived = history(page)
        assert lived["ranges"] == [[59, 89]]
        assert (lived["gaps"], lived["duplicates"], lived["snapshots"], lived["resumes"]) == (0, 0, 1, 1)
        shown, told = page.evaluate("window.wpsim.shown"), _get(f"{url}/api/games/{game_id}/plays")
        assert shown["epoch"] == told["epoch"]
        assert [row["play_id"] for row in shown["plays"]] == [row["play_id"] for row in told["plays"]]
        assert [row["home_win_probability"] for row in shown["plays"]] == [
            row["home_win_probability"] for row in told["plays"]
        ]
        page.close()

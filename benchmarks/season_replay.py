"""How long a whole season takes at maximum speed, and how much memory, each replay in a process of its own.

The peer for time is pandas reading the same file and the plain processor running over its rows. Memory is the
peak of the process, for the whole season and for a quarter of its games: what grows with the season would
show.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measurement import store
from simulator.season.reader import open_season

_PEER = """
import json
import sys
import pandas as pd
from benchmarks.plain_processor import PlainProcessor
rows = pd.read_parquet(sys.argv[1])
rows = rows[rows.event == "play"].astype(object)
rows = rows.where(rows.notna(), None)
processor = PlainProcessor()
for row in rows.itertuples():
    minutes, seconds = divmod(int(max(row.clock_s or 0, 0)), 60)
    json.dumps(processor.process_play({
        "game_id": row.game_id, "play_id": row.play_id, "wallclock": "2023-09-02T16:00:00+00:00",
        "clock": f"{minutes}:{seconds:02}", "period": int(row.period or 1),
        "home_score": int(row.home_score or 0), "away_score": int(row.away_score or 0),
        "possession": row.next_possession, "down": row.next_down, "distance": row.next_distance_yd,
        "yards_to_goal": row.next_yards_to_goal, "text": row.text,
    }))
"""


def run(season_path: Path, season_name: str) -> None:
    """Measure, print and store the replay of a season with one job and with two."""
    season = open_season(season_path)
    quarter = ",".join(span.game_id for span in season.spans[: len(season.spans) // 4])
    replay = [sys.executable, "-m", "wpsim", "replay", str(season_path), "--json"]
    one, one_mib, answer = _measure([*replay, "--jobs", "1"])
    two, two_mib, answer_of_two = _measure([*replay, "--jobs", "2"])
    _, quarter_mib, _ = _measure([*replay, "--jobs", "1", "--games", quarter])
    peer, peer_mib, _ = _measure([sys.executable, "-c", _PEER, str(season_path)])
    if answer["digest"] != answer_of_two["digest"]:
        raise SystemExit("the digests of one and two jobs differ")
    figures = {
        "seconds_1_job": round(one, 1),
        "seconds_2_jobs": round(two, 1),
        "at_most_seconds_2_jobs": 15.0,
        "events_a_second_2_jobs": round(answer_of_two["events"] / two),
        "peer_seconds": round(peer, 1),
        "ratio_1_job": round(one / peer, 2),
        "peak_mib_1_job": round(one_mib),
        "peak_mib_quarter_season": round(quarter_mib),
        "peak_mib_2_jobs_largest_process": round(two_mib),
        "peer_peak_mib": round(peer_mib),
        "digest": answer["digest"],
    }
    print(f"season of {answer['games']} games, {answer['events']:,} events")
    print(
        f"  one job {one:.1f} s, two jobs {two:.1f} s (at most 15), pandas and plain processor {peer:.1f} s"
    )
    print(f"  peak {one_mib:.0f} MiB, a quarter of the games {quarter_mib:.0f} MiB, peer {peer_mib:.0f} MiB")
    store(
        "season_replay",
        "python -m benchmarks season",
        {
            "season": season_name,
            "games": answer["games"],
            "events": answer["events"],
            "model": answer["model"],
        },
        figures,
    )


def _measure(command: list[str]) -> tuple[float, float, dict[str, Any]]:
    """Run a command; return its wall seconds, the peak MiB of its largest process, and its JSON answer."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status != 0:
        raise SystemExit(f"it failed: {' '.join(command)[:200]}")
    return seconds, usage.ru_maxrss / 1024, json.loads(answer) if answer else {}

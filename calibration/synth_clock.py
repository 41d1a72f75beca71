"""Clock, timeouts and betting lines of real seasons, counted for the generator."""

import itertools
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from calibration.synth_plays import clean_clock
from simulator.synth import situation as s

_UNSEEN_S: Final = 1.0
"""Seconds a running snap for the clock that runs off on plays which the feeds leave out."""


def _quantiles(values: Iterable[float], n: int = 41) -> list[int]:
    grid = (np.arange(n) + 0.5) / n
    return [round(float(q)) for q in np.quantile(np.array(list(values), dtype=float), grid)]


def clock(plays: pd.DataFrame, rows: pd.DataFrame) -> dict[str, Any]:
    """Return seconds: of plays from a stopped clock, and of the wait before a snap with the clock running."""
    timed = plays[clean_clock(plays)].copy()
    timed["late"] = (timed["clock_before"] <= s.LATE_S) & timed["period"].isin([2, 4])
    stopped = timed["kind_before"].isin(["incomplete", "timeout", "kickoff", "punt", "interception"])
    group = {
        "run": 0, "complete": 0, "sack": 0, "interception": 0, "fumble": 0,
        "incomplete": 1, "punt": 2, "field_goal": 3, "penalty": 4,
    }  # fmt: skip
    timed["group"] = timed["kind"].map(group)
    lasted = [
        [
            _quantiles(
                timed.loc[stopped & (timed["group"] == g) & (timed["late"] == late), "gap_s"].clip(0, 30)
            )
            for g in range(5)
        ]
        for late in (False, True)
    ]
    kicks = timed[timed["kind"].eq("kickoff") & timed["kind_before"].notna()]
    kicks = kicks[~kicks["text"].str.contains("touchback", case=False)]
    means = [[float(np.mean(q)) for q in row] for row in lasted]
    timed = timed.join(rows["situation"])
    ran = timed["kind_before"].isin(["run", "complete", "sack"]) & timed["situation"].notna()
    first = timed["down"].eq(1) & timed["kind_before"].isin(["run", "complete"])
    snapped = timed["group"].between(0, 3)
    spent = timed["gap_s"] - [
        means[int(late)][int(g)] if not np.isnan(g) else 0.0
        for late, g in zip(timed["late"], timed["group"], strict=True)
    ]
    very_late = timed["late"] & (timed["clock_before"] <= 60)
    waits = []
    for is_first in (False, True):
        base = ran & snapped & (first == is_first)
        by_situation = [
            _quantiles((spent[base & (timed["situation"] == i)] + _UNSEEN_S).clip(0, 45))
            for i in range(s.SITUATIONS)
        ]
        last_minute = base & very_late & timed["situation"].isin(s.HURRIED)
        by_situation.append(_quantiles(spent[last_minute].clip(0, 45)))
        waits.append(by_situation)
    return {"lasted": lasted, "waits": waits, "kick_return": _quantiles(kicks["gap_s"].clip(0, 15))}


def timeouts(plays: pd.DataFrame, games: pd.DataFrame) -> list[list[float]]:
    """Return how often [the offence, the defence] takes a timeout before a snap with the clock running.

    By the classes of `situation.timeout_class`. Only timeouts whose text names a side are counted;
    the others are made up for.
    """
    names = games.set_index("game_id")
    rows = plays.copy()
    pattern = r"Timeout ([A-Za-z&.'() -]+?)\s*(?:,|$)"
    called = rows["text"].str.extract(pattern)[0].str.upper().str.strip().str.replace("STATE", "ST")
    home, away = (
        rows["game_id"].map(names[f"{side}_name"]).str.upper().str.replace("STATE", "ST")
        for side in ("home", "away")
    )
    named = called.eq(home) | called.eq(away)
    by_offence = called.eq(home) == rows["next_side"].eq(1)
    margin = np.where(rows["next_side"].eq(1), 1, -1) * (rows["home_after"] - rows["away_after"])
    classes = pd.Series(
        [
            s.timeout_class(int(p), int(c), int(m))
            for p, c, m in zip(rows["period"], rows["clock_s"], margin, strict=True)
        ],
        index=rows.index,
    )
    is_timeout = rows["kind"].eq("timeout")
    known = named[is_timeout].mean()
    running = rows["scrimmage"] & rows["kind_before"].isin(["run", "complete", "sack", "timeout"])
    counts = []
    for number in range(s.TIMEOUT_CLASSES):
        some = classes == number
        snaps = (some & running).sum()
        offence = (some & is_timeout & named & by_offence).sum() / known / snaps
        defence = (some & is_timeout & named & ~by_offence).sum() / known / snaps
        counts.append([round(float(offence), 5), round(float(defence), 5)])
    return counts


def lines(games: pd.DataFrame) -> dict[str, Any]:
    """Return quantiles of the home spread, and of the total within four bands of it."""
    spread = games["home_spread"].clip(-45, 38)
    grid = (np.arange(101) + 0.5) / 101
    size = spread.abs()
    edges = [0, 5, 12, 22, 100]
    totals = [games.loc[size.ge(a) & size.lt(b), "total"] for a, b in itertools.pairwise(edges)]
    return {
        "home_spread": [round(2 * float(q)) / 2 for q in np.quantile(spread, grid)],
        "band_edges": edges[1:-1],
        "total": [[round(2 * float(q)) / 2 for q in np.quantile(t, grid[::2])] for t in totals],
        "neutral_site": round(float(games["neutral_site"].eq(True).mean()), 4),
    }

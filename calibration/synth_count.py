"""Frequencies of college football, counted from real plays for the generator.

Each function returns one block of `data/synth/frequencies.json`: counts and rates, by the classes of
`simulator/synth/situation.py`. Nothing of a single game or play is kept.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.synth import situation as s

GAIN, INCOMPLETE, SACK, TOUCHDOWN, INTERCEPTION, FUMBLE = range(6)
"""Outcomes of a snap, as in `simulator/synth/tables.py`."""
SPOT, RETURNED, TOUCHBACK, KEPT = range(4)
"""Outcomes of a kick or a lost ball."""
_FEWEST: Final = 500
"""A cell with fewer plays is filled up from the coarser cell around it."""
_OUTCOMES: Final = {
    "run": GAIN,
    "complete": GAIN,
    "incomplete": INCOMPLETE,
    "sack": SACK,
    "interception": INTERCEPTION,
    "fumble": FUMBLE,
}

Histogram = list[list[int]]


def classed(plays: pd.DataFrame) -> pd.DataFrame:
    """Return the scrimmage plays with their classes and the code of their outcome."""
    rows = plays[plays["scrimmage"]].copy()
    rows["situation"] = [
        s.situation(int(p), int(c), int(m))
        for p, c, m in zip(rows["period"], rows["clock_before"], rows["margin"], strict=True)
    ]
    rows["zone"] = [s.zone(int(y)) for y in rows["ytg"]]
    rows["distance"] = [s.distance_class(int(d)) for d in rows["dist"]]
    rows["call_zone"] = [s.call_zone(int(y)) for y in rows["ytg"]]
    rows["hurried"] = rows["situation"].isin([*s.HURRIED, s.CHASE])
    text = rows["text"].str.lower()
    touchdown = rows["type_text"].isin(["Rushing Touchdown", "Passing Touchdown"])
    rows["outcome"] = rows["kind"].map(_OUTCOMES)
    rows.loc[touchdown, "outcome"] = TOUCHDOWN
    thrown = rows["kind"].isin(["complete", "incomplete", "sack", "interception"])
    thrown |= rows["kind"].eq("fumble") & text.str.contains("pass|sack")
    rows["passed"] = thrown
    gained = rows["stat_yardage"].clip(-25, 99)
    gained = gained.where(~touchdown, rows["ytg"]).where(rows["kind"].isin(["run", "complete", "sack"]), 0)
    rows["gained"] = np.minimum(gained.fillna(0), rows["ytg"] - (~touchdown))
    # Only near the goal is a touchdown a thing of its own; farther out its length is that of a long gain.
    rows.loc[touchdown & (rows["ytg"] > 20), "outcome"] = GAIN
    rows.loc[rows["outcome"].isin([TOUCHDOWN, INTERCEPTION, FUMBLE, INCOMPLETE]), "gained"] = 0
    return rows


def _histogram(rows: pd.DataFrame, columns: list[str]) -> Histogram:
    counts = rows.groupby(columns).size().reset_index(name="n")
    return [[int(value) for value in row] for row in counts.itertuples(index=False)]


def _filled(cell: pd.DataFrame, *wider: pd.DataFrame) -> pd.DataFrame:
    for rows in (cell, *wider):
        if len(rows) >= _FEWEST:
            return rows
    return wider[-1]


def _kneels(rows: pd.DataFrame) -> pd.Series:
    return rows["text"].str.contains("kneel|TEAM run", case=False)


def outcomes(rows: pd.DataFrame) -> dict[str, Any]:
    """Return what runs and drop-backs come to: [outcome, yards, count] by (hurried,) zone and distance."""
    played = rows[
        rows["kind"].isin(list(_OUTCOMES)) & ~rows["text"].str.contains("kneel|TEAM run", case=False)
    ]
    runs, passes = played[~played["passed"]], played[played["passed"]]
    columns = ["outcome", "gained"]

    def table(some: pd.DataFrame, back: pd.DataFrame) -> list[list[Histogram]]:
        return [
            [
                _histogram(
                    _filled(
                        some[(some["zone"] == z) & (some["distance"] == d)],
                        back[(back["zone"] == z) & (back["distance"] == d)],
                        back[back["zone"] == z],
                    ),
                    columns,
                )
                for d in range(s.DISTANCES)
            ]
            for z in range(s.ZONES)
        ]

    return {
        "run": table(runs, runs),
        "pass": [table(passes[~passes["hurried"]], passes), table(passes[passes["hurried"]], passes)],
    }


def _counts(rows: pd.DataFrame, by: list[str]) -> dict[Any, tuple[int, int]]:
    """Return (passes, plays) of every cell that has any."""
    table = rows.groupby(by)["passed"].agg(["sum", "size"])
    return {key: (int(row["sum"]), int(row["size"])) for key, row in table.iterrows()}


def run_share(rows: pd.DataFrame) -> list[list[list[list[float]]]]:
    """Return the share of runs among runs and drop-backs by situation, down, distance and zone."""
    played = rows[
        rows["kind"].isin(list(_OUTCOMES)) & ~rows["text"].str.contains("kneel|TEAM run", case=False)
    ]
    cells = _counts(played, ["situation", "down", "distance", "call_zone"])
    wide = _counts(played, ["situation", "down", "distance"])
    widest = played.groupby(["down", "distance"])["passed"].mean()

    def share(cell: tuple[int, ...]) -> float:
        base = float(widest.get(cell[1:3], 0.5))
        for counts, key in ((wide, cell[:3]), (cells, cell)):
            passed, size = counts.get(key, (0, 0))
            base = (passed + 60 * base) / (size + 60)
        return round(1 - base, 4)

    return [
        [
            [[share((i, down, d, z)) for z in range(s.CALL_ZONES)] for d in range(s.DISTANCES)]
            for down in (1, 2, 3, 4)
        ]
        for i in range(s.SITUATIONS)
    ]


def fourth_downs(rows: pd.DataFrame) -> list[list[list[list[float]]]]:
    """Return the shares of [field goal, punt] on fourth down by situation, spot and distance."""
    fourth = rows[(rows["down"] == 4) & rows["kind"].isin([*_OUTCOMES, "punt", "field_goal"])].copy()
    fourth["f"] = [
        s.fourth_situation(int(p), int(c), int(m))
        for p, c, m in zip(fourth["period"], fourth["clock_before"], fourth["margin"], strict=True)
    ]
    fourth["spot"] = [s.fourth_spot(int(y)) for y in fourth["ytg"]]
    fourth["far"] = [s.fourth_distance(int(d)) for d in fourth["dist"]]

    def shares(f: int, spot: int, far: int) -> list[float]:
        base = np.array([0.0, 0.0, 1.0])
        near = fourth[(fourth["spot"] - spot).abs() <= 1]
        for cell in (
            near,
            near[near["far"] == far],
            near[(near["far"] == far) & (near["f"] == f)],
            near[(near["far"] == far) & (near["f"] == f) & (near["spot"] == spot)],
        ):
            counts = [cell["kind"].eq("field_goal").sum(), cell["kind"].eq("punt").sum()]
            counts.append(len(cell) - sum(counts))
            base = (np.array(counts) + 8 * base) / (len(cell) + 8)
        return [round(float(base[0]), 4), round(float(base[1]), 4)]

    return [
        [[shares(f, spot, far) for far in range(s.FOURTH_DISTANCES)] for spot in range(s.FOURTH_SPOTS)]
        for f in range(s.FOURTH_SITUATIONS)
    ]


def penalties(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the rate of penalties a snap by down, and [first down, yards, count] by nearness to the goal.

    Only penalties after which the same side has the ball with a clear change of spot or down are taken.
    """
    fouls = rows[rows["kind"].eq("penalty") & (rows["next_side"] == rows["side"]) & ~rows["kick_next"]].copy()
    fouls["moved"] = fouls["ytg"] - fouls["next_ytg"]
    fouls["first"] = (fouls["next_down"] == 1) & ((fouls["down"] > 1) | (fouls["moved"] > 5))
    kept = (fouls["first"] & fouls["moved"].between(1, 35)) | (
        (fouls["next_down"] == fouls["down"]) & fouls["moved"].between(-15, 9) & fouls["moved"].ne(0)
    )
    fouls = fouls[kept & (fouls["next_ytg"] > 0)]
    fouls["first"] = fouls["first"].astype(int)
    flagged = rows[rows["kind"].eq("penalty")]
    rates = [round(float((flagged["down"] == d).sum() / (rows["down"] == d).sum()), 5) for d in (1, 2, 3, 4)]
    columns = ["first", "moved"]
    return {
        "rate": rates,
        "outcome": [
            _histogram(fouls[fouls["ytg"] > 20], columns),
            _histogram(fouls[fouls["ytg"] <= 20], columns),
        ],
    }


def _landed(rows: pd.DataFrame, returned: pd.Series, kept: pd.Series) -> pd.DataFrame:
    """Code where a kick or a lost ball ended: [outcome, net yards from the snap to where it was dead]."""
    rows = rows.copy()
    rows["net"] = np.where(kept, rows["ytg"] - rows["next_ytg"], rows["ytg"] - (100 - rows["next_ytg"]))
    rows["end"] = SPOT
    touchback = rows["text"].str.contains("touchback", case=False) & (rows["next_ytg"] == 80)
    rows.loc[touchback, "end"] = TOUCHBACK
    rows.loc[kept, "end"] = KEPT
    rows.loc[returned, "end"] = RETURNED
    rows.loc[rows["end"].isin([RETURNED, TOUCHBACK]), "net"] = 0
    return rows[rows["net"].notna() & (rows["end"].isin([RETURNED, TOUCHBACK]) | ~rows["kick_next"])]


def lost_balls(rows: pd.DataFrame) -> dict[str, list[Histogram]]:
    """Return where the other side takes over after interceptions and lost fumbles, by zone of the snap."""
    found: dict[str, list[Histogram]] = {}
    for kind in ("interception", "fumble"):
        some = rows[rows["kind"] == kind]
        returned = some["type_text"].isin(["Interception Return Touchdown", "Fumble Return Touchdown"])
        some = _landed(some, returned, pd.Series(data=False, index=some.index))
        some = some[returned.loc[some.index] | (some["next_side"] != some["side"])]
        zones = pd.Series([s.turnover_zone(int(y)) for y in some["ytg"]], index=some.index)
        found[kind] = [_histogram(some[zones == z], ["end", "net"]) for z in range(s.TURNOVER_ZONES)]
    return found


def punts(rows: pd.DataFrame) -> list[Histogram]:
    """Return the net of punts by zone: [outcome, net yards, count]."""
    some = rows[rows["kind"].eq("punt")]
    returned = some["type_text"].isin(["Punt Return Touchdown", "Blocked Punt Touchdown"])
    kept = some["next_side"].eq(some["side"]) & (some["next_down"] == 1) & ~returned
    some = _landed(some, returned, kept)
    some = some[some["net"].between(-30, 75)]
    zones = pd.Series([s.punt_zone(int(y)) for y in some["ytg"]], index=some.index)
    return [_histogram(some[zones == z], ["end", "net"]) for z in range(s.PUNT_ZONES)]


def field_goals(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the share of good field goals by yards to goal 1-60: a logistic curve."""
    kicks = rows[rows["kind"].eq("field_goal") & rows["ytg"].le(48)]
    good = kicks["type_text"].eq("Field Goal Good").to_numpy(dtype=float)
    x = np.column_stack([np.ones(len(kicks)), kicks["ytg"] / 10, (kicks["ytg"] / 10) ** 2])
    beta = np.zeros(3)
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ beta))
        beta += np.linalg.solve((x.T * (p * (1 - p))) @ x, x.T @ (good - p))
    spots = np.arange(1, 61) / 10
    chance = 1 / (1 + np.exp(-np.column_stack([np.ones(60), spots, spots**2]) @ beta))
    returned = kicks["type_text"].eq("Blocked Field Goal Touchdown") & (kicks["scoring_play"])
    return {
        "good": [round(float(c), 4) for c in np.minimum.accumulate(chance)],
        "returned": round(float(returned.sum() / max((good == 0).sum(), 1)), 5),
    }


def kickoffs(plays: pd.DataFrame) -> dict[str, Histogram]:
    """Return where kick-offs lead: [outcome, yards to goal of who has it, count]."""
    kicks = plays[plays["kind"].eq("kickoff") & plays["next_ytg"].notna()].copy()
    kicks = kicks[kicks["next_period"] == kicks["period"]]
    kicks["end"] = SPOT
    kicks["at"] = kicks["next_ytg"]
    kicks.loc[kicks["text"].str.contains("touchback", case=False) & (kicks["at"] == 75), "end"] = TOUCHBACK
    onside = kicks["text"].str.contains("on-side|onside", case=False)
    kicks.loc[kicks["next_side"].eq(kicks["side"]) & onside, "end"] = KEPT
    kicks.loc[kicks["type_text"].eq("Kickoff Return Touchdown"), "end"] = RETURNED
    kicks.loc[kicks["end"].eq(RETURNED), "at"] = 0
    free = kicks["kind_before"].eq("safety") & ~onside
    plain = ~free & ~onside & (kicks["end"].eq(RETURNED) | kicks["next_side"].ne(kicks["side"]))
    columns = ["end", "at"]
    return {
        "plain": _histogram(kicks[plain], columns),
        "onside": _histogram(kicks[onside & kicks["at"].between(20, 75)], columns),
        "free": _histogram(kicks[free & kicks["next_side"].ne(kicks["side"])], columns),
    }


def tries(plays: pd.DataFrame) -> dict[str, Any]:
    """Return the choice and the success of tries after touchdowns."""
    scored = plays[
        plays["scoring_play"].eq(True)
        & plays["text"].str.contains("kick|two-point|two point|pat ", case=False)
    ]
    text = scored["text"].str.lower()
    gain_home = scored["home_after"] - scored["home_before"]
    gain_away = scored["away_after"] - scored["away_before"]
    points = np.maximum(gain_home, gain_away)
    touchdown = (points >= 6) & (points <= 8) & (np.minimum(gain_home, gain_away) <= 2)
    two = text.str.contains("two-point|two point") & touchdown
    kick = touchdown & ~two
    lead = np.where(gain_home > gain_away, 1, -1) * (scored["home_before"] - scored["away_before"]) + 6
    late = scored["period"].eq(4)
    early = scored["period"].le(3)
    by_lead = []
    for margin in range(-20, 21):
        cell = touchdown & late & (lead == margin)
        by_lead.append(round(float((two[cell].sum() + 0.05) / (cell.sum() + 1)), 4))
    defended = touchdown & (np.minimum(gain_home, gain_away) == 2)
    return {
        "two_early": round(float(two[early].sum() / touchdown[early].sum()), 4),
        "two_late_by_lead_from_-20": by_lead,
        "kick_good": round(float((points[kick] == 7).mean()), 4),
        "two_good": round(float((points[two] == 8).mean()), 4),
        "returned": round(float(defended.sum() / touchdown.sum()), 5),
    }

"""Real play tables made ready for counting: one row a play, the situation before it and what came of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

_KINDS: Final = {
    "Rush": "run",
    "Rushing Touchdown": "run",
    "Pass Reception": "complete",
    "Pass": "complete",
    "Passing Touchdown": "complete",
    "Pass Incompletion": "incomplete",
    "Sack": "sack",
    "Interception": "interception",
    "Pass Interception Return": "interception",
    "Interception Return Touchdown": "interception",
    "Fumble Return Touchdown": "fumble",
    "Fumble Recovery (Opponent)": "fumble",
    "Punt": "punt",
    "Blocked Punt": "punt",
    "Punt Return Touchdown": "punt",
    "Blocked Punt Touchdown": "punt",
    "Field Goal Good": "field_goal",
    "Field Goal Missed": "field_goal",
    "Blocked Field Goal": "field_goal",
    "Blocked Field Goal Touchdown": "field_goal",
    "Missed Field Goal Return": "field_goal",
    "Kickoff": "kickoff",
    "Kickoff Return (Offense)": "kickoff",
    "Kickoff Return Touchdown": "kickoff",
    "Penalty": "penalty",
    "Timeout": "timeout",
    "Safety": "safety",
    "End Period": "end",
    "End of Half": "end",
    "End of Game": "end",
    "End of Regulation": "end",
}
SCRIMMAGE: Final = (
    "run",
    "complete",
    "incomplete",
    "sack",
    "interception",
    "fumble",
    "punt",
    "field_goal",
    "penalty",
    "safety",
)


def sound_games(path: Path, seasons: Sequence[int]) -> pd.DataFrame:
    """Return the games whose table can be trusted: finished, with the final score, downs and spots."""
    games = pd.read_parquet(path)
    sound = (
        games["season"].isin(seasons)
        & games["completed"].eq(True)
        & games["last_play_matches_final"].eq(True)
        & games["home_spread"].notna()
        & games["total"].notna()
        & games["n_plays"].between(120, 280)
        & games["ytg_valid"].gt(0.95)
    )
    return games[sound].reset_index(drop=True)


def overtime_share(path: Path, seasons: Sequence[int]) -> float:
    """Return the share of all finished games with plays that went to overtime (sound tables have fewer)."""
    games = pd.read_parquet(path)
    games = games[games["season"].isin(seasons) & games["completed"].eq(True) & games["n_plays"].gt(0)]
    return float(games["has_ot"].eq(True).mean())


def read_plays(paths: Sequence[Path], games: pd.DataFrame) -> pd.DataFrame:
    """Return the plays of the games in order, with the columns that the counts need.

    Adds: kind, side (True: home has the ball), clock_s, home_before, away_before, margin (the offence's),
    down, dist, ytg (all before the play), next_* of the next row that starts from scrimmage, gap_s (clock
    run off since the row before).
    """
    plays = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    plays = plays.merge(games[["game_id", "home_id", "away_id", "clock_stuck_share"]], on="game_id")
    plays = plays.sort_values(["game_id", "play_index"], kind="stable").reset_index(drop=True)
    content = ["game_id", "period", "clock", "text", "start_yards_to_endzone", "start_down", "type_text"]
    plays = plays[~plays.duplicated(content)].reset_index(drop=True)
    plays["kind"] = plays["type_text"].map(_KINDS)
    plays["text"] = plays["text"].fillna("")
    minutes = plays["clock"].str.split(":", expand=True).astype(float)
    plays["clock_s"] = minutes[0] * 60 + minutes[1]
    own_fumble = plays["type_text"].eq("Fumble Recovery (Own)")
    passed = plays["text"].str.contains("pass complete", case=False)
    plays.loc[own_fumble, "kind"] = np.where(passed[own_fumble], "complete", "run")
    game = plays.groupby("game_id")
    for side in ("home", "away"):
        running = game[f"{side}_score"].cummax()
        plays[f"{side}_after"] = running
        plays[f"{side}_before"] = running.groupby(plays["game_id"]).shift(fill_value=0.0)
    plays["side"] = plays["start_team_id"].astype(str).eq(plays["home_id"].astype(str))
    lead = plays["home_before"] - plays["away_before"]
    plays["margin"] = np.where(plays["side"], lead, -lead)
    plays["down"] = plays["start_down"]
    plays["ytg"] = plays["start_yards_to_endzone"]
    plays["dist"] = plays["start_distance"].where(plays["start_distance"] > 0, plays["ytg"])
    plays["dist"] = plays[["dist", "ytg"]].min(axis=1)
    from_scrimmage = plays["kind"].isin(SCRIMMAGE) & plays["down"].between(1, 4) & plays["ytg"].between(1, 99)
    plays["scrimmage"] = from_scrimmage
    for name in ("ytg", "side", "down", "period"):
        following = plays[name].astype(float).where(from_scrimmage).groupby(plays["game_id"]).bfill()
        plays[f"next_{name}"] = following.groupby(plays["game_id"]).shift(-1)
    kicks = plays["kind"].isin(["kickoff"])
    plays["kick_next"] = kicks.groupby(plays["game_id"]).shift(-1, fill_value=False)
    before = plays.groupby(["game_id", "period"])["clock_s"]
    plays["clock_before"] = before.shift().fillna(900.0)
    plays["gap_s"] = plays["clock_before"] - plays["clock_s"]
    plays["kind_before"] = game["kind"].shift()
    return plays


def clean_clock(plays: pd.DataFrame) -> pd.Series:
    """Return which rows belong to games whose feed entered a clock reading with every play."""
    return plays["clock_stuck_share"].lt(0.10) & plays["gap_s"].between(0, 75)

"""Figures of real football that the generated one is held against."""

from typing import Any, Final

import numpy as np
import pandas as pd

DRIVE_ENDS: Final = {
    "TD": "touchdown",
    "FG": "field_goal",
    "FG GOOD": "field_goal",
    "MISSED FG": "missed",
    "BLOCKED FG": "missed",
    "FG MISSED": "missed",
    "PUNT": "punt",
    "BLOCKED PUNT": "punt",
    "INT": "turnover",
    "FUMBLE": "turnover",
    "INT TD": "turnover",
    "FUMBLE TD": "turnover",
    "FUMBLE RETURN TD": "turnover",
    "DOWNS": "downs",
    "END OF HALF": "clock",
    "END OF GAME": "clock",
}
KINDS: Final = {
    "run": "run", "complete": "complete", "incomplete": "incomplete", "sack": "sack",
    "interception": "interception", "fumble": "fumble_lost", "punt": "punt", "field_goal": "field_goal",
    "kickoff": "kickoff", "penalty": "penalty", "timeout": "timeout",
}  # fmt: skip


def figures(plays: pd.DataFrame, games: pd.DataFrame, overtime_share: float) -> dict[str, Any]:
    """Return the mean counts a game, drive ends, and how scores scatter about the lines."""
    n = len(games)
    margin = games["home_final"] - games["away_final"]
    points = games["home_final"] + games["away_final"]
    counts = plays["kind"].value_counts()
    drives = plays.drop_duplicates(["game_id", "drive_id"], keep="last")
    ends = drives["drive_result"].map(DRIVE_ENDS).value_counts(normalize=True)
    touchdowns = plays["type_text"].str.contains("Touchdown") & plays["scoring_play"].eq(True)
    good = plays["type_text"].eq("Field Goal Good")
    snaps = plays["kind"].isin(["run", "complete", "incomplete", "sack", "interception", "fumble"])
    runs, catches = plays["kind"].eq("run"), plays["kind"].eq("complete")
    size = games["home_spread"].abs()
    return {
        "points_a_team": round(float(points.mean() / 2), 2),
        "points_sd_a_team": round(float(np.concatenate([games["home_final"], games["away_final"]]).std()), 2),
        "overtime_share": round(overtime_share, 4),
        "snaps_a_game": round(float(snaps.sum() / n), 1),
        "turnovers_a_game": round(float((counts["interception"] + counts["fumble"]) / n), 2),
        "touchdowns_a_game": round(float(touchdowns.sum() / n), 2),
        "field_goals_good_a_game": round(float(good.sum() / n), 2),
        "safeties_a_game": round(float(counts["safety"] / n), 3),
        "a_game": {name: round(float(counts[kind] / n), 2) for kind, name in KINDS.items()},
        "yards_a_run": round(float(plays.loc[runs, "stat_yardage"].mean()), 2),
        "yards_a_catch": round(float(plays.loc[catches, "stat_yardage"].mean()), 2),
        "drives_a_game": round(float(drives["drive_result"].map(DRIVE_ENDS).notna().sum() / n), 2),
        "drive_ends": {str(name): round(float(share), 4) for name, share in sorted(ends.items())},
        "margin_about_spread_mean": round(float((margin + games["home_spread"]).mean()), 2),
        "margin_about_spread_sd": round(float((margin + games["home_spread"]).std()), 2),
        "points_about_total_sd": round(float((points - games["total"]).std()), 2),
        "margin_sd_close_line": round(float((margin + games["home_spread"])[size < 7].std()), 2),
        "one_score_games": round(float(margin.abs().le(8).mean()), 4),
        "home_win_share": round(float(margin.gt(0).mean()), 4),
    }

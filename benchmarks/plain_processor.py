"""The peer: the three-term win probability as one would write it in an afternoon.

Dictionaries in, dictionaries out, `datetime` for stamps. It keeps the last probability and the key plays of
each game and nothing else: no ledger, no history, no hash, no leverage, and it believes whatever the feed
says.
"""

import math
from datetime import UTC, datetime
from typing import Any

PERIOD_S = 900
REGULATION_S = 3_600


class PlainProcessor:
    """Turns play dictionaries into update messages."""

    def __init__(self) -> None:
        self.games: dict[str, dict[str, Any]] = {}

    def process_play(self, play: dict[str, Any]) -> dict[str, Any]:
        """Return what clients are to be told about a play."""
        game = self.games.setdefault(play["game_id"], {"home_wp": 0.525, "offset": 0, "key_plays": []})
        stamped = datetime.fromisoformat(play["wallclock"])
        minutes, seconds = play["clock"].split(":")
        clock_s = int(minutes) * 60 + int(seconds)
        period = min(play["period"], 4)
        left_s = (4 - period) * PERIOD_S + clock_s if play["period"] <= 4 else 0
        margin = play["home_score"] - play["away_score"]
        elapsed = 1.0 - left_s / REGULATION_S
        spot = play["yards_to_goal"]
        field = 0.0
        if spot is not None and play["possession"] is not None:
            field = (50 - spot) / 50 * (1 if play["possession"] == "home" else -1)
        log_odds = 0.12 * margin + 0.15 * margin * elapsed + 0.05 * field + 0.10
        home_wp = 1.0 / (1.0 + math.exp(-log_odds))
        added = home_wp - game["home_wp"]
        update = {
            "game_id": play["game_id"],
            "offset": game["offset"],
            "play_id": play["play_id"],
            "timestamp": stamped.astimezone(UTC).isoformat(),
            "state": {
                "period": play["period"],
                "clock": play["clock"],
                "home_score": play["home_score"],
                "away_score": play["away_score"],
                "possession": play["possession"],
                "down": play["down"],
                "distance": play["distance"],
                "yards_to_goal": spot,
            },
            "home_win_probability": round(home_wp, 6),
            "away_win_probability": round(1.0 - home_wp, 6),
            "win_probability_added": round(added, 6),
            "key_play": abs(added) >= 0.10,
        }
        if update["key_play"]:
            game["key_plays"].append(update)
        game["home_wp"] = home_wp
        game["offset"] += 1
        return update

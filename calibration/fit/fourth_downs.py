"""Scores the decision card: what it says of the choice made on real fourth downs, against another model.

The other model's table (`reference/fourth_downs_2014_2021.parquet` of the shared data) holds its win
probability of the choice. Its play ids are rounded floats, so a play is taken only where side, field position
and score agree.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from calibration.bootstrap import GameBootstrap
from calibration.fit.plays import Unpriced
from engine.core.decision import Choice
from engine.core.football import HOME, REGULATION_PERIODS, SCRIMMAGE, Phase
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.store.models import open_model
from simulator.season.errors import InputError
from simulator.season.reader import open_season, read_games

SEASONS: Final = (2019, 2020, 2021)
RESAMPLES: Final = 1_000
SEED: Final = 7
DIGITS: Final = 5
_CHOICES: Final = {"Punt": Choice.PUNT, "Field goal attempt": Choice.FIELD_GOAL}
_COLUMNS: Final = (
    "game_id", "play_id", "season", "choice", "choice_wp", "pos_team", "home_team", "home_score",
    "away_score", "yards_to_goal",
)  # fmt: skip


_WHOLE: Final = ("home_score", "away_score", "yards_to_goal")


class _Theirs(NamedTuple):
    choice: Choice
    wins: float
    home_ball: bool
    home_score: int
    away_score: int
    yards_to_goal: int


def compare(models: Mapping[Path, Path], table: Path) -> dict[str, Any]:
    """Return both Brier scores of the chosen option on the same fourth downs, and their paired difference.

    Args:
        models: by season file, the artefact that has not seen it.
        table: the other model's.

    Raises:
        InputError: a file cannot be used, or no fourth down is in both.
    """
    theirs = _read(table)
    rows: list[tuple[str, float, float, bool, int]] = []
    for season, artefact in models.items():
        rows += _of_season(season, open_model(str(artefact)), theirs)
    if not rows:
        raise InputError(table, "", "no fourth down is in the seasons, too", "name the seasons 2019 to 2021")
    games = np.array([row[0] for row in rows])
    ours, other, won, best = (
        np.array([row[place] for row in rows], dtype=np.float64) for place in range(1, 5)
    )
    loss, their_loss = (ours - won) ** 2, (other - won) ** 2
    _, numbers = np.unique(games, return_inverse=True)
    everything = np.ones(len(rows), dtype=np.bool_)
    (diff,) = GameBootstrap(numbers, RESAMPLES, SEED).estimates([(loss - their_loss, everything)])
    return {
        "plays": len(rows),
        "games": int(numbers.max()) + 1,
        "ours": round(float(loss.mean()), DIGITS),
        "reference": round(float(their_loss.mean()), DIGITS),
        "diff": round(diff.value, DIGITS),
        "low": round(diff.low, DIGITS),
        "high": round(diff.high, DIGITS),
        "our_best_was_chosen": round(float(best.mean()), 3),
    }


def _of_season(
    path: Path, model: Model, theirs: Mapping[tuple[str, float], _Theirs]
) -> Iterator[tuple[str, float, float, bool, int]]:
    games = {game for game, _ in theirs}
    for recorded in read_games(open_season(path)):
        if recorded.game_id not in games:
            continue
        game = Game(recorded.game_id, Unpriced())
        for event in recorded.events:
            game.apply(event)
        result = game.state
        if result.phase is not Phase.FINAL or result.home_score == result.away_score:
            continue
        scorer = model.for_game(game.pregame)
        for entry in game.entries:
            state = entry.step.snapped
            if state.down != 4 or state.period > REGULATION_PERIODS or entry.play.kind not in SCRIMMAGE:
                continue
            known = theirs.get((recorded.game_id, float(entry.play.play_id)))
            home_ball = state.possession is HOME
            if known is None or known[2:] != (
                home_ball, state.home_score, state.away_score, state.yards_to_goal,
            ):  # fmt: skip
                continue
            card = scorer.decision(state)
            option = next((one for one in card.options if one.choice is known.choice), None) if card else None
            if card is None or option is None:
                continue
            won = (result.home_score > result.away_score) == home_ball
            yield recorded.game_id, option.win_probability, known.wins, won, card.options[0] is option


def _read(path: Path) -> dict[tuple[str, float], _Theirs]:
    try:
        table = pd.read_parquet(path, columns=list(_COLUMNS))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            path, "", f"it cannot be read ({str(error).splitlines()[0]})", "check the path"
        ) from None
    table = table[table["season"].isin(SEASONS)].dropna()
    home_ball = (table["pos_team"] == table["home_team"]).tolist()
    columns = [table[name].tolist() for name in ("game_id", "play_id", "choice", "choice_wp", *_WHOLE)]
    return {
        (str(game), float(play)): _Theirs(
            _CHOICES.get(choice, Choice.GO), float(wins), home, int(home_score), int(away_score), int(yards)
        )
        for home, game, play, choice, wins, home_score, away_score, yards in zip(
            home_ball, *columns, strict=True
        )
    }

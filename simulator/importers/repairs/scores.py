"""Scores that fall and recover, come late, or never were.

A score only rises. Of the scores that a game's rows show, the believed ones are the heaviest chain that
never falls for either side and never passes the final score. A row outside the chain carries the score that
stands, or none at all where what it shows was never a score of this game.
"""

from typing import Final, NamedTuple

from msgspec.structs import replace

from engine.core.events import Play
from engine.core.football import ADMINISTRATIVE, REGULATION_PERIODS, PlayKind
from engine.core.readings import MOST_POINTS_A_GAME, MOST_POINTS_A_PLAY, MOST_POINTS_BOTH_SIDES
from simulator.importers.draft import Draft, DraftGame
from simulator.importers.report import Tally

Score = tuple[int, int]

A_TRY: Final = 2
"""Points by which a feed that miscounts a try is off."""


class _Run(NamedTuple):
    """Rows one after another with one score."""

    score: Score
    weight: int


def mend_scores(game: DraftGame, tally: Tally) -> None:
    """Mend the scores of a game's rows."""
    most = _final(game)
    plays = [draft.play for draft in game.drafts]
    shown = [_score(play) for play in plays]
    bound = _bound(most, shown)
    believed = _believed(plays, shown, bound)
    standing: Score = (0, 0)
    scores: list[Score | None] = []
    for score in shown:
        if score is None:
            tally["score_missing"].kept += 1
            scores.append(None)
        elif score in believed and _no_less(score, standing):
            standing = score
            scores.append(score)
        elif (
            (bound is not None and not _no_less(bound, score))
            or min(score) < 0
            or max(score) > MOST_POINTS_A_GAME
        ):
            tally["score_above_final"].repaired += 1
            scores.append(None)
        else:
            tally["score_early" if _no_less(score, standing) else "score_reverted"].repaired += 1
            scores.append(standing)
    _hold_back(game.drafts, scores, tally)
    _bring_forward(plays, scores, tally)
    if most is not None and plays and standing != most and not _bring_last(plays, scores, most, tally):
        tally["score_late"].kept += 1
    for draft, score, came in zip(game.drafts, scores, shown, strict=True):
        if score != came:
            _set_score(draft, score)


def _final(game: DraftGame) -> Score | None:
    end = game.end
    if end is None or not game.final_known or end.home_score is None or end.away_score is None:
        return None
    return end.home_score, end.away_score


def _bound(most: Score | None, shown: list[Score | None]) -> Score | None:
    """Return the most that a row may show: the final score, or what the feed ends with if a try above it.

    A feed that miscounts an extra point stays wrong to the end; without its rows nothing would be known.
    """
    last = next((score for score in reversed(shown) if score is not None), None)
    if most is None or last is None:
        return most
    over = (last[0] - most[0], last[1] - most[1])
    return (most[0] + max(over[0], 0), most[1] + max(over[1], 0)) if max(over) <= A_TRY else most


def _score(play: Play) -> Score | None:
    if play.home_score is None or play.away_score is None:
        return None
    return play.home_score, play.away_score


def _no_less(score: Score, other: Score) -> bool:
    return score[0] >= other[0] and score[1] >= other[1]


def _believed(plays: list[Play], shown: list[Score | None], most: Score | None) -> set[Score]:
    """Return the scores of the heaviest chain that never falls; an administrative row weighs least."""
    runs: list[_Run] = []
    for play, score in zip(plays, shown, strict=True):
        if score is None or min(score) < 0 or max(score) > MOST_POINTS_A_GAME:
            continue
        if most is not None and not _no_less(most, score):
            continue
        weight = 1 if play.kind in ADMINISTRATIVE else 4
        if runs and runs[-1].score == score:
            runs[-1] = _Run(score, runs[-1].weight + weight)
        else:
            runs.append(_Run(score, weight))
    best: list[
        tuple[int, int]
    ] = []  # for each run: weight of the heaviest chain that ends there, and the run before
    for index, run in enumerate(runs):
        weight, before = 0, -1
        for earlier in range(index):
            if best[earlier][0] > weight and _no_less(run.score, runs[earlier].score):
                weight, before = best[earlier][0], earlier
        best.append((weight + run.weight, before))
    chain: set[Score] = set()
    index = max(range(len(best)), key=lambda place: best[place][0], default=-1)
    while index >= 0:
        chain.add(runs[index].score)
        index = best[index][1]
    return chain


def _hold_back(drafts: list[Draft], scores: list[Score | None], tally: Tally) -> None:
    """Take points from rows that show them before the scoring play of their drive, or of overtime, is made.

    Feeds that are corrected after the game write a drive's score, or overtime's, on all of its rows: whoever
    believed them would know what comes.
    """
    standing: Score = (0, 0)
    for index, draft in enumerate(drafts):
        score = scores[index]
        if score is None:
            continue
        if score != standing and not draft.play.scoring and draft.play.kind not in ADMINISTRATIVE:
            made = _made_at(drafts, scores, index)
            if made is not None:
                for place in range(index, made):
                    if scores[place] is not None:
                        scores[place] = standing
                        tally["score_early"].repaired += 1
                continue
        standing = score


def _made_at(drafts: list[Draft], scores: list[Score | None], index: int) -> int | None:
    """Return the scoring play, ahead in the drive or in overtime, whose points the row at `index` shows."""
    first = drafts[index]
    overtime = (first.play.period or 0) > REGULATION_PERIODS
    for place in range(index + 1, len(drafts)):
        draft = drafts[place]
        if scores[place] not in (None, scores[index]) or not (overtime or draft.drive == first.drive):
            return None
        if draft.play.scoring:
            return place
    return None


def _bring_forward(plays: list[Play], scores: list[Score | None], tally: Tally) -> None:
    """Give points that only a later row shows to the scoring play before it, where that lacks them.

    An extra point may come with the kick-off's row, all of a score with a timeout's.
    """
    last: int | None = None  # the last row on which a ball was played
    standing: Score = (0, 0)
    before_last: Score = (0, 0)
    for index, play in enumerate(plays):
        score = scores[index]
        if score is not None and score != standing and _no_less(score, standing) and last is not None:
            rises = play.kind in ADMINISTRATIVE or (play.kind is PlayKind.KICKOFF and not play.scoring)
            if rises and plays[last].scoring and _one_play(before_last, score):
                for place in range(last, index):
                    scores[place] = score
                tally["score_late"].repaired += index - last
            elif rises and play.kind in ADMINISTRATIVE:
                scores[index] = score = standing
                tally["score_early"].repaired += 1
        if play.kind not in ADMINISTRATIVE:
            last, before_last = index, standing
        if score is not None:
            standing = score


def _bring_last(plays: list[Play], scores: list[Score | None], most: Score, tally: Tally) -> bool:
    """Give the last scoring play the points of the final score that no row shows; return if it was so."""
    last = next((index for index in range(len(plays) - 1, -1, -1) if plays[index].scoring), None)
    if last is None:
        return False
    before = next((score for score in reversed(scores[:last]) if score is not None), (0, 0))
    if any(score not in (None, before) for score in scores[last:]) or not _one_play(before, most):
        return False
    for place in range(last, len(scores)):
        scores[place] = most
    tally["score_late"].repaired += len(scores) - last
    return True


def _one_play(before: Score, after: Score) -> bool:
    """Whether one play with its try can lead from one score to the other."""
    points = sorted((after[0] - before[0], after[1] - before[1]))
    return 0 <= points[0] <= MOST_POINTS_BOTH_SIDES and points[1] <= MOST_POINTS_A_PLAY


def _set_score(draft: Draft, score: Score | None) -> None:
    home, away = (None, None) if score is None else score
    draft.play = replace(draft.play, home_score=home, away_score=away)

"""The vocabulary and the numbers of the rule book."""

import pytest

from engine.core.football import (
    ADMINISTRATIVE,
    SCRIMMAGE,
    OvertimeRules,
    PlayKind,
    Side,
    first_tries_only_period,
    opponent,
    overtime_rules,
)


def test_the_opponent_of_the_opponent_is_the_side_itself() -> None:
    """Each side's opponent is the other one."""
    for side in Side:
        assert opponent(side) is not side
        assert opponent(opponent(side)) is side


def test_every_kind_of_row_has_one_place() -> None:
    """A row is administrative, or from scrimmage, or a kick-off or a try, and never two of these."""
    apart = (*ADMINISTRATIVE, *SCRIMMAGE, PlayKind.KICKOFF, PlayKind.TRY)
    assert sorted(apart) == sorted(PlayKind)


@pytest.mark.parametrize(
    ("season", "rules", "tries_only_from"),
    [
        (1996, OvertimeRules.BEFORE_2019, None),
        (2018, OvertimeRules.BEFORE_2019, None),
        (2019, OvertimeRules.FROM_2019, 5),
        (2020, OvertimeRules.FROM_2019, 5),
        (2021, OvertimeRules.FROM_2021, 3),
        (2030, OvertimeRules.FROM_2021, 3),
        (None, OvertimeRules.FROM_2021, 3),
    ],
)
def test_overtime_is_played_by_the_rules_of_its_season(
    season: int | None, rules: OvertimeRules, tries_only_from: int | None
) -> None:
    """Tries alone decide from the third overtime since 2021, from the fifth in 2019-20, and never before."""
    assert overtime_rules(season) is rules
    assert first_tries_only_period(rules) == tries_only_from

"""Other models' probabilities before each play, from tables keyed by game and play."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.feeds.fields import real, word
from simulator.importers.tables import Holds, VendorTable, Wanted, column_names, read_table
from simulator.season.errors import InputError

SUFFIX: Final = "_home_wp_before"
"""A column NAME_home_wp_before holds the home win probability before the play by the model NAME."""


class References:
    """Probabilities by game and play of any number of models."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Open the tables.

        Raises:
            InputError: a table lacks its keys or has no probability, or two tables name the same model.
        """
        self._tables: list[tuple[VendorTable, tuple[str, ...]]] = []
        for path in paths:
            names = tuple(sorted(n.removesuffix(SUFFIX) for n in column_names(path) if n.endswith(SUFFIX)))
            if not names:
                raise InputError(
                    path, "", f"it has no column that ends in {SUFFIX}",
                    f"name each model's probability before the play NAME{SUFFIX}",
                )  # fmt: skip
            twice = [name for name in names if name in self.names]
            if twice:
                raise InputError(path, "", f"{twice[0]} is in another table, too", "name each model once")
            wanted = {
                "game_id": Wanted(Holds.WORDS, required=True),
                "play_id": Wanted(Holds.WORDS, required=True),
            }
            wanted |= {name + SUFFIX: Wanted(Holds.NUMBERS) for name in names}
            self._tables.append((read_table(path, wanted, "a table keyed by game_id and play_id"), names))

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names."""
        return tuple(name for _, names in self._tables for name in names)

    def of_game(self, game_id: str) -> dict[str, dict[str, float]]:
        """Return the probabilities of a game by model and play id."""
        found: dict[str, dict[str, float]] = {}
        for table, names in self._tables:
            if game_id not in table.rows_of:
                continue
            columns = table.game(game_id)
            plays = [word(value) for value in columns["play_id"]]
            for name in names:
                values = zip(plays, map(real, columns[name + SUFFIX]), strict=True)
                found[name] = {
                    play: value
                    for play, value in values
                    if play is not None and value is not None and 0 <= value <= 1
                }
        return found

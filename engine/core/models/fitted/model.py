"""The fitted model by its artefact: name, version, parameters, and one scorer a game."""

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from engine.core.models.fitted.artefact import ARTEFACT_FORMAT, Artefact
from engine.core.models.fitted.check import check
from engine.core.models.fitted.regulation import RegulationOdds
from engine.core.models.fitted.scorer import FittedScorer
from engine.core.models.interface import Pregame

FITTED_CODE: Final = 1
"""Changes whenever the same artefact could give other probabilities."""


class Fitted:
    """A model whose numbers come from an artefact."""

    def __init__(self, artefact: Artefact) -> None:
        """Take an artefact.

        Raises:
            ValueError: it is of another format than this code scores.
        """
        if artefact.format != ARTEFACT_FORMAT:
            raise ValueError(
                f"the artefact has format {artefact.format}; this wpsim scores {ARTEFACT_FORMAT}: fit again"
            )
        self.artefact: Final = artefact
        self.name: Final = artefact.name
        numbers = msgspec.structs.replace(artefact, provenance=None)
        digest = hashlib.sha256(msgspec.json.encode(numbers)).hexdigest()
        self.version: Final = f"{artefact.version}+{FITTED_CODE}.{digest[:12]}"
        self.leverage_scale: Final = artefact.leverage_scale
        self._regulation = RegulationOdds(artefact.regulation)

    def parameters(self) -> Mapping[str, float]:
        """Return nothing tunable: the version holds a hash of all numbers."""
        return {}

    def for_game(self, pregame: Pregame) -> FittedScorer:
        """Return the scorer of one game."""
        return FittedScorer(self.artefact, self._regulation, pregame)


def decode_artefact(text: bytes) -> Artefact:
    """Return the artefact in a JSON text.

    Raises:
        ValueError: it is no artefact; the message names the field.
    """
    try:
        artefact = msgspec.json.decode(text, type=Artefact)
        check(artefact)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ValueError(f"it is no fitted model: {error}") from None
    return artefact

"""Models by name: the closed forms of the core's catalogue, and fitted models from their artefact files.

A fitted model is `data/models/NAME.json`, or any artefact by its path; `wpsim fit` writes them.
"""

from pathlib import Path
from typing import Final

from engine.core.models.catalogue import model, model_names
from engine.core.models.fitted.model import Fitted, decode_artefact
from engine.core.models.interface import Model

SHIPPED: Final = Path(__file__).resolve().parents[2] / "data" / "models"
DEFAULT_MODEL: Final = "fitted"
MOST_BYTES: Final = 4 * 1024 * 1024
"""No artefact is larger; a larger file is something else."""


def known_models() -> tuple[str, ...]:
    """Return the names that `open_model` takes, the default first."""
    fitted = sorted(path.stem for path in SHIPPED.glob("*.json"))
    return tuple(sorted({*fitted, *model_names()}, key=lambda name: (name != DEFAULT_MODEL, name)))


def open_model(name: str = DEFAULT_MODEL, **parameters: float) -> Model:
    """Return a model by its name, or a fitted one by the path of its artefact.

    Args:
        name: a name of `known_models`, or a path that ends in `.json`.
        parameters: parameters of a closed form, by name.

    Raises:
        ValueError: the name, a parameter or the artefact is not known; the message says what is.
    """
    if name in model_names():
        return model(name, **parameters)
    path = Path(name) if name.endswith(".json") else SHIPPED / f"{name}.json"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{path} is no fitted model: it is larger than {MOST_BYTES:,} bytes")
        text = path.read_bytes()
    except OSError as error:
        if name.endswith(".json"):
            raise ValueError(f"the model {path} cannot be read: {error.strerror}") from None
        raise ValueError(
            f"unknown model {name!r}; the models are {', '.join(known_models())}, or a path to an artefact"
        ) from None
    if parameters:
        raise ValueError(f"model {name} takes no parameters: its numbers are in its artefact; fit another")
    try:
        return Fitted(decode_artefact(text))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None

"""The models by name. A model that is not here does not exist for the command line."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from engine.core.models.brownian import Brownian
from engine.core.models.interface import Model
from engine.core.models.three_term import ThreeTerm

DEFAULT_MODEL: Final = "brownian"

_MAKERS: Final[Mapping[str, Callable[..., Model]]] = {"brownian": Brownian, "three_term": ThreeTerm}


def model_names() -> tuple[str, ...]:
    """Return the names that `model` takes."""
    return tuple(_MAKERS)


def model(name: str = DEFAULT_MODEL, **parameters: float) -> Model:
    """Return the model of that name, with its parameters overridden by name.

    Raises:
        ValueError: the name or a parameter is unknown, or a value is none that it can have.
    """
    maker = _MAKERS.get(name)
    if maker is None:
        raise ValueError(f"unknown model {name!r}; the models are {', '.join(_MAKERS)}")
    known = maker().parameters()
    for parameter, value in parameters.items():
        if parameter not in known:
            raise ValueError(f"model {name} has no parameter {parameter!r}; it has {', '.join(known)}")
        if not math.isfinite(value):
            raise ValueError(f"parameter {parameter} of model {name} is {value}; expected a number")
    return maker(**parameters)

"""How the checkout's layout becomes the wheel's.

In the checkout the four packages stand at the top level. In site-packages they would claim four very common
names, so a wheel carries them under `wpsim/`, and `wpsim.py` becomes that package's `__init__.py`.

This is code and not the `force-include` table of pyproject.toml only because an editable install would copy
what is in the table too, and the copy would hide the checkout.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WHEEL_LAYOUT = {
    "wpsim.py": "wpsim/__init__.py",
    "engine": "wpsim/engine",
    "simulator": "wpsim/simulator",
    "loadtests": "wpsim/loadtests",
    "calibration": "wpsim/calibration",
    "data": "wpsim/data",
}


class CheckoutToWheel(BuildHookInterface[Any]):
    """Puts every run-time file where the installed package expects it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map the files of a real wheel; leave an editable one empty but for the path to the checkout."""
        if version != "editable":
            build_data["force_include"] = WHEEL_LAYOUT

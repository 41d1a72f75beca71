"""What every test may ask for: where the shared real seasons are, and how hypothesis searches."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# `ci`, the default, tries the same examples in every run: a red build means that the code changed, not the
# dice. `explore` rolls the dice and tries more: HYPOTHESIS_PROFILE=explore make test. Neither has a deadline
# for one example, since a busy machine is not a fault of the code.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile(
    "explore",
    max_examples=2_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def shared_data_folder() -> Path:
    """Where the real seasons would be: beside the checkout, or where WPSIM_SHARED_DATA says."""
    return Path(os.environ.get("WPSIM_SHARED_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real seasons; a test that asks for it is skipped where there is none."""
    folder = shared_data_folder()
    if not folder.is_dir():
        pytest.skip(
            f"needs real seasons, which may not be shipped: no folder {os.path.relpath(folder, ROOT)}"
        )
    return folder

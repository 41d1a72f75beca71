"""The documents: every figure between markers is the stored measurement's, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

from benchmarks.figures import documents, rewritten

EXISTING = [path for path in documents() if path.exists()]


@pytest.mark.parametrize("path", EXISTING, ids=lambda path: path.name)
def test_every_marked_figure_is_the_measured_one(path: Path) -> None:
    """A figure is what the stored measurement says; `python -m benchmarks.figures` writes it."""
    text = path.read_text()
    assert rewritten(text) == text


def test_a_figure_that_was_typed_by_hand_is_caught() -> None:
    """A changed number between markers does not survive."""
    marked = "<!--=season_columns-->three columns<!--/-->"
    assert rewritten(marked) != marked


def test_a_marker_for_a_measurement_that_does_not_exist_is_an_error() -> None:
    """A figure without a measurement is no figure."""
    with pytest.raises(KeyError, match="no measurement"):
        rewritten("<!--=no_such_thing.figure-->1<!--/-->")


@pytest.mark.parametrize("path", EXISTING, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(path: Path) -> None:
    """A relative link in a document names a file of the project."""
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target

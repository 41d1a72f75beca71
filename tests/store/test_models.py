"""Opening models by name and by file: the closed forms, the shipped fit, and any artefact."""

from pathlib import Path

import msgspec
import pytest

from engine.core.models.brownian import Brownian
from engine.core.models.catalogue import model_names
from engine.core.models.fitted.model import Fitted
from engine.store.models import DEFAULT_MODEL, MOST_BYTES, SHIPPED, known_models, open_model
from tests.core.fitted.artefact_builder import artefact


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a small artefact."""
    path = tmp_path / "mine.json"
    path.write_bytes(msgspec.json.encode(artefact(name="mine")))
    return path


def test_the_fitted_model_ships_and_is_the_default() -> None:
    """The default is the first of the known models, opens without a name, and is an artefact's."""
    model = open_model()
    assert isinstance(model, Fitted)
    assert known_models()[0] == DEFAULT_MODEL == model.name
    assert set(model_names()) < set(known_models())


def test_every_known_model_opens() -> None:
    """Each name that is listed opens a model of that name."""
    for name in known_models():
        assert open_model(name).name == name


def test_a_closed_form_takes_its_parameters() -> None:
    """Parameters reach the closed form that has them."""
    model = open_model("brownian", sigma=12.0)
    assert isinstance(model, Brownian)
    assert model.parameters()["sigma"] == 12.0


def test_an_artefact_is_opened_by_its_path(file: Path) -> None:
    """A path that ends in .json is a fitted model of its own name."""
    assert open_model(str(file)).name == "mine"
    assert open_model(str(file)).version == Fitted(artefact(name="mine")).version


def test_the_list_of_models_is_that_of_the_files(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An artefact laid beside the shipped one is known by the name of its file, after the default."""
    monkeypatch.setattr("engine.store.models.SHIPPED", file.parent)
    assert known_models() == ("brownian", "mine", "three_term")
    assert open_model("mine").name == "mine"
    assert SHIPPED.name == "models"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """A name that nothing has is refused with all that there are, and how a file is named."""
    with pytest.raises(
        ValueError,
        match=r"unknown model 'elo'; the models are fitted, .*brownian.*, or a path to an artefact",
    ):
        open_model("elo")


def test_a_fitted_model_takes_no_parameters(file: Path) -> None:
    """Its numbers are in its artefact: a parameter is refused and not passed over."""
    with pytest.raises(ValueError, match=r"mine\.json takes no parameters"):
        open_model(str(file), sigma=3.0)


def test_a_closed_form_names_the_parameters_that_it_has() -> None:
    """A parameter of another model is refused by the catalogue."""
    with pytest.raises(ValueError, match="three_term has no parameter 'sigma'"):
        open_model("three_term", sigma=3.0)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing path is refused by its name and the system's reason."""
    with pytest.raises(ValueError, match=r"the model .*gone\.json cannot be read: No such file"):
        open_model(str(tmp_path / "gone.json"))


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    """A folder with a model's name cannot be read."""
    folder = tmp_path / "folder.json"
    folder.mkdir()
    with pytest.raises(ValueError, match=r"the model .*folder\.json cannot be read: "):
        open_model(str(folder))


def test_a_file_too_large_to_be_a_model_is_not_read(file: Path) -> None:
    """A byte more than any artefact has is refused by size alone; as much is read and judged."""
    text = file.read_bytes()
    file.write_bytes(text + b" " * (MOST_BYTES - len(text)))
    assert open_model(str(file)).name == "mine"
    file.write_bytes(text + b" " * (MOST_BYTES + 1 - len(text)))
    with pytest.raises(ValueError, match=r"mine\.json is no fitted model: it is larger than 4,194,304 bytes"):
        open_model(str(file))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"Brier", r"mine\.json: it is no fitted model: JSON is malformed"),
        (b'{"format": 1}', r"mine\.json: it is no fitted model: .*missing required field `name`"),
        (msgspec.json.encode(artefact(format=99)), r"mine\.json: the artefact has format 99"),
    ],
)
def test_what_is_no_artefact_is_named_with_its_file(file: Path, text: bytes, message: str) -> None:
    """Whatever is wrong with a file, the error begins with its path."""
    file.write_bytes(text)
    with pytest.raises(ValueError, match=message):
        open_model(str(file))

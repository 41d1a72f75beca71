"""What an operator may write after --graphics, and what is said where it cannot be understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.outputs.destination import CasparDestination, HttpDestination, parse_destination


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http://127.0.0.1:9000/gfx", HttpDestination("http://127.0.0.1:9000/gfx")),
        ("https://host/a?key=1", HttpDestination("https://host/a?key=1")),
        (" http://host/p#game=401&token_env=GFX ", HttpDestination("http://host/p", "401", "GFX")),
        ("caspar://host/1-20", CasparDestination("host", 5250, 1, 20)),
        (
            "caspar://host:5251/2-9999?template=show/wp&data=json&game=401&cg_layer=0",
            CasparDestination("host", 5251, 2, 9999, "show/wp", "json", 0, "401"),
        ),
        (
            "caspar://[::1]:5250/1-20?template=http%3A%2F%2Fhost%3A8000%2Foverlay",
            CasparDestination("::1", 5250, 1, 20, "http://host:8000/overlay"),
        ),
    ],
)
def test_a_destination_is_read(written: str, expected: object) -> None:
    """Both kinds are read with all their options."""
    assert parse_destination(written) == expected


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "the scheme is 'missing'"),
        ("host:5250", "the scheme is 'host'"),
        ("ftp://host/", "the scheme is 'ftp'"),
        ("http:///path", "names no host"),
        ("http://a b/path", "blanks"),
        ("http://host:99999/", "it is no URL"),
        ("http://host:0/", "the port is 0"),
        ("http://user:secret@host/", "token_env=NAME"),
        ("http://host/#colour=red", "the option 'colour' is unknown; known are game, token_env"),
        ("http://host/#game=1&game=2", "given twice"),
        ("http://host/#token_env=A-B", "no name of an environment variable"),
        ("caspar://host", "not /CHANNEL-LAYER such as /1-20"),
        ("caspar://host/0-20", "not /CHANNEL-LAYER"),
        ("caspar://host/1", "not /CHANNEL-LAYER"),
        ("caspar://host/1-20?data=yaml", "data='yaml', not one of xml, json"),
        ("caspar://host/1-20?template=", "empty"),
        ("caspar://host/1-20?template=a%0d%0aKILL", "not printable"),
        ("caspar://host/1-20?cg_layer=-1", "not a number from 0 to 9999"),
        ("caspar://host/1-20#game=1", "after a question mark"),
    ],
)
def test_what_is_not_understood_is_named(written: str, said: str) -> None:
    """Each mistake is told with what came and what was expected."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 -- the text is compared below
        parse_destination(written)
    assert said in str(refused.value)
    assert "--graphics" in str(refused.value)


def test_no_secret_is_repeated() -> None:
    """Neither a refusal nor the name of a destination tells a password, a query or a token."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 -- the text is compared below
        parse_destination("http://user:hunter2@host/?key=hunter2")
    assert "hunter2" not in str(refused.value)
    with pytest.raises(ValueError) as refused:  # noqa: PT011 -- the text is compared below
        parse_destination("http://host/?key=hunter2#nonsense=1")
    assert "hunter2" not in str(refused.value)
    assert parse_destination("http://host:80/p?key=hunter2").name == "http://host:80/p"


def test_a_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The named variable is read; where it is empty or cannot stand in a header, that is said."""
    destination = parse_destination("http://host/p#token_env=GFX_TOKEN")
    assert isinstance(destination, HttpDestination)
    monkeypatch.setenv("GFX_TOKEN", " abc ")
    assert destination.token() == "abc"
    for wrong in ("", "a\nb", "ü"):
        monkeypatch.setenv("GFX_TOKEN", wrong)
        with pytest.raises(ValueError, match="GFX_TOKEN holds no token"):
            destination.token()


@given(st.text(max_size=60), st.sampled_from(["", "http://", "caspar://", "caspar://h/1-20?"]))
def test_any_text_is_read_or_refused(text: str, before: str) -> None:
    """Nothing but a ValueError with an explanation comes of any text."""
    try:
        said = f"--graphics {parse_destination(before + text).name}"
    except ValueError as error:
        said = str(error)
    assert said.startswith("--graphics")

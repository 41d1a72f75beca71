"""Keys as XML and JSON: well-formed with any text, and unharmed by CasparCG's way of handing them on."""

import json
import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from engine.outputs.markup import flat_json, flat_xml, template_json, template_xml, xml_text

NAMES = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)
AWKWARD = st.text(
    st.one_of(st.sampled_from("\"\\'<>&\n\r\t\0\x1f\x7f\x85\u2028\ufffe{}%ü𝄞"), st.characters())
)
KEYS = st.dictionaries(NAMES, AWKWARD, max_size=8)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def readable(text: str) -> str:
    """The text as XML can hold it."""
    return _FORBIDDEN.sub("\ufffd", text)


@given(KEYS)
def test_flat_xml_is_well_formed_with_any_text(keys: dict[str, str]) -> None:
    """A parser gives back every key and value, in order; only what XML cannot hold is replaced."""
    root = ET.fromstring(flat_xml(keys).encode())
    assert [(child.tag, child.text or "") for child in root] == [
        (name, readable(value)) for name, value in keys.items()
    ]


@given(KEYS)
def test_template_xml_is_well_formed_with_any_text(keys: dict[str, str]) -> None:
    """The templateData hold every key and value, and neither a backslash nor a line break."""
    text = template_xml(keys)
    root = ET.fromstring(text)
    values = {str(one.get("id")): one[0].get("value") for one in root.iter("componentData")}
    assert values == {name: readable(value) for name, value in keys.items()}
    assert not set(text) & set("\\\n\r\t\u2028\u2029")


def test_the_check_of_xml_catches_a_planted_fault() -> None:
    """A value that is not escaped would not parse."""
    broken = flat_xml({"name": "x"}).replace(">x<", ">A & B<")
    try:
        ET.fromstring(broken)
    except ET.ParseError:
        return
    raise AssertionError("the parser took what is not well-formed")


@given(KEYS)
def test_flat_json_gives_back_every_text(keys: dict[str, str]) -> None:
    """The JSON is UTF-8 and holds the values as they are, but for lone surrogates."""
    told = json.loads(flat_json(keys).encode())
    assert told == {name: value.encode("utf-8", "replace").decode() for name, value in keys.items()}


@given(KEYS)
def test_template_json_survives_a_javascript_string(keys: dict[str, str]) -> None:
    """Pasted between quotes with only quotes escaped, as CasparCG does, it is the same JSON to the page."""
    data = template_json(keys)
    assert not set(data) & set("\n\r\t\u2028\u2029")
    literal = '"' + data.strip(' "').replace('"', '\\"') + '"'
    # The escapes that are left (\\ and \") mean the same in a JSON string and in a JavaScript one.
    assert set(re.findall(r"\\(.)", literal)) <= {"\\", '"'}
    told = json.loads(json.loads(literal))
    assert told == {name: value.encode("utf-8", "replace").decode() for name, value in keys.items()}


def test_what_xml_cannot_hold_is_replaced() -> None:
    """Control characters and lone surrogates become U+FFFD, so that no reader refuses the file."""
    assert xml_text("a\x00b\ud800c\ufffe") == "a\ufffdb\ufffdc\ufffd"

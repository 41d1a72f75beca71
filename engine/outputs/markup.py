"""Keys and values as XML and JSON, for polling systems and for CasparCG templates.

CasparCG hands template data to an HTML page by pasting them between the quotes of a JavaScript string; it
escapes quotes there and nothing else (`html_cg_proxy.cpp` of its server). A backslash or a line break in the
data would therefore change or break the call. The two encoders for templates let neither through: XML writes
such characters as numbers, JSON doubles its backslashes.
"""

import json
from collections.abc import Mapping
from typing import Final

_NAMED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\\": "&#92;"}
_LINE_BREAKS: Final = frozenset("\t\n\r\x85\u2028\u2029")


def xml_text(value: str) -> str:
    """Return a text as XML 1.0 may hold it, in an element or an attribute.

    What XML cannot hold at all (control characters, lone surrogates) becomes U+FFFD.
    """
    return "".join(_xml_mark(mark) for mark in value)


def _xml_mark(mark: str) -> str:
    named = _NAMED.get(mark)
    if named is not None:
        return named
    if mark in _LINE_BREAKS:
        return f"&#{ord(mark)};"
    code = ord(mark)
    if code < 0x20 or 0xD800 <= code <= 0xDFFF or code in {0xFFFE, 0xFFFF}:
        return "\ufffd"
    return f"&#{code};" if 0x7F <= code < 0xA0 else mark


def flat_xml(keys: Mapping[str, str], root: str = "graphics") -> str:
    """Return keys as a document with one element a key. The keys must be XML names."""
    lines = [f"  <{key}>{xml_text(value)}</{key}>" for key, value in keys.items()]
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', f"<{root}>", *lines, f"</{root}>", ""))


def flat_json(keys: Mapping[str, str]) -> str:
    """Return keys as one JSON object, UTF-8 readable; lone surrogates become U+FFFD."""
    whole = {key: value.encode("utf-8", "replace").decode() for key, value in keys.items()}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def template_xml(keys: Mapping[str, str]) -> str:
    """Return keys as the `templateData` of CasparCG: a component a key, its value in the data `text`."""
    components = (
        f'<componentData id="{xml_text(key)}"><data id="text" value="{xml_text(value)}"/></componentData>'
        for key, value in keys.items()
    )
    return f"<templateData>{''.join(components)}</templateData>"


def template_json(keys: Mapping[str, str]) -> str:
    """Return keys as a JSON object that survives the JavaScript string it will be pasted into.

    Quotes within values are written as numbers, and every backslash is doubled: the page's JavaScript takes
    one of each pair away and `JSON.parse` sees the other.
    """
    whole = {key: value.encode("utf-8", "replace").decode() for key, value in keys.items()}
    plain = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    for mark in ("\x7f", "\x85", "\u2028", "\u2029"):
        plain = plain.replace(mark, f"\\u{ord(mark):04x}")
    return plain.replace("\\\\", "\\u005c").replace('\\"', "\\u0022").replace("\\", "\\\\")

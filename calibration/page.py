"""The frame of an HTML page: light and dark, wide and narrow, without any request to anywhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --dim: #5a6472;
  --line: #dfe3e8; --tile: #f4f6f8; --link: #0063a0; }
@media (prefers-color-scheme: dark) { :root { --paper: #15191f; --ink: #e7eaee; --dim: #9aa5b3;
  --line: #2c333c; --tile: #1e242c; --link: #7cc4f4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
section:first-of-type h2 { display: none; }
p, dt { color: var(--dim); } p { font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem;
  margin: 1rem 0; }
.tiles div { background: var(--tile); border-radius: .5rem; padding: .7rem .9rem; }
.tiles b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--dim); font-size: .85rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; font-size: .9rem; }
dd { margin: 0; overflow-wrap: anywhere; }
img { display: block; max-width: 100%; height: auto; margin: 0 0 1rem; }
img.tall { width: 30rem; } img.wide { width: 60rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; text-align: right; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th, td { white-space: nowrap; } td.words:last-child { white-space: normal; min-width: 11rem; }
.beside { display: flex; flex-wrap: wrap; gap: 1rem 3rem; align-items: center; }
th { color: var(--dim); font-weight: 500; } .words { text-align: left; }
a { color: var(--link); } ul { padding-left: 1.2rem; }
"""


def page(title: str, sections: Iterable[str]) -> str:
    """Return a whole HTML page; `sections` are HTML already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{''.join(sections)}</body></html>\n"
    )


_DARK: Final = "(prefers-color-scheme: dark)"


def picture(stem: str, described: str, *, narrow: bool, wide: bool | None = None) -> str:
    """Return a picture for a light and a dark page, and where `narrow` also for a narrow screen.

    It is `wide` where there is a narrow one, if nobody says otherwise.
    """
    sources = []
    if narrow:
        small = "(max-width: 600px)"
        sources.append(f'<source media="{small} and {_DARK}" srcset="{stem}-narrow-dark.png">')
        sources.append(f'<source media="{small}" srcset="{stem}-narrow.png">')
    sources.append(f'<source media="{_DARK}" srcset="{stem}-dark.png">')
    shape = "wide" if (narrow if wide is None else wide) else "tall"
    image = f'<img class="{shape}" src="{stem}.png" alt="{escape(described)}">'
    return f"<picture>{''.join(sources)}{image}</picture>"


def section(title: str, *parts: str) -> str:
    """Return a section with a heading, or nothing where it would be empty."""
    body = "".join(parts)
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """Return a table that scrolls by itself where the screen is too narrow; columns in `left` hold words."""

    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=words' if place in left else ''}>{escape(value)}</{tag}>"
            for place, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{cells("th", heads)}</tr>{body}</table></div>'


def number(value: float | None, digits: int = 4) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def files(names: Iterable[str]) -> str:
    """Return a list of links to files beside the page."""
    listed = "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in names)
    return f"<ul>{listed}</ul>"


def tiles(cards: Iterable[tuple[str, str]]) -> str:
    """Return names with large values, side by side."""
    shown = "".join(f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in cards)
    return f'<div class="tiles">{shown}</div>'


def facts(told: Iterable[tuple[str, str]]) -> str:
    """Return names and values as a list."""
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in told)
    return f"<dl>{listed}</dl>"

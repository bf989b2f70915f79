"""Sections as HTML. Every text that comes from outside passes through `esc`."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from interplay.report.assets import asset
from interplay.report.parts import Axis, Block, Cell, Figure, Section, Table
from interplay.report.words import DASH, MINUS, number

#: The kinds of interactive view, and what each is written with.
_FRAGMENTS = {"network": "explorer.html", "embedding": "embedding.html", "plane": "plane.html"}
#: Rows of a table on the page; the download has all.
SHOWN_ROWS = 400
#: From here on a table may be higher than its window on the page, and its title says how many rows there are.
FITTING_ROWS = 12


def esc(text: object) -> str:
    """Escape a text for element content and for quoted attributes."""
    return html.escape(str(text), quote=True)


def prose(text: str) -> str:
    """Escape running text, and keep numbers on one line with their unit."""
    return esc(re.sub(r"(?<=[\d)]) (?=(?:s|ms|Hz|%|min|h|µm)(?![\w]))", "\N{NO-BREAK SPACE}", text))


def json_text(value: Any) -> str:
    """Write JSON that no HTML parser can leave: the signs with a meaning there are escaped."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def section(part: Section, level: int) -> str:
    """Write one section."""
    body = [f'<h2 id="{esc(part.key)}-title"><span class="count">{level}</span>{esc(part.title)}</h2>']
    if part.lead:
        body.append('<div class="lead">' + "".join(f"<p>{prose(p)}</p>" for p in part.lead) + "</div>")
    if part.tiles:
        tiles = "".join(
            f'<div class="tile"><dt>{esc(t.label)}</dt><dd>{esc(t.value)}</dd>'
            + (f'<dd class="quiet">{esc(t.note)}</dd>' if t.note else "")
            + "</div>"
            for t in part.tiles
        )
        body.append(f'<dl class="tiles">{tiles}</dl>')
    body += [f"<p>{prose(p)}</p>" for p in part.text]
    if part.figures:
        body.append('<div class="grid">' + "".join(figure(f) for f in part.figures) + "</div>")
    body += [table(t) for t in part.tables]
    if part.references:
        items = "".join(
            f'<li id="ref-{esc(k)}"><span class="key">{esc(k)}</span> {esc(t)}</li>' for k, t in part.references
        )
        body.append(f'<h3>References</h3><ol class="references">{items}</ol>')
    body += [block(b) for b in part.blocks]
    if part.notes:
        items = "".join(f"<li>{esc(n)}</li>" for n in part.notes)
        body.append(f'<aside class="notes"><h3>Good to know</h3><ul>{items}</ul></aside>')
    return f'<section id="{esc(part.key)}" aria-labelledby="{esc(part.key)}-title">{"".join(body)}</section>'


def figure(part: Figure) -> str:
    """Write one figure: a view, or a picture with its caption."""
    head = ""
    if part.title or part.badge:
        badge = f'<span class="badge{" warn" if part.warn else ""}">{esc(part.badge)}</span>' if part.badge else ""
        head = f'<div class="fig-head"><h3>{esc(part.title)}</h3>{badge}</div>'
    content = ""
    if part.payload is not None:
        content += _view(part.payload)
    if part.svg:
        # Beside a view, the picture is what is seen where no script runs.
        still = " still" if part.payload is not None else ""
        wide = (" wide" if part.narrow_svg else "") + still
        content += _picture(part.svg, part.alt, part.axis, wide, part.size[0])
    if part.narrow_svg:
        content += _picture(
            part.narrow_svg, part.alt, part.narrow_axis, " narrow" + (" still" if part.payload is not None else ""), 350
        )
    caption = f"<figcaption>{prose(part.caption)}</figcaption>" if part.caption else ""
    kind = " explorer" if part.payload is not None else ""
    return f'<figure id="fig-{esc(part.key)}" class="span-{part.span}{kind}">{head}{content}{caption}</figure>'


def _picture(svg: str, alt: str, axis: Axis | None, kind: str, width: float) -> str:
    place = ""
    if axis is not None:
        data = json_text(
            {"kind": axis.kind, "box": axis.box, "start": axis.start, "stop": axis.stop, "square": axis.square}
        )
        place = f' data-axis="{esc(data)}"'
    named = svg.replace("<svg", f'<svg role="img" aria-label="{esc(alt)}"', 1)
    return f'<div class="plot{kind}" style="--natural:{width:.0f}px"{place}>{named}</div>'


def _view(data: Mapping[str, Any]) -> str:
    """Write an interactive view: its controls, filled with what the data offer, and the data."""
    if data["view"] == "plane":
        return Template(asset(_FRAGMENTS["plane"])).substitute(data=json_text(dict(data)))
    options: dict[str, Sequence[tuple[object, str]]] = {
        "colours": [("community", "community")] * data["known"]
        + [("group", "group")] * bool(data["group"])
        + [("sign", "sign of the unit")] * bool(data["sign"])
        + [("none", "nothing")],
    }
    words: dict[str, object] = {"data": json_text(dict(data))}
    if data["view"] == "network":
        options["orders"] = [("fixed", "usual community"), ("now", "community now")] * data["known"]
        options["orders"] = [*options["orders"], ("recorded", "as recorded")]
        options["units"] = list(enumerate(data["id"]))
    else:
        options["units"] = list(zip(data["units"], data["id"], strict=True))
        words["trail"] = data["trail"]
    filled = {
        name: "".join(f'<option value="{esc(value)}">{esc(text)}</option>' for value, text in choices)
        for name, choices in options.items()
    }
    return Template(asset(_FRAGMENTS[data["view"]])).substitute(filled, **words)


def cell(value: Cell) -> str:
    """Write one cell."""
    if isinstance(value, str):
        return f"<td>{esc(value)}</td>"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return f'<td class="n" data-v="">{DASH}</td>'
    if math.isinf(value):
        sign = "" if value > 0 else "-"
        return f'<td class="n" data-v="{sign}Infinity">{sign.replace("-", MINUS)}∞</td>'
    # From 100 on, a fourth digit keeps tenths of seconds.
    return f'<td class="n" data-v="{value!r}">{esc(number(value, 4 if abs(value) >= 100 else 3))}</td>'


def table(part: Table) -> str:
    """Write one table, with its download."""
    numeric = [bool(part.rows) and not any(isinstance(r[k], str) for r in part.rows) for k in range(len(part.columns))]
    head = "".join(
        f'<th scope="col"{" class=n" if is_number else ""}>{esc(c)}</th>'
        for c, is_number in zip(part.columns, numeric, strict=True)
    )
    rows = "".join("<tr>" + "".join(map(cell, row)) + "</tr>" for row in part.rows[:SHOWN_ROWS])
    cut = ""
    if len(part.rows) > SHOWN_ROWS:
        cut = f" The first {SHOWN_ROWS} of {len(part.rows)} rows are shown."
    elif len(part.rows) > FITTING_ROWS:
        cut = f" ({len(part.rows)} rows)"
    save = f'<a class="save" download="{esc(part.name)}.csv" href="{part.link()}">CSV</a>' if part.name else ""
    whole = " whole" if len(part.rows) <= FITTING_ROWS else ""
    inside = (
        f'<div class="scroll{whole}" tabindex="0" role="region" aria-label="{esc(part.caption)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    if part.note:
        inside += f'<p class="quiet">{prose(part.note)}</p>'
    title = f"{esc(part.caption)}{cut}"
    if part.folded:
        return f'<details class="table"><summary>{title}</summary><p class="tools">{save}</p>{inside}</details>'
    return f'<div class="table"><div class="table-head"><span>{title}</span>{save}</div>{inside}</div>'


def block(part: Block) -> str:
    """Write one text to copy."""
    return (
        f'<details class="block"><summary>{esc(part.title)}</summary>'
        f'<p class="tools"><button type="button" class="copy needs-script" hidden>Copy</button></p>'
        f"<pre><code>{esc(part.text)}</code></pre></details>"
    )

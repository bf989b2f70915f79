"""One HTML file that holds everything it shows and asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from interplay._core.errors import DataError
from interplay.report.assets import asset
from interplay.report.markup import esc, section
from interplay.report.parts import Section

_SCRIPTS = (
    "state.js",
    "network.js",
    "matrix.js",
    "embedding.js",
    "pair.js",
    "plane.js",
    "marks.js",
    "tables.js",
    "main.js",
)


def page(sections: Sequence[Section], *, title: str, subtitle: str = "", meta: Mapping[str, str] | None = None) -> str:
    """Compose a report.

    Parameters
    ----------
    sections : sequence of Section
        In the order of reading; keys and figure keys must each be unique. One interactive view of each kind
        (network, embedding, phase plane) may be among them; those with windows must share them: one slider moves both.
    title : str
    subtitle : str
        One line under the title.
    meta : mapping of str to str or None
        Short facts for the head and foot: input, digest, version. No date is added, so equal input gives equal bytes.

    Returns
    -------
    str
        A complete HTML document. Its content policy forbids every request to a network, and lets run only the script
        that it was written with.

    Raises
    ------
    DataError
        On repeated keys, several interactive views of one kind, or views of different windows.
    """
    _check(sections)
    script = "\n".join(["'use strict';", "(() => {", *(asset(name) for name in _SCRIPTS), "})();"])
    seal = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{seal}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    links = "".join(
        f'<li><a href="#{esc(s.key)}"><span class="count">{k}</span>{esc(s.title)}</a></li>'
        for k, s in enumerate(sections, 1)
    )
    facts = "".join(f"<div><dt>{esc(k)}</dt><dd>{esc(v)}</dd></div>" for k, v in (meta or {}).items())
    body = "".join(section(s, k) for k, s in enumerate(sections, 1))
    views = [f.payload for s in sections for f in s.figures if f.payload is not None]
    timed = any("bounds" in v for v in views)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Interplay">
<title>{esc(title)}</title>
<link rel="icon" href="data:,">
<style>
{asset("page.css")}
</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><div class="brand">{asset("mark.html")}<span>Interplay report</span></div>
<h1>{esc(title)}</h1>{f'<p class="subtitle">{esc(subtitle)}</p>' if subtitle else ""}
{f'<dl class="facts">{facts}</dl>' if facts else ""}</header>
<div class="frame">
<nav aria-label="Sections"><ol>{links}</ol></nav>
<main id="content">{body}</main>
</div>
{asset("dock.html") if timed else asset("tip.html") if views else ""}
<footer><p>This file holds everything it shows and loads nothing from any network. Times are in seconds; windows are
half-open, [start, stop).</p></footer>
<script>{script}</script>
</body>
</html>
"""


def _check(sections: Sequence[Section]) -> None:
    keys = Counter([s.key for s in sections] + [f"fig-{f.key}" for s in sections for f in s.figures])
    twice = [k for k, count in keys.items() if count > 1]
    if twice:
        raise DataError(f"`sections` must have unique keys, got {twice[0]!r} more than once. Rename one of them.")
    views = [f.payload for s in sections for f in s.figures if f.payload is not None]
    kinds = Counter(v["view"] for v in views)
    several = [(kind, count) for kind, count in kinds.items() if count > 1]
    if several:
        kind, count = several[0]
        raise DataError(
            f"`sections` may hold one interactive view of each kind, got {count} of kind {kind!r}. "
            "Put the others on pages of their own."
        )
    views = [v for v in views if "bounds" in v]
    if len(views) == 2 and views[0]["bounds"] != views[1]["bounds"]:
        raise DataError(
            f"`sections` may hold interactive views of the same windows only, got {len(views[0]['bounds'])} windows "
            f"in one and {len(views[1]['bounds'])} in the other (or other times): one slider moves both. "
            "Put one of them on a page of its own."
        )

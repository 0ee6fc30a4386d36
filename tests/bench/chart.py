"""The comparison as an SVG: bars of records a second of CPU, one group for each feed and phase."""

from collections.abc import Sequence
from html import escape
from typing import Any

_COLOURS = {
    "jobimport": "#2563eb",
    "dlt": "#9ca3af",
    "scrapy": "#6b7280",
    "loop": "#d1d5db",
    "floor": "#fcd34d",
}
_WIDTH, _LEFT, _BAR, _GAP, _TOP = 760, 190, 15, 18, 56
_FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def bar_chart(rows: Sequence[dict[str, Any]]) -> str:
    """One bar a walk, its length the records a second of CPU, with the peak memory behind it."""
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["feed"], row["size"], row["phase"]), []).append(row)
    most = max(row["per_core_second"] for row in rows)
    parts, top = [], _TOP
    for (feed, size, phase), members in groups.items():
        unit = "postings" if feed == "json" else "MiB"
        name = f"{feed.upper()}, {size:,} {unit}: {phase}"
        parts.append(f'<text x="12" y="{top + 11}" fill="#111827">{escape(name)}</text>')
        top += _BAR + 2
        for row in members:
            parts += _bar(row, top, most)
            top += _BAR + 2
        top += _GAP
    title = "Records a second of CPU, database included (longer is better)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top}" {_FONT}>'
        f'<rect width="100%" height="100%" fill="white"/>'
        f'<text x="12" y="28" font-size="15" font-weight="600" fill="#111827">{title}</text>'
        + "".join(parts)
        + "</svg>\n"
    )


def _bar(row: dict[str, Any], top: int, most: int) -> list[str]:
    length = max(2, (_WIDTH - _LEFT - 170) * row["per_core_second"] / most)
    colour = _COLOURS[row["contender"]]
    return [
        f'<text x="{_LEFT - 8}" y="{top + 11}" text-anchor="end" fill="#374151">'
        f"{row['contender']}</text>",
        f'<rect x="{_LEFT}" y="{top}" width="{length:.0f}" height="{_BAR}" fill="{colour}"/>',
        f'<text x="{_LEFT + length + 6:.0f}" y="{top + 11}" fill="#374151">'
        f"{row['per_core_second']:,}/s · {row['peak_mib']} MiB</text>",
    ]

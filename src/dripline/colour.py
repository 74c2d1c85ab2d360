"""Contrast between colours, as WCAG 2.2 defines it."""

# Text below this is hard to read; WCAG 2.2, success criterion 1.4.3 (AA).
READABLE = 4.5


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, background: str) -> str:
    """Return the colour nearest to *colour* that can be read on *background*.

    The colour is mixed with white on a dark ground, with black on a light one.
    """
    goal = 255 if _luminance(background) < 0.18 else 0
    channels = _channels(colour)
    for step in range(101):
        mixed = [round(channel + (goal - channel) * step / 100) for channel in channels]
        candidate = "#{:02x}{:02x}{:02x}".format(*mixed)
        if contrast(candidate, background) >= READABLE:
            return candidate
    return "#ffffff" if goal else "#000000"


def mix(colour: str, background: str, share: float) -> str:
    """Return *background* with a *share* of *colour* in it."""
    pairs = zip(_channels(colour), _channels(background), strict=True)
    mixed = [round(one * share + other * (1 - share)) for one, other in pairs]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        channel / 255 / 12.92
        if channel / 255 <= 0.04045
        else ((channel / 255 + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

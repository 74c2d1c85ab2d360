"""Text for the cells of a spreadsheet, which runs what looks like a formula."""

# What a spreadsheet takes for the beginning of one (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """Return *text* so that a spreadsheet shows it: with an apostrophe before a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Turn a long article into a multi-week email course."""

__version__ = "0.1.0"

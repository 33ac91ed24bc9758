"""From "which open problem?" to a running first result, in two commands."""

__version__ = "0.1.0"

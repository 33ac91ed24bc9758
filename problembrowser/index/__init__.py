"""Finding problems: the SQLite index of everything there is to list, and what to suggest.

Reads copies only; it must not change a list, and what it keeps can always be made anew.
"""

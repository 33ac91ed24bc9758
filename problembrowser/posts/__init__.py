"""The posts behind the list: their pages fetched and read, and what was learned from them kept.

Changes no file of the catalogue, and prints nothing.
"""

"""Lists of one's own: read, checked, copied, and merged with the bundled list.

A list carries text and the names of recipes, no code; nothing of it is run or rendered here.
"""

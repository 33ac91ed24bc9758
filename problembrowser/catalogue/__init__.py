"""What a problem is, the bundled list of them, and what their starters may be made of.

Knows no other list, no index, no terminal and no network.
"""

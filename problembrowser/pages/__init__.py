"""What people see of problems, as text: tables, pages, suggestions.

Prints nothing, reads no file, asks the index nothing: it is given what it shows.
"""

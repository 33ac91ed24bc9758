"""Runs before torch is imported by any test."""

import os

# Models this small gain next to nothing from a second thread, and lose twentyfold to threads that
# fight over the cores when something else is running.
os.environ.setdefault("OMP_NUM_THREADS", "1")

"""The figures of every project, without a warning."""

import importlib.util
import warnings
from types import ModuleType

import matplotlib as mpl
import numpy as np
import pytest

from problembrowser.catalogue import recipes


@pytest.fixture
def plots() -> ModuleType:
    """The module as it stands in the templates."""
    mpl.use("Agg")
    path = next((recipes.templates() / "project").glob("*/lab/plots.py"))
    spec = importlib.util.spec_from_file_location("plots", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_points_take_a_colour_by_a_third_number_or_none(plots: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = plots.scatter([1, 2], [3, 4], title="t", x="x", y="y")
        shown = plots.scatter([1, 2], [3, 4], title="t", x="x", y="y", colour=range(2))
    assert plain.collections[0].get_array() is None
    assert shown.collections[0].get_cmap().name == "viridis"
    np.testing.assert_array_equal(shown.collections[0].get_array(), [0, 1])
    assert [len(ax.figure.axes) for ax in (plain, shown)] == [1, 2], "a bar of colours"

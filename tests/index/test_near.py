"""What is near a problem, and what is not."""

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Problem
from problembrowser.index import suggest


def one(number, *tags, **more):
    return Problem(
        str(number), f"Title {number}", "S", more.pop("category", "c"), tags=tags, **more
    )


def test_the_nearest_shares_most():
    it = one(1, "ioi", "copying", "attention")
    few, most, far = one(2, "ioi"), one(3, "copying", "ioi", category="d"), one(4, "grokking")
    assert suggest.nearest(it, [few, most, far]) == (most, ["ioi", "copying"])
    assert suggest.nearest(it, [it, few]) == (few, ["ioi"])


def test_among_equals_the_one_with_the_same_model_twin_category():
    it = one(1, "ioi", models=("m",), see_also=("4",))
    other, same = one(2, "ioi", category="d"), one(3, "ioi", category="d", models=("m",))
    twin, home = one(4, "ioi", category="d"), one(5, "ioi")
    assert suggest.nearest(it, [other, home, twin, same]) == (same, ["ioi"])
    assert suggest.nearest(it, [other, home, twin]) == (twin, ["ioi"])
    assert suggest.nearest(it, [other, home]) == (home, ["ioi"])


def test_nothing_is_near_by_its_category_model_or_a_tag_that_says_little():
    it = one(1, "attention", "neurons", models=("gpt2",))
    assert suggest.nearest(it, [one(2, "attention", "neurons", models=("gpt2",))]) is None
    assert suggest.nearest(it, []) is None


def test_every_neighbour_in_the_list_shares_what_is_said():
    every = bundled.load().problems
    started = [each for each in every if each.starter]
    for problem in every:
        if near := suggest.nearest(problem, started):
            other, shared = near
            assert {*shared} <= {*problem.tags} & {*other.tags}
            assert other.id != problem.id

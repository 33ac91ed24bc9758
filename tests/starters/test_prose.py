"""What the notebook's first and last cells say: the plan begins where the notebook ends."""

from dataclasses import replace

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Starter
from problembrowser.starters import prose

PROBLEM = next(problem for problem in bundled.load().problems if problem.id == "3.5")
STEPS = ("one", "two", "three", "four", "five", "six", "seven")


def plan(covers: tuple[int, ...]) -> list[tuple[str, str]]:
    starter = Starter("train-transformer", covers=covers)
    return prose.plan(replace(PROBLEM, first_steps=STEPS, starter=starter))


def test_the_plan_leaves_out_what_the_notebook_has_done() -> None:
    assert plan((1, 2, 4)) == [
        ("Friday night", "Your prediction, this notebook, and a look at every figure of it."),
        ("Saturday morning", "three"),
        ("Saturday afternoon", "five"),
        ("Saturday evening", "six"),
        ("Sunday morning", "seven"),
        (
            "Sunday afternoon",
            "Stop measuring. Repeat the main figure on a new seed, and write `report.md`.",
        ),
    ]


def test_what_does_not_fit_into_a_weekend_comes_last_but_one() -> None:
    assert [when for when, _ in plan((1,))][-3:] == [
        "If there is time",
        "If there is time",
        "Sunday afternoon",
    ]


def test_the_glossary_explains_the_words_that_are_there_and_no_others() -> None:
    found = prose.glossary(["The OV circuit copies.", "Patching and `hook_z`."])
    assert [line.split("**")[1] for line in found.splitlines() if line.startswith("- ")] == [
        "activation patching",
        "copying score",
        "OV circuit",
    ]
    assert prose.glossary(["Nothing of the kind."]) == ""

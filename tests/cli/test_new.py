"""What `new` and `notebook` take instead of an id, and what they say where there is no starter."""

import json
import os
import subprocess
import sys

import pytest

OTHELLO = "Baidicoot/Othello-GPT-Transformer-Lens"


@pytest.fixture
def run(tmp_path):
    """Runs a command on the real list, as (stdout, stderr, exit code)."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "problembrowser", *arguments],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            encoding="utf-8",
        )
        return done.stdout, done.stderr, done.returncode

    return run


def test_a_question_of_ones_own(run, tmp_path):
    asked = ("--question", "Which head finds the median?", "-c", "algo")
    out, err, code = run("new", *asked, "--no-git")
    folder = "question-which-head-finds-the-median-own-task"
    assert (out, code) == (f"{tmp_path}/{folder}\n", 0)
    assert err == (
        "A question of your own: this is the plainest of algorithmic-problems.\n"
        "Fill in what it is about: rule, n_symbols, length, asked_from in lab/settings.py.\n"
        "question:which-head-finds-the-median: Which head finds the median?\n"
        f"Next: problembrowser test {folder}\n"
        f"Then: jupyter lab {folder}/starter.ipynb\n"
        "Or in Colab: upload starter.ipynb alone at https://colab.research.google.com\n"
    )
    assert (
        (tmp_path / folder / "README.md")
        .read_text()
        .startswith(
            "# Which head finds the median?\n\n"
            "A question of your own: nobody has rated it or looked for work on it. "
            "Do that first.\n\n"
            "Problem question:which-head-finds-the-median of your own questions, "
        )
    )
    noted = json.loads((tmp_path / folder / ".problem.json").read_text())
    assert noted["problem"] == "question:which-head-finds-the-median"
    out, err, code = run("test", noted["problem"], "--collect-only", "-q")
    assert err.startswith(f"Testing {tmp_path}/{folder} ")
    assert run("new", *asked)[1].startswith("A question of your own")
    assert run("new", *asked)[2] == 1  # it is there already
    assert run("notebook", *asked)[0] == f"{tmp_path}/{folder}.ipynb\n"


def test_a_question_about_language(run, tmp_path):
    asked = ("--question", "Which head closes a quotation?", "-c", "circuits-in-the-wild")
    out, err, code = run("new", *asked, "--no-git", "--model", "EleutherAI/pythia-160m")
    folder = "question-which-head-closes-a-quotation-own-behaviour"
    assert (out, code) == (f"{tmp_path}/{folder}\n", 0)
    assert err.startswith(
        "A question of your own: this is the plainest of circuits-in-the-wild.\n"
        "Fill in what it is about: candidate, n_prompts in lab/settings.py.\n"
        "question:which-head-closes-a-quotation: Which head closes a quotation?\n"
    )
    settings = (tmp_path / folder / "lab/settings.py").read_text()
    assert "candidate='correlatives'" in settings
    assert "model='EleutherAI/pythia-160m'" in settings
    assert (tmp_path / folder / "lab/candidates.py").is_file()


def test_a_long_question_keeps_every_word(run, tmp_path):
    text = "Does a model that sorts lists of eight numbers find the median of them, " * 3
    made = run("notebook", "--question", text, "-c", "3")[0].strip()
    first = "".join(json.loads(open(made).read())["cells"][0]["source"]).splitlines()  # noqa: SIM115, PTH123
    assert first[0] == "# Does a model that sorts lists of eight numbers find the median of…"
    assert text.strip() in first


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        ((), "Error: Name a problem, or ask: --question TEXT -c CATEGORY.\n", 2),
        (("3.5", "--question", "x"), "Error: Give either a problem or --question.\n", 2),
        (("3.5", "-c", "3"), "Error: -c goes with --question; a problem has its category.\n", 2),
        (
            ("--question", "x"),
            "Error: Say what kind of question it is: -c CATEGORY "
            "(algorithmic-problems, circuits-in-the-wild).\n",
            2,
        ),
        (
            ("--question", " ", "-c", "3"),
            "Error: Invalid value for '--question': It is empty.\n",
            2,
        ),
        (
            ("--question", "x", "-c", "superposition"),
            "Error: There is no plain starter for superposition yet; there is for "
            "algorithmic-problems, circuits-in-the-wild.\n"
            "Begin from a problem near yours: problembrowser list -c superposition\n",
            1,
        ),
        (
            ("--question", "x" * 2001, "-c", "3"),
            "Error: A question has 1 to 2,000 characters; this has 2001.\n",
            1,
        ),
        (
            ("--question", "\u202e", "-c", "3"),
            "Error: A question has 1 to 2,000 characters; this has 0.\n",
            1,
        ),
    ],
)
def test_what_new_does_not_take(run, tmp_path, arguments, said, code):
    assert run("new", *arguments)[::2] == ("", code)
    assert run("new", *arguments)[1].endswith(said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("nope", f"'nope' is no model as owner/name, such as {OTHELLO}"),
        ("../../etc", f"'../../etc' is no model as owner/name, such as {OTHELLO}"),
    ],
)
def test_a_model_that_cannot_be_one(run, tmp_path, model, said):
    for verb in ("new", "notebook"):
        assert run(verb, "3.30", "--model", model) == ("", f"Error: --model: {said}.\n", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_nobody_tried(run, tmp_path):
    _, err, code = run("new", "3.30", "--model", "some/body", "--no-git")
    assert code == 0
    assert f"some/body was not tried; {OTHELLO} is known to suit.\n" in err
    settings = (tmp_path / "3.30-othello-one-neuron" / "lab" / "settings.py").read_text()
    assert "'some/body'" in settings
    assert "not tried" not in run("new", "3.31", "--model", OTHELLO, "--no-git")[1]


def test_models_are_completed(run):
    def completed(*words):
        asked = {"_PROBLEMBROWSER_COMPLETE": "bash_complete", "COMP_CWORD": str(len(words) - 1)}
        return run(COMP_WORDS=" ".join(words), **asked)[0].split()

    assert completed("problembrowser", "new", "3.30", "--model", "B") == [f"plain,{OTHELLO}"]
    assert completed("problembrowser", "new", "3.5", "--model", "") == []
    assert completed("problembrowser", "new", "--model", "") == []


def test_no_starter_names_one_that_shares_something(run):
    out, err, code = run("new", "6.2")
    assert (out, code) == ("", 1)
    assert err == (
        "Error: 6.2 has no starter yet.\n"
        "Near it, by direct-logit-attribution, layernorm: 3.27 (When does direct logit "
        "attribution mislead you?). Type: problembrowser new 3.27\n"
    )
    assert run("show", "6.2")[1] == (
        "It has no starter yet. "
        "Near it, by direct-logit-attribution, layernorm: problembrowser show 3.27\n"
    )


def test_no_starter_and_nothing_near(run):
    assert run("new", "1.6") == (
        "",
        "Error: 1.6 has no starter yet.\n"
        "None that has one is near. Its first steps: problembrowser show 1.6\n",
        1,
    )

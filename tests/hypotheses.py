"""The participant's own test, run with a prediction that comes true and with one that does not.

python tests/hypotheses.py            # all starters
python tests/hypotheses.py 3.5 3.16   # some of them
"""

import json
import sys
import tempfile
from pathlib import Path

import matrix
from forkserver import Server
from hub import serving

from problembrowser.catalogue import recipes
from problembrowser.catalogue.problem import Problem

NAME = "prediction.json"


def fault(problem: Problem, project: Path, server: Server) -> str:
    """What is wrong with the hypothesis test of a baked project, or "" if nothing is."""
    assert problem.starter
    for kind, wanted in (("true", "passed"), ("false", "failed")):
        values = recipes.prediction(problem.starter, kind)
        if not values:
            return f"no {kind} prediction stands in its experiment's layer.toml"
        noted = [{"stated": "2026-01-01T00:00:00+00:00", "values": values}]
        (project / NAME).write_text(json.dumps(noted), encoding="utf-8")
        done = server.run_tests(project, "tests/test_hypothesis.py")
        (project / NAME).unlink()
        if f"1 {wanted}" not in done.stdout.strip().rpartition("\n")[2]:
            return f"with the {kind} prediction: {done.stdout[-1500:]}"
        if kind == "false" and "AssertionError" not in done.stdout:
            return f"the false prediction ends in another error: {done.stdout[-1500:]}"
    return ""


def main() -> int:
    """Try those that the command line names; 1 if one is wrong."""
    wrong = 0
    with serving.everything() as served, Server(**served.environment) as server:
        for problem in matrix.STARTED:
            if sys.argv[1:] and problem.id not in sys.argv[1:]:
                continue
            with tempfile.TemporaryDirectory() as folder:
                found = fault(problem, matrix.bake(problem, Path(folder)), server)
            said = found or "a true prediction passes, a false one fails"
            print(f"{problem.id}: {said}", flush=True)
            wrong += bool(found)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())

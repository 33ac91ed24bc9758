# %% [markdown]
# ## Set-up
# In Colab choose *Runtime > Change runtime type > T4 GPU*, then run the cells in order.
# The first ones install what is missing (torch and numpy stay as they are) and, where this notebook
# was uploaded alone, write the modules of the project into a folder beside it.
# In the project's own folder they change nothing: your edited files in `lab/` are what runs.

# %%
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from IPython import get_ipython
from packaging.requirements import Requirement

KEPT = ("torch", "numpy")


def version(name: str) -> str:
    """The installed version of a package, or "" where it is missing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def install_missing(requirements: list[str]) -> None:
    """Install what is missing or out of range; torch and numpy stay as they are if they are there."""
    wanted = [Requirement(text) for text in requirements]
    missing = [
        str(one)
        for one in wanted
        if not one.specifier.contains(version(one.name) or "0", prereleases=True)
        and not (one.name in KEPT and version(one.name))
    ]
    if not missing:
        return
    print("installing", ", ".join(missing))
    kept = Path(tempfile.mkdtemp()) / "kept.txt"
    pins = [f"{name}=={version(name)}\n" for name in KEPT if version(name)]
    kept.write_text("".join(pins))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", str(kept)]
    subprocess.run([*pip, *missing], check=True)


def module(line: str, cell: str) -> None:
    """The cell magic %%module: write the cell to a file, unless that file is there already."""
    path = Path(line.strip())
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(cell, encoding="utf-8")


# %%
install_missing(REQUIREMENTS)
if not Path(".problem.json").exists() and Path.cwd().name != PROJECT:
    Path(PROJECT).mkdir(exist_ok=True)
    os.chdir(PROJECT)
sys.path.insert(0, str(Path.cwd()))
get_ipython().register_magic_function(module, "cell")
print("working in", Path.cwd())

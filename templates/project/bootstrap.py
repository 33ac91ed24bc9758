# %% [markdown]
# ## Set-up
# In Colab choose *Runtime > Change runtime type > T4 GPU*, then run the cells in order. The next three
# install what is missing (torch and numpy stay as they are) and write the project's files beside this
# notebook where they are not there yet. To change a module, edit its cell below and run it again, or
# edit the file: the newer edit counts, and running cells pick it up without a restart.

# %%
# @title Helpers (you may skip this cell)
import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from IPython import get_ipython
from packaging.requirements import Requirement

KEPT = ("torch", "numpy")
WRITTEN = set()


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


def digest(text: str) -> str:
    """What tells whether a text was changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def save(line: str, cell: str) -> None:
    """The cell magic %%save: write the cell to a file, unless only the file was edited."""
    name, generated = line.split()
    text = (cell.partition("\n")[2] if cell.startswith("# @title") else cell).rstrip("\n") + "\n"
    path = Path(name)
    there = path.read_text(encoding="utf-8") if path.exists() else None
    if there == text:
        return
    ours = there is None or digest(there) in {generated, *WRITTEN}
    if not ours and digest(text) == generated:
        print(f"{name}: kept as you edited it")
        return
    if not ours:
        path.with_name(f"{path.name}.before").write_text(there, encoding="utf-8")
        print(f"{name}: edited here and in the file; the file's text is now {path.name}.before")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    WRITTEN.add(digest(text))
    if there is not None:
        print(f"{name}: written as edited here")


# %%
# @title Install what is missing
install_missing(REQUIREMENTS)
if not Path(".problem.json").exists() and Path.cwd().name != PROJECT:
    Path(PROJECT).mkdir(exist_ok=True)
    os.chdir(PROJECT)
sys.path.insert(0, str(Path.cwd()))
get_ipython().register_magic_function(save, "cell")
get_ipython().run_line_magic("load_ext", "autoreload")
get_ipython().run_line_magic("autoreload", "2")
print("working in", Path.cwd())

# %% [markdown]
# ### The project's files (you may skip these cells)
# Settings, data, model and measurements in `lab/`, their tests in `tests/`, the headings of a report.

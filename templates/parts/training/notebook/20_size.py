# %% [markdown]
# ## Size and device
# `quick` reaches its first figure on two CPU cores within about two minutes. `full` is the size to
# report and wants a GPU. Every number is in `lab/settings.py`; `settings.but(seed=1)` changes one here.

# %%
import matplotlib.pyplot as plt
import torch

from lab import plots
from lab.device import best_device, describe
from lab.settings import PRESETS

settings = PRESETS["quick"]
device = best_device()
print(describe(device))
settings

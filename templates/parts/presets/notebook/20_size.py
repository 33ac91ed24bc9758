# %% [markdown]
# ## Size and device
# One switch: `quick` ends within about two minutes on two CPU cores, `full` is the size to report and
# wants a GPU. Every number is in `lab/settings.py`; `settings.but(seed=1)` changes one here.

# %%
import matplotlib.pyplot as plt
import torch

from lab import plots
from lab.device import best_device, describe
from lab.settings import PRESETS

PRESET = "quick"  # @param ["quick", "full"]

settings = PRESETS[PRESET]
device = best_device()
print(f"{PRESET} on {describe(device)}")
if device.type == "cuda" and PRESET == "quick":
    print('A GPU is here: PRESET = "full" gives the size to report.')
settings

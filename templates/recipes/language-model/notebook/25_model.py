# %% [markdown]
# ## The model
# Weights come from the Hugging Face hub the first time, later from this machine's cache. They are as
# published, unless `fold` is set in `lab/settings.py`. A loss on one sentence that is far below
# even guessing shows that they arrived.

# %%
from lab.model import load_model

model = load_model(settings, device)

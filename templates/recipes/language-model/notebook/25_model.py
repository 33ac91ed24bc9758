# %% [markdown]
# ## The model
# Weights come from the Hugging Face hub the first time, later from this machine's cache. They are as
# published, unless `fold` is set in `lab/settings.py`. The loss on one sentence shows that they arrived.

# %%
from lab.model import load_model

model = load_model(settings, device)

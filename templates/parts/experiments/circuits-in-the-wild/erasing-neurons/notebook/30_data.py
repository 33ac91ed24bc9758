# %% [markdown]
# ## The data
# Passages of prose and code, on which neurons are to fire. The first position of each is left out.

# %%
from lab import folded, measurement, texts

windows = texts.windows(model, settings, settings.n_windows, settings.length, part="train")
print(
    f"{len(windows)} passages, {windows.tokens[:, 1:].numel()} tokens: {windows.documents[:3]} ..."
)

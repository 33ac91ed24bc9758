# %% [markdown]
# ## The data
# Prose and code from Python's own documentation and library. Dimensions are picked, and means taken, on
# one part of the documents; everything that is shown is measured on the other. Weights stay as published:
# folded into the next matrix, LayerNorm's weights would hide what an input's coordinates are.

# %%
from lab import measurement, texts
from lab.model import load_model


def read(model, part):
    return texts.windows(model, settings, settings.n_texts, settings.length, part=part)


print(f"{settings.n_texts} texts of {settings.length} tokens in each part")

# %% [markdown]
# ## Your prediction
# Take the attention that layer 1 pays to tokens which followed an earlier copy of the current one. Now no head of
# layer 0 may look exactly one position back. Which share of that attention is left? Were layer 1 to look everywhere
# alike from then on, about 0.2 would be. State a range; the test trains another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(share_kept=None)  # for example [0.3, 0.6]

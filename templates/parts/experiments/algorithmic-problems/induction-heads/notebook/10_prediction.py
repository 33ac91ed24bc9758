# %% [markdown]
# ## Your prediction
# Some heads of layer 1 will come to look at the token that followed the current one before. Suppose that no
# head of layer 0 may look exactly one position back. Which share of that attention does layer 1 keep? A
# head that looks everywhere alike would keep about 0.2. State a range; the test trains another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(share_kept=None)  # for example [0.3, 0.6]

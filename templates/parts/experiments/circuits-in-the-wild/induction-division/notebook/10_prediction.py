# %% [markdown]
# ## Your prediction
# Take tokens ... A, and two earlier copies of that A. Before the one stood the same four tokens as now,
# before the other four different ones. Either is the nearer one equally often. Of what a model's strongest
# induction heads give to the two, which share goes to the longer match? A head that compares A alone has
# 0.5, one that compares more has up to 1. State a range for the mean over the heads; the
# test draws prompts that this notebook does not use.

# %%
from lab.prediction import note_prediction

note_prediction(share_to_the_longer_match=None)  # for example [0.55, 0.65]

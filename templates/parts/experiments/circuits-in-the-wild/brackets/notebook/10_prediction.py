# %% [markdown]
# ## Your prediction
# In `total = load(items[index] -size` the inner bracket is closed, so the outer one is next. In
# `total = load(items[index - -size` it is still open. How often does the model prefer the right one of
# `)` and `]` in such lines? Closing the last opener is right in half of them. State a range; the test
# asks about lines that this notebook does not use.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_when_one_is_closed=None)  # for example [0.6, 0.8]

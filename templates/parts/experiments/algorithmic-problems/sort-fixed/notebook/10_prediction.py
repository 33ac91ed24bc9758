# %% [markdown]
# ## Your prediction
# The model has written the two smallest numbers of a list, and then, by force, the fourth. The third was skipped.
# In which share of lists does it write the skipped number next? A model that looks for what is not yet written
# would do so each time. State a range; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(share_skipped_number=None)  # for example [0.4, 0.6]

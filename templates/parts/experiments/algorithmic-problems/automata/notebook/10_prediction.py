# %% [markdown]
# ## Your prediction
# A flip-flop keeps what was written last. Theory has one attention head look at the last write and copy it. Take words
# whose writes all say the opposite of the last one, and then four symbols that change nothing. How often does a
# trained one-layer, one-head model name the right state at the end? Who counts the writes of each kind is right in
# hardly one of these words. State a range now; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_after_four_ignored=None)  # for example [0.2, 0.8]

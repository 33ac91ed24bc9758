# %% [markdown]
# ## Your prediction
# The task that is trained first: name the first symbol that occurs exactly once so far. A model that scans might look for
# its answer; one that counts might treat all unique symbols alike. Take the attention from the last position to the
# answer, and to symbols that are unique too but stand later. The unit is what the head pays to the same places,
# whatever stands there. How many times as much does the answer get, in the head where this is largest? 1 is a head
# that does not tell them apart. State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(answer_over_later_unique=None)  # for example [0.5, 2.0]

# %% [markdown]
# ## Your prediction
# The task that is trained first: name the first symbol that occurs exactly once so far. A model that scans might look for
# its answer; one that counts might treat all unique symbols alike. Take a head's attention from the last position to the
# answer, as a multiple of what the head pays to that place on average. Take the same for the symbols that are unique
# too, but stand later. What is the first divided by the second, in the head where this is largest? It is 1.0 in an
# untrained model, and in a head that treats all unique symbols alike. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(answer_over_later_unique=None)  # for example [0.5, 2.0]

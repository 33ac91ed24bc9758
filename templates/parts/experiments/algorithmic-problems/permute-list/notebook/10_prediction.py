# %% [markdown]
# ## Your prediction
# Two layers, one head each, and an order that training never showed. Suppose that in layer 0 the places of the
# indices learn nothing of the list at hand: what they fetch there is the mean over many lists. Which accuracy is
# left? Drawing among the numbers not written yet gets 0.52. State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_without_index_to_slot=None)  # for example [0.5, 0.7]

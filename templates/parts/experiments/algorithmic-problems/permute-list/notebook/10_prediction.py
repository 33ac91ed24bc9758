# %% [markdown]
# ## Your prediction
# Two layers, one head each, and an order that training never showed. Suppose that in layer 0 the places of the
# indices may not look at the list. Which accuracy is left? Writing any number that was not written yet is
# right about half of the time. State a range; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_without_index_to_slot=None)  # for example [0.5, 0.7]

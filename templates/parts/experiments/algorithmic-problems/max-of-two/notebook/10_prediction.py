# %% [markdown]
# ## Your prediction
# One layer, one head, no MLP. Suppose the head's attention is frozen at its average, so that it no
# longer depends on the numbers. How often does the model still name the larger of two different numbers?
# Guessing one of the two gives 0.5, looking at one of them alone up to 0.75. State a range now; the test trains
# a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_with_frozen_attention=None)  # for example [0.4, 0.7]

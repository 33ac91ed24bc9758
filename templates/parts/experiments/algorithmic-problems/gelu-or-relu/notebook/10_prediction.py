# %% [markdown]
# ## Your prediction
# A model is trained with GELU neurons to add modulo 31. Afterwards each GELU is made a ReLU, with the weights as
# they are. How many held-out sums are still right? If its neurons work far from the bend, nothing happens; if the
# bend is what multiplies for it, little may be left. Chance is 0.03. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_of_gelu_made_relu=None)  # for example [0.4, 0.6]

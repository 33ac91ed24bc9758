# %% [markdown]
# ## Your prediction
# A model is trained with GELU neurons to add modulo 31. Afterwards each GELU is made a ReLU, with the weights as
# they are. How many held-out sums are still right? If its neurons work far from the bend, nothing happens. If the bend
# multiplies for it, little may be left, or all that a kink multiplies as well. Chance is 0.03. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_of_gelu_made_relu=None)  # for example [0.4, 0.6]

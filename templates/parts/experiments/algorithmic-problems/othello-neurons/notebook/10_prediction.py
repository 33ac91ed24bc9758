# %% [markdown]
# ## Your prediction
# For each neuron of the last layer the best feature is sought among "this square is mine, theirs, empty" and "this
# move is legal". The control deals the same activations to other games at the same turn. **Which share of the
# neurons lies above 99 % of the control?** By luck it is 0.01. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_of_neurons_above_control=None)  # for example [0.05, 0.2]

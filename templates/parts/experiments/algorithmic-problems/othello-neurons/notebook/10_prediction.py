# %% [markdown]
# ## Your prediction
# For each neuron of the last layer the best feature is sought among "this square is mine, theirs, empty" and "this
# move is legal". The stream that it reads says something of these already, so random mixtures of the stream do, too.
# The control is the same layer with its input turned at random. **Which share of the neurons lies above 99 % of the turned
# ones?** For random mixtures it would be about 0.01. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_of_neurons_above_control=None)  # for example [0.05, 0.2]

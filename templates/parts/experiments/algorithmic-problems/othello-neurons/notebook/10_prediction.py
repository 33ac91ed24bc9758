# %% [markdown]
# ## Your prediction
# For each neuron of the last layer the best feature is sought among "this square is mine, theirs, empty" and "this
# move is legal". Neurons of an untrained model mix the moves at random, and that says something of the board, too.
# **Which share of the trained neurons lies above 99 % of the untrained ones?** If training changed nothing
# it would be 0.01. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_of_neurons_above_control=None)  # for example [0.05, 0.2]

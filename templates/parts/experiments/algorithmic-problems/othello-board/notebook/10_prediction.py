# %% [markdown]
# ## Your prediction
# After each layer a linear probe reads the board: every square mine, theirs or empty. Discs that the last move has just
# flipped are the hard ones, since nothing but this move tells. **By how much does the last layer raise the accuracy
# on those discs**, compared with the layer before? 0: the layer before knew them as well. The test trains
# a model of another seed, up to a legality of 0.85.

# %%
from lab.prediction import note_prediction

note_prediction(gain_of_last_layer_on_flipped_discs=None)  # for example [0.3, 0.6]

# %% [markdown]
# ## Your prediction
# With rotary positions each pair of dimensions of query and key adds a wave to the score: a cosine of the distance between
# the two tokens. A head of this model has 32 such waves. Keep the four with the largest amplitude and set the others
# to zero. Which share of tokens is still named right? Guessing gives 0.02. State a range; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_with_four_waves=None)  # for example [0.4, 0.6]

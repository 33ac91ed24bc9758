# %% [markdown]
# ## Your prediction
# Before training, the embeddings of 31 numbers spread over about 20 of the 64 dimensions, as random vectors
# do. The measure is the effective rank: n if n directions are used alike. Over how many will the
# embeddings spread once the model adds? State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(directions_of_the_embedding=None)  # for example [16, 24]

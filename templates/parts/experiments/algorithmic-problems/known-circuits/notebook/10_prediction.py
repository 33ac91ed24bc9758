# %% [markdown]
# ## Your prediction
# A model that adds modulo 31 answers with waves of one or a few frequencies, known from a Fourier analysis of its logits. Each
# is a circle. Take the first eight principal components of its *embedding*, blindly. What share of those circles do they
# hold? In the embedding of an untrained model it is about a quarter. State a range; the test trains a model of another
# seed.

# %%
from lab.prediction import note_prediction

note_prediction(coverage_of_the_circles=None)  # for example [0.4, 0.6]

# %% [markdown]
# ## Your prediction
# A model that adds modulo 31 embeds the numbers on a few circles, known from Fourier analysis. Take the first eight
# principal components of its embedding, blindly. What share of the circles do they hold? In the embedding of an
# untrained model it is about a quarter. State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(coverage_of_the_circles=None)  # for example [0.4, 0.6]

# %% [markdown]
# ## Your prediction
# With rotary positions each pair of query and key dimensions adds one wave over the distance to the score; a head of
# this model has 32. Suppose that the query keeps its four strongest waves and no other. Which share of tokens is
# still named right? Guessing gives 0.02. State a range; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_with_four_waves=None)  # for example [0.4, 0.6]

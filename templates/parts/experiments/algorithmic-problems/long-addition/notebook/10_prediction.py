# %% [markdown]
# ## Your prediction
# Written with the units first, does a digit take its carry from the question or from the answer digit
# written just before it? Suppose that digit is changed, in the input alone, so that it tells the opposite of
# the carry that came. In what share of the cases does the next digit go along (mean over the columns)? State a
# range now; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(share_that_follows_a_false_digit=None)  # for example [0.2, 0.8]

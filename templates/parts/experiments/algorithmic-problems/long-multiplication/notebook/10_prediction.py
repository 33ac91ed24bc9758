# %% [markdown]
# ## Your prediction
# Two binary numbers of five digits, the product written units first. Column 2 adds three products of two digits, and
# what column 1 carries over. Is that sum there, as a number, where the digit is written? Fit a
# linear probe for it on the last layer. What share of its variance does it explain (R^2)? A linear map of the
# question's digits alone explains about 0.7. State a range now; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(r2_of_the_sum_of_column_2=None)  # for example [0.2, 0.8]

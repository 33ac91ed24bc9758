# %% [markdown]
# ## Your prediction
# Two binary numbers of five digits, the product written units first. Column 2 adds three products of two digits, a0 b2,
# a1 b1 and a2 b0, before anything is carried in. Is that sum there, as a number from 0 to 3, where the digit is
# written? Fit a linear probe for it on the last layer. What share of its variance does it explain (R^2)? A linear map
# of the digits in the input alone explains about 0.7. State a range now; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(r2_of_the_sum_of_column_2=None)  # for example [0.2, 0.8]

# %% [markdown]
# ## Your prediction
# Three lines are numbered 5, 6 and 1. Is the next one 2, one more than the last? Or does the run go on with
# 8, or with 7 since the 1 is skipped, or is it 4, the lines counted? In how many such lists, of two or three
# lines, is "last + 1" the likeliest of the ten digits? State a range of shares. One digit always gets about a
# sixth, and one more than the smallest number half. The test makes lists that this notebook does not use.

# %%
from lab.prediction import note_prediction

note_prediction(last_plus_one=None)  # for example [0.3, 0.5]

# %% [markdown]
# ## Your prediction
# One model both adds and subtracts modulo p, told by an operator token. Some of its neurons respond under both
# operations. Each is best described by one frequency of waves over (a, b) under +, and by one under -. For what
# share of them is it the same frequency? An untrained model has about 0.95, since the operator hardly moves its
# neurons. Does training set them apart? State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_with_the_same_frequency=None)  # for example [0.3, 0.6]

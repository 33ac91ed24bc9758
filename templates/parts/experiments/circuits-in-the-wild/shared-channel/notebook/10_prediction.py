# %% [markdown]
# ## Your prediction
# Take the residual stream halfway through the model, over many tokens, with every dimension scaled to
# variance 1. How many principal components hold 90 % of the variance, as a share of the dimensions?
# Dimensions that vary independently need a share of about 0.8 in the `quick` sample. State a range; the
# test measures it on texts that this notebook does not read.

# %%
from lab.prediction import note_prediction

note_prediction(share_of_dimensions=None)  # for example [0.2, 0.4]

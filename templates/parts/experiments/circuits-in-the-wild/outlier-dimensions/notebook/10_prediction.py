# %% [markdown]
# ## Your prediction
# What attention and MLPs read is a vector for each token. The 8-bit work calls a dimension an outlier
# whose value there is 6 or more in size, on 6 % of the tokens, in a quarter of the layers' inputs. How
# many has the last of the models in `lab/settings.py`, first tokens left out? Coordinates of LayerNorm's size 1 that were
# normally distributed would have none. State a range; the test counts on texts that this notebook does
# not read.

# %%
from lab.prediction import note_prediction

note_prediction(n_outliers=None)  # for example [40, 80]

# %% [markdown]
# ## Your prediction
# An autoencoder squeezes 100 sparse features through two hidden dimensions and is trained to the end on T data
# points. With few it can store the points, with many it has to store features. In between the loss on fresh data
# is said to peak. Between which numbers of data points do you expect the peak? The test tries 10, 20, 30, 45,
# 60, 90, 135 and 200, with other data and weights.

# %%
from lab.prediction import note_prediction

note_prediction(peak_between=None)  # for example [100, 200]

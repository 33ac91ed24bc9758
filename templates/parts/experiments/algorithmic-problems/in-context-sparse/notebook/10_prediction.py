# %% [markdown]
# ## Your prediction
# The model learns from functions that use one coordinate of five. Seen from other axes these functions use all five, and
# are not sparse. Take prompts as they are and turned by a random rotation. With three to five pairs seen, by how much
# does the squared error rise for the turned ones? Predicting zero has an error of about 1 for both. An estimator
# without preferred axes, such as least squares, has a rise of 0. State a range now; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(rise_of_the_error_when_turned=None)  # for example [0.0, 0.5]

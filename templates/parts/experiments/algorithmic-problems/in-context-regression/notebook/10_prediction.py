# %% [markdown]
# ## Your prediction
# Least squares, ridge and gradient steps are all linear in y: with every y of a prompt multiplied by 1.1, the
# prediction is multiplied by 1.1. A transformer has softmax and LayerNorm in it and need not be. By how much does its
# prediction miss the scaled one, relative to that one (root mean square)? A prediction that did not move at all would
# miss by 0.09. State a range now; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(relative_error_for_y_times_1_1=None)  # for example [0.06, 0.09]

# %% [markdown]
# ## Your prediction
# Two arms of the same length hang at the root, and the goal ends one of them. Who links the goal with its arm knows
# which; who does not is right half the time. Take goals three edges deep, and a model of three layers that reads one token an
# edge. How often is its first step right? State a range now; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(first_step_right_three_deep=None)  # for example [0.2, 0.8]

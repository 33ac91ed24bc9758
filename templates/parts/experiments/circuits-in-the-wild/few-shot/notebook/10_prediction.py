# %% [markdown]
# ## Your prediction
# `Pairs: hot -> cold, big -> small, ..., fast ->`: how often is ` slow` the most likely token of all? Some of
# it needs no examples, or no true ones: their format may do. So state the difference: accuracy with true
# answers in the examples, less accuracy with the same answers shuffled among them, for the task in
# `lab/settings.py`. 0 means that only the format helps. The test asks for words of its own.

# %%
from lab.prediction import note_prediction

note_prediction(gain_of_right_answers=None)  # for example [0.2, 0.4]

# %% [markdown]
# ## Your prediction
# The next number is the sum of the last two, so nothing before them is needed. But a model may have found another
# way. After eight numbers of a cycle that training never showed, replace the number two places before
# the last by another one. How many answers change? State a range of shares now; the test trains a model of
# another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(answers_changed_from_two_back=None)  # for example [0.2, 0.8]

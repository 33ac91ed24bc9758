# %% [markdown]
# ## Your prediction
# The task that is trained first: name the first symbol that occurs exactly once so far. A model that scans might look for
# its answer; one that counts might treat all symbols alike. Take the attention from the last position to the keys that
# hold the answer. The unit is what the same head pays to the same places, whatever stands there. How many units does
# the head with the most give? 1 is blind to the symbols. State a range; the test trains a model of another seed.

# %%
from lab.prediction import predict

predict(attention_to_the_answer=None)  # for example [0.5, 2.0]

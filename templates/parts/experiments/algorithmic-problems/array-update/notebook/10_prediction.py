# %% [markdown]
# ## Your prediction
# While a slot is printed, a head of the last layer may look at the new value. By how much more does it do so when
# the slot was updated than when it was not (mean attention, the head with the largest difference)? 0 is a head
# that looks there in either case. State a range; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(attention_difference=None)  # for example [0.0, 0.2]

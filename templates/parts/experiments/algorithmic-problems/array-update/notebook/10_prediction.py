# %% [markdown]
# ## Your prediction
# While a slot is printed (all but the last), a head of the last layer shares its attention out. There are five groups to look at: the slot's
# own element, the other elements, the index, the new value, anything else. Which share of its attention goes to other
# groups when the slot was updated than when it was not (mean attention, the head with the most)? 0: the same groups get
# as much in either case. 1: no group gets any in both. State a range; the test trains a model of another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(attention_moved=None)  # for example [0.0, 0.2]

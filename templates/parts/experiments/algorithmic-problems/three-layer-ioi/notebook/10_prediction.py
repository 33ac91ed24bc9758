# %% [markdown]
# ## Your prediction
# In GPT-2 small a head at the second mention of S attends to the first one: a **duplicate-token head**. Training on this task
# alone does not ask for one by name. Does a head look at the first S because it is S, or because some name stands there?
#
# Put a third name there. By how much does the attention from the second S to that place fall, on average, for the head where
# it falls most? A head that goes by places, or looks at all names alike, has 0.
# Fixed favourites among the names can make it 0.28, too. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(largest_fall_with_a_third_name=None)  # for example [0.6, 0.8]

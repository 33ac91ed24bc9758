# %% [markdown]
# ## Your prediction
# In a prompt the name S stands twice and IO once; the model says IO at the last position, END. Each head is described by seven
# numbers: five attention weights between these places, and what it adds at END to the two names.
#
# Take two models of one architecture, trained from different seeds on the same prompts. Match their heads as well as can
# be. Their distance is the root of the summed squares of what still differs. One model on two halves of the
# prompts gives the floor, 0.2 to 0.4; two stories written by hand lie between 1 and 2 apart. How far apart
# will two seeds be? The test trains two that you have not seen, 11 and 12.

# %%
from lab.prediction import note_prediction

note_prediction(distance_of_two_seeds=None)  # for example [1.0, 2.0]

# %% [markdown]
# ## Your prediction
# Two models of one architecture, trained from different seeds on the same prompts. Their heads are
# matched as well as can be. The distance is then the root of the summed squares of what still differs:
# five attention weights and two direct effects a head. 0 is the same solution; two different solutions
# written by hand lie between 1 and 2 apart. How far apart will seeds 11 and 12 be?

# %%
from lab.prediction import note_prediction

note_prediction(distance_of_two_seeds=None)  # for example [1.0, 2.0]

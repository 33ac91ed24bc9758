# %% [markdown]
# ## Your prediction
# Put another game's board into the stream: does it decide what is legal? After the first layer, a linear map says what
# the board writes. What it says for the own board is replaced by what it says for another game's, at the same turn.
# Then the same with **unturned** boards, on which no disc has changed hands after it was placed.
# **By how much more often is the top move legal on the other game's board** if the true boards are used?
# 0: who placed each disc does as well as the board. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(more_by_the_true_board=None)  # for example [0.4, 0.5]

# %% [markdown]
# ## Your prediction
# Put another game's board into the stream: does it decide what is legal? After the first layer, replace the coordinates of the board (differences of class means) by those of
# another game at the same turn. **In which share of positions will the top move be legal on that game's board?**
# By coincidence it is in about 0.2. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(legal_on_donors_board=None)  # for example [0.4, 0.5]

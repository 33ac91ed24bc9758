# %% [markdown]
# ## Your prediction
# A linear probe reads every square as mine, theirs or empty. Take pairs of discs: the last move **turned one over and left
# the other**. Move, square and turn are the same in both, so these do not tell which is which.
# After a flip the disc is "theirs", else "mine". **In which share of pairs does the probe after the last layer score "theirs"
# higher for the disc turned over?** One half is chance. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(pairs_told_apart=None)  # for example [0.7, 0.9]

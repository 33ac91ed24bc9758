# %% [markdown]
# ## Your prediction
# The last model of the list learned without dropout. Take away its name movers, the heads that look at IO
# and write it, all at once. In which share of IO sentences is the right name still ahead of the other? With
# nothing left that tells them apart it would be about 0.5. State a range; the test draws sentences of its own.

# %%
from lab.prediction import note_prediction

note_prediction(right_without_movers=None)  # for example [0.6, 0.9]

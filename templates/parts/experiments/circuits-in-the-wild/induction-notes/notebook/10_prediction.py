# %% [markdown]
# ## Your prediction
# Follow what the strongest previous-token head writes. Run the model as it is, and once with that head's
# output replaced by its mean: the streams differ by the note and by all that answers to it. After the last
# layer, how much of the note is left in the difference? 1: all, 0: nothing, below 0: its opposite. State a
# range; the test draws other random tokens.

# %%
from lab.prediction import note_prediction

note_prediction(left_after_the_last_layer=None)  # for example [0.2, 0.5]

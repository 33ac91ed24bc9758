# %% [markdown]
# ## Your prediction
# Follow what the strongest previous-token head writes at each position, less its mean: its note there.
# Run the model as it is, and once with that head's output replaced by its mean: the streams differ by the
# note and by all that answers to it. After the last layer, how much of the note is left in the difference?
# A note that nothing answers to stays at 1, parts that add to it lead above 1, its opposite is below 0.
# State a range; the test draws other random tokens.

# %%
from lab.prediction import note_prediction

note_prediction(left_after_the_last_layer=None)  # for example [0.2, 0.5]

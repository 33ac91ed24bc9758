# %% [markdown]
# ## Your prediction
# S-inhibition heads tell the name movers which name not to look at. Suppose all of them put out their
# mean over ABC sentences, in which nobody is named twice. In which share of IOI sentences does the model still
# prefer the right name? A coin has 0.5. State a range; the test asks about sentences that this notebook
# does not use.

# %%
from lab.prediction import note_prediction

note_prediction(right_without_s_inhibition=None)  # for example [0.5, 0.7]

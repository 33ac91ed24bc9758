# %% [markdown]
# ## Your prediction
# Direct logit attribution splits the logit difference between the two names into what each head writes.
# Take the heads that write towards the right name. Which share of their sum do the three strongest hold
# in the last model of the list in `lab/settings.py`? Three of twelve equal heads would hold 0.25. State a
# range; the test measures it on other sentences.

# %%
from lab.prediction import note_prediction

note_prediction(share_of_three_heads=None)  # for example [0.5, 0.7]

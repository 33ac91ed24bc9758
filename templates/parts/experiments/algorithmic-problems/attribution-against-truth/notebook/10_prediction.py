# %% [markdown]
# ## Your prediction
# Direct logit attribution credits the heads of layer 1 of a trained two-layer model with some number of logits in all.
# Replace each of these heads by its mean, **one at a time**, and add up what is lost. Which share of the credit is that? It is
# 1 if attribution and ablation agree on each head, or if their differences cancel. The test trains another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_of_credit_lost=None)  # for example [0.9, 1.1]

# %% [markdown]
# ## Your prediction
# You will meet a trained two-layer model whose layer 1 says the answer. Direct logit attribution credits its heads
# with some number of logits in all. Replace each head by its mean, **one at a time**, and add up what is lost.
# Which share of the credit is that? 1 if attribution is right about each head. The test trains another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_of_credit_lost=None)  # for example [0.9, 1.1]

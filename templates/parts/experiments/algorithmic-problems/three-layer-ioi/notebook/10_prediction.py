# %% [markdown]
# ## Your prediction
# In GPT-2 small a head at the second mention of S attends to the first one: a **duplicate-token head**. Training on this task
# alone does not ask for one by name. How much will the head that does it most attend from the second S
# to the first, on average? Even attention gives about 0.1, and so does the strongest head of an untrained model. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(strongest_duplicate_token_score=None)  # for example [0.6, 0.8]

# %% [markdown]
# ## Your prediction
# A name stands twice in a prompt, another one once; the model says the one that stands once. Where does it notice
# which name is repeated? Take what all heads of layer 0 write at the **second mention** from a prompt in which
# nobody is repeated. Which share of the logit difference between right and wrong name is lost?
# 0 means that nothing is noticed there, 1 that everything is. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_lost_at_second_mention=None)  # for example [0.2, 0.5]

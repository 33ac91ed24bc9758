# %% [markdown]
# ## Your prediction
# A name S stands twice in a prompt, another one once; the model says the one that stands once. Where do the two mentions
# of S meet? Take what all heads of layer 0 write at the **second mention** from a prompt in which one S is a third name. How
# far does the logit difference between right and wrong name fall? 0 is not at all, 1 as far as with the third name itself.
#
# There are two such prompts: without the first S, and without the second. Predict the smaller share.
# A layer that carries one mention without the other has 0 in one of them. The test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(share_lost_at_second_mention=None)  # for example [0.2, 0.5]

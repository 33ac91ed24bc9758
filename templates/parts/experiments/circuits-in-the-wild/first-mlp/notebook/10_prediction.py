# %% [markdown]
# ## Your prediction
# Some tokens occur often enough in many texts. Wherever they stand, put one mean, the same for all, in
# place of the output of GPT-2's first MLP: its predictions move by a certain KL divergence. Now put a
# table there instead, with each token's own mean output, whatever the context. Which share of the
# divergence is gone? 0 is a table no better than the one mean; 1 one as good as the MLP is at these
# tokens. State a range; the test measures it on texts of its own.

# %%
from lab.prediction import note_prediction

note_prediction(share_won_back=None)  # for example [0.1, 0.3]

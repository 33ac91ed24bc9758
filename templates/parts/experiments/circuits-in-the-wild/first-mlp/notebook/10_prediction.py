# %% [markdown]
# ## Your prediction
# Take GPT-2's first MLP away, and its predictions move by a certain KL divergence. Now a table stands in
# for this MLP: at each token it adds that token's mean output over many texts, whatever the context.
# Which share of the divergence is gone? 0 is a table no better than one mean for all tokens; 1 one as
# good as the MLP itself. State a range; the test measures it on texts of its own.

# %%
from lab.prediction import note_prediction

note_prediction(share_won_back=None)  # for example [0.1, 0.3]

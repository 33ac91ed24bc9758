# %% [markdown]
# ## The models
# In one the matrix that reads tokens in is also the one that predicts them (tied); in the other these
# are two matrices. Look up below which is which, and whether the losses are low. (Folded LayerNorms scale
# one of the two: then a tied model shows as separate.)

# %%
from lab.model import load_model

models = {name: load_model(settings, device, name) for name in settings.models}
for name, model in models.items():
    tied = torch.equal(model.W_E.T, model.W_U)
    print(f"{name}: embeddings {'tied' if tied else 'separate'}")

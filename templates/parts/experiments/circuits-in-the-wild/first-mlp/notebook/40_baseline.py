# %% [markdown]
# ## Can the model do it?
# A rise in loss says something where there was a low loss to begin with: lower than on the same tokens
# in random order, and far below even guessing.

# %%
for name, model in models.items():
    for what, tokens in (
        ("as written", passages[name].tokens),
        ("shuffled", texts.shuffled(passages[name])),
    ):
        print(f"{name}, {what}: {measurement.loss(model, tokens):.2f} nats a token")
    print(f"{name}, chance: {torch.tensor(model.cfg.d_vocab).log():.2f} nats a token")

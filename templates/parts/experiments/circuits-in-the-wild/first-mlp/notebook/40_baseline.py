# %% [markdown]
# ## Can the model do it?
# Damage below is counted from these losses. The same tokens in random order show how much of a low loss
# comes from their order, and even guessing is the chance level.

# %%
for name, model in models.items():
    for what, tokens in (
        ("as written", passages[name].tokens),
        ("shuffled", texts.shuffled(passages[name])),
    ):
        print(f"{name}, {what}: {measurement.loss(model, tokens):.2f} nats a token")
    print(f"{name}, chance: {torch.tensor(model.cfg.d_vocab).log():.2f} nats a token")

# %% [markdown]
# ## Can the model do it?
# Neurons of a model that cannot read these passages would fire on nothing in particular. Its loss, and
# that on the same tokens in random order.

# %%
for name, tokens in (("as written", windows.tokens), ("shuffled", texts.shuffled(windows))):
    with torch.no_grad():
        losses = [
            model(batch, return_type="loss") for batch in tokens[:16].split(measurement.BATCH)
        ]
    print(f"{name:12} {torch.stack(losses).mean():.2f} nats a token")
print(f"chance       {torch.tensor(model.cfg.d_vocab).log():.2f} nats a token: guessing evenly")

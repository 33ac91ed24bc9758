# %% [markdown]
# ## Can the model do it?
# Its loss on these passages, against that on the same tokens in random order: neurons that answer to a
# context have one to answer to.

# %%
for name, tokens in (("as written", windows.tokens), ("shuffled", texts.shuffled(windows))):
    with torch.no_grad():
        losses = [
            model(batch, return_type="loss") for batch in tokens[:16].split(measurement.BATCH)
        ]
    print(f"{name:12} {torch.stack(losses).mean():.2f} nats a token")
print(f"chance       {torch.tensor(model.cfg.d_vocab).log():.2f} nats a token: guessing evenly")

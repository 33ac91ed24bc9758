# %% [markdown]
# ## Can the model do it?
# The model's loss on the texts whose streams are read, beside the same tokens in random order: the
# difference is what it gains from order.

# %%
from lab import measurement, texts

windows = texts.windows(model, settings, settings.n_windows, settings.length, part="train")
for name, tokens in (("as written", windows.tokens), ("shuffled", texts.shuffled(windows))):
    with torch.no_grad():
        losses = [model(batch, return_type="loss") for batch in tokens.split(measurement.BATCH)]
    print(f"{name:12} {torch.stack(losses).mean():.2f} nats a token")
print(f"chance {torch.tensor(model.cfg.d_vocab).log():.2f} nats a token: even over the vocabulary")

# %% [markdown]
# ## Can the model do it?
# A model that predicts badly would make its outliers hard to care about. Below, the loss of each model
# against even guessing; only the last one stays loaded for the later experiments.

# %%
counted, n_layers = {}, {}
for name in settings.models:
    model = load_model(settings, device, name)
    found = read(model, "held-out").tokens
    with torch.no_grad():
        losses = [model(batch, return_type="loss") for batch in found.split(measurement.BATCH)]
    print(
        f"{name}: loss {torch.stack(losses).mean():.2f} nats a token, "
        f"chance {torch.tensor(model.cfg.d_vocab).log():.2f}"
    )
    n_layers[name] = model.cfg.n_layers
    turns = [measurement.random_turn(model.cfg.d_model, seed) for seed in range(2)]
    counted[name] = measurement.count(measurement.inputs(model, found), turns)

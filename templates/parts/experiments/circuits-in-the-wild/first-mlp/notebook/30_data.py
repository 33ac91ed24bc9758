# %% [markdown]
# ## The data
# Passages of prose and code. Tables are filled from one part of the documents, damage is measured on
# the other. A table knows a token once it was seen often enough; the share of known ones is printed.

# %%
from lab import measurement, texts

made_from, passages = {}, {}
for name, model in models.items():
    made_from[name] = texts.windows(
        model, settings, settings.n_table, settings.length, part="train"
    ).tokens
    passages[name] = texts.windows(
        model, settings, settings.n_passages, settings.length, part="held-out", each=2
    )
    tokens = passages[name].tokens
    pairs_in = measurement.frequent(
        measurement.pair_keys(made_from[name], model.cfg.d_vocab), settings.seen, settings.n_pairs
    )
    for what, keys, known in (
        (
            "tokens",
            measurement.token_keys(tokens),
            measurement.frequent(measurement.token_keys(made_from[name]), settings.seen),
        ),
        ("pairs", measurement.pair_keys(tokens, model.cfg.d_vocab), pairs_in),
    ):
        share = (measurement.labels(keys, known)[:, 1:] >= 0).float().mean()
        print(f"{name}: {len(known)} {what} in the table, {share:.0%} of the held-out ones")

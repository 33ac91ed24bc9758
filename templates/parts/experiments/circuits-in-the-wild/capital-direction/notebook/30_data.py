# %% [markdown]
# ## The data
# Words that the vocabulary holds in both cases, with a space before them, split in two halves. Then
# the passages with the most full stops before a capital, and four kinds of places in them. Not every full
# stop ends a sentence: some stand in 'e.g.' or in a file's name.

# %%
from lab import folded, measurement, texts

weights = folded.unembedding(model)
fit, test = measurement.split(measurement.case_pairs(model.tokenizer.get_vocab()), settings.seed)
print(f"{len(fit)} pairs to fit, {len(test)} to test; the first: ", end="")
print([model.to_str_tokens(pair, prepend_bos=False) for pair in test[:3]])
vocabulary = [model.tokenizer.decode([number]) for number in range(model.cfg.d_vocab)]
kinds = measurement.token_kinds(vocabulary)
many = texts.windows(
    model, settings, 12 * settings.n_windows, settings.length, part="train", each=4
)
ends = measurement.places(many.tokens, kinds)["stop, a capital follows"].sum(1)
windows = many.rows(ends.argsort(descending=True, stable=True)[: settings.n_windows])
masks = {
    kind: mask for kind, mask in measurement.places(windows.tokens, kinds).items() if mask.any()
}
print({kind: int(mask.sum()) for kind, mask in masks.items()})

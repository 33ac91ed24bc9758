# %% [markdown]
# ## The data
# Heads get their names on IOI sentences and are followed on prose. Thresholds and mean outputs come from one
# part of the documents, everything shown from the other.

# %%
from lab import ioi, ioi_heads, measurement, pairs, texts

sentences = pairs.encode(model, ioi.swapped(settings.n_prompts))
third_name = pairs.encode(model, ioi.unrepeated(settings.n_prompts))
made, shown = (
    texts.windows(
        model, settings, settings.n_texts, settings.length, part=part, kind="prose"
    ).tokens
    for part in ("train", "held-out")
)
print(pairs.summary(sentences))
print(f"{len(made)} and {len(shown)} passages of {settings.length} tokens, such as")
print(repr(model.to_string(shown[0, :16])))

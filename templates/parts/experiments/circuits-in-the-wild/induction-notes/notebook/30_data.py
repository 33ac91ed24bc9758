# %% [markdown]
# ## The data
# Random tokens, all different, then the same once more. In the second pass an induction head can find what
# came next the first time. As a control the first pass is followed by fresh tokens instead.

# %%
from lab import head_scores, measurement

vocabulary = head_scores.ordinary_tokens(model)
bos = head_scores.repeated_tokens(model, 1, 8)[0, :-8].tolist()
prompts = measurement.passes(vocabulary, settings.n_prompts, settings.half, settings.seed, bos)
for name, made in (("repeated", prompts.repeated), ("fresh", prompts.fresh)):
    print(name, model.to_str_tokens(made[0])[:6], "...", model.to_str_tokens(made[0])[-6:])

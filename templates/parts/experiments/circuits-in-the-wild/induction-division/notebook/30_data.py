# %% [markdown]
# ## The data
# Random tokens, all different but for planted copies. Each prompt has four query tokens, each with an
# earlier copy. One thing varies at a time: how many tokens match, how far back, how frequent the
# token is in text, or whether its first letter changed its case. *no copy* plants nothing, and under
# *rivals* two copies compete.

# %%
from lab import head_scores, measurement, texts

windows = texts.windows(model, settings, settings.n_texts, 64, part="train")
vocabulary = head_scores.ordinary_tokens(model).cpu()
first = windows.tokens[0, : windows.bos].tolist()
length = min(settings.length, model.cfg.n_ctx)
words = measurement.Words(vocabulary, vocabulary, vocabulary)
asked = {name: (words, copies) for name, copies in measurement.conditions(length).items()}

frequent, rare = measurement.by_frequency(vocabulary, windows.tokens)
small, capital = measurement.in_two_cases(model, vocabulary)
special = {
    "frequent": (frequent, frequent),
    "rare": (rare, rare),
    **measurement.case_pools(small, capital),
}
for name, (copied, shown) in special.items():
    if len(copied) >= 2 * measurement.QUERIES:
        drawn = measurement.Words(copied, shown, vocabulary)
        asked[name] = (drawn, [measurement.Copy(name, measurement.APART)])
    else:
        print(f"{name}: only {len(copied)} such tokens in this vocabulary, left out")
made = {
    name: measurement.planted(drawn, copies, length, settings.n_prompts, settings.seed, first)
    for name, (drawn, copies) in asked.items()
}
one = made["2 tokens"]
query, key = int(one.queries[0]), int(one.keys["2 tokens"][0, 0])
for name, end, size in (("then", key + 1, 3), ("now", query + 1, 2)):
    print(
        f"2 tokens, {name}: {model.to_str_tokens(one.tokens[0, end - size : end])}, up to {end - 1}"
    )

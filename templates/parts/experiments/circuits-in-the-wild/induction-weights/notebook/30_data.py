# %% [markdown]
# ## The data
# Random tokens that repeat, each sequence with a period of its own, so that a head which looks a fixed
# distance back does not pass for an induction head. Beside them prose, where what followed a token
# before often does not follow it again.

# %%
from lab import head_scores, measurement, texts

repeated = head_scores.repeated_tokens(model, settings.n_prompts, settings.length, settings.seed)
prose = texts.windows(model, settings, settings.n_prompts, settings.length, kind="prose")
print(model.to_string(repeated[0, :12]), "...")
print(model.to_string(prose.tokens[0, :12]), "...")

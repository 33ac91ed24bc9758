# %% [markdown]
# ## The data
# "When Mary and John went to the store, John gave a drink to" asks for IO, Mary; S is John. A head is taken
# away at the last token, where the answer is written. There it puts out its mean over ABC sentences: in
# these a third name stands in place of the second S, and nothing tells the first two apart.

# %%
from lab import abc_means, behaviour, ioi, measurement, pairs, tokens
from lab.model import load_model

asked = ioi.unrepeated(settings.n_prompts)
others = ioi.unrepeated(settings.n_prompts, seed=1)  # for the means
print(asked[0].clean.text, "->", asked[0].right)
print(others[0].corrupted.text, "-> ?")

# %% [markdown]
# ## Can the model do it?
# First the dropout that each model's configuration states, then its accuracy. All that follows is measured
# here too, so that one model at a time is held in memory. GPT-Neo's pattern cannot be edited, but
# heads are replaced at their output, which can.

# %%
from lab import live

found = {}
for name in settings.models:
    model = load_model(settings, device, name)
    print("dropout:", measurement.dropout(model) or "not stated")
    swapped = pairs.encode(model, ioi.swapped(settings.n_prompts))
    print(
        f"accuracy {behaviour.accuracy(model, swapped):.3f}, chance 0.5, tokens shuffled "
        f"{behaviour.accuracy(model, behaviour.words_shuffled(swapped.rows(slice(0, 40)))):.3f}"
    )
    live.check(model, swapped.rows(slice(0, 8)))
    means = abc_means.means(model, pairs.encode(model, others))
    fit = abc_means.fitting(pairs.encode(model, asked), means)
    few = fit.rows(slice(0, settings.n_edited))
    found[name.rpartition("/")[2]] = measurement.measure(
        model, few, means, settings.n_removed, settings.n_draws
    )
    del model
    print()

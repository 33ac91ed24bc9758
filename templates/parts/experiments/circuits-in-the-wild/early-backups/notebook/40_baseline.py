# %% [markdown]
# ## Can the model do it?
# The share of sentences in which the right name has the higher logit. Beside it two controls. With the
# words in random order S still stands twice, so the order is gone and the count is not. In the ABC version
# nothing tells the two names apart: 0.5 by design, but for sampling.

# %%
from dataclasses import replace

from lab import behaviour

sentences = pairs.encode(model, ioi.swapped(settings.n_prompts))
third = behaviour.answers(model, replace(unrepeated, clean=unrepeated.corrupted))[0]
share = {
    "IOI": behaviour.accuracy(model, sentences),
    "tokens shuffled": behaviour.accuracy(model, behaviour.words_shuffled(sentences)),
    "ABC": (third > 0).float().mean().item(),
}
plots.bars(share, levels={"a coin": 0.5}, title="share of sentences in which IO leads S", y="share")
plt.show()
print(f"accuracy {share['IOI']:.3f}, chance 0.5, ABC {share['ABC']:.3f}")
few = abc_means.fitting(unrepeated, means).rows(slice(0, settings.n_edited))
before = behaviour.answers(model, few)[0]
print(f"on the {len(few)} sentences for removals: logit difference {before.mean():+.2f}")

# %% [markdown]
# ## The data
# "When Mary and John went to the store, John gave a drink to" asks for Mary, the indirect object (IO),
# who stands once; the subject (S), John, stands twice. Either name comes first equally often. In the
# control a third name stands where S is repeated, so that nothing tells IO from S.

# %%
from lab import behaviour, ioi, measurement, pairs, tokens
from lab.ioi_heads import CLASSES
from lab.model import load_model

repeated, unrepeated = ioi.swapped(settings.n_prompts), ioi.unrepeated(settings.n_prompts)
print(repeated[0].clean.text, "->", repeated[0].right)
print(unrepeated[0].corrupted.text, "->", "?")

# %% [markdown]
# ## Can the model do it?
# Each model in turn: loaded, measured, let go. Accuracy is the share of sentences in which the model
# prefers its own answer, chance 0.5; near that, what follows has nothing to find. In random order S
# still stands twice. Where no name is repeated there is no right one, and the share that prefers the
# first name is printed.

# %%
circuits, layers = {}, {}
for name in settings.models:
    model = load_model(settings, device, name)
    made, third = pairs.encode(model, repeated), pairs.encode(model, unrepeated)
    print(pairs.summary(made))
    short = name.rpartition("/")[2]
    circuits[short] = measurement.circuit(model, made, third)
    layers[short] = model.cfg.n_layers
    found = circuits[short]
    shuffled = behaviour.accuracy(model, behaviour.words_shuffled(made))
    print(
        f"logit difference {found.difference:+.2f}, accuracy {found.accuracy:.3f}, chance 0.5, "
        f"tokens shuffled {shuffled:.3f}, nothing repeated: the first name in {found.first:.3f}\n"
    )
    del model

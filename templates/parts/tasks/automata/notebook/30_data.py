# %% [markdown]
# ## The data
# Words over the symbols of an automaton; after every symbol the model must name the state. The flip-flop
# has two states and three symbols: `0` and `1` write that state, `.` leaves it alone. In a word of
# independent symbols most questions are easy: the last write is rarely more than a few symbols back.
# That is why *chance* here is not 1/2 but the accuracy of the best guess that sees the place and the symbol there.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(
    f"{settings.automaton}: symbols {' '.join(task.symbols)}, {task.n_states} states, "
    f"{len(task.elements)} different things that a word can do to them"
)
for tokens, targets in zip(examples.tokens[:2], examples.targets[:2]):
    print("word ", task.show(tokens))
    print("state", " ".join(str(t - task.n_symbols) for t in targets.tolist()), "\n")

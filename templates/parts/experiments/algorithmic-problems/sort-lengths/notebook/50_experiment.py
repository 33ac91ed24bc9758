# %% [markdown]
# ## The measurement
# The accuracy above counts single numbers, and short lists lift it. Count **whole lists**, length
# by length. A twin with rotary instead of learned positions, trained the same way, shows which
# failures come from position embeddings that were never trained rather than from the way in which
# the model sorts.

# %%
from lab import attention
from lab.data import IGNORE

other = "rotary" if settings.positions == "standard" else "standard"
twin = build_model(task, settings.but(positions=other), device)
twin_history = train(
    twin, task, settings.but(positions=other), checkpoint=Path("checkpoints") / f"{other}.pt"
)
names = {"standard": "learned positions", "rotary": "rotary positions"}
models = {names[settings.positions]: model, names[other]: twin}
for name, one in models.items():
    print(f"{name}: {evaluate(one, examples)[1]:.3f} of single numbers at the trained lengths")

# %%
lengths = range(1, task.room + 1)
generator = torch.Generator(device).manual_seed(settings.seed + 1)


def lists_of(length: int, window: int | None = None):
    """256 fresh lists of one length, numbers from anywhere or from within a window."""
    return task.of_length(torch.full((256, 1), length, device=device), generator, window)


def answers(network, batch):
    """What was written and what was right, from MID on: two [list, place]."""
    length = int((batch.targets[0] != IGNORE).sum())
    asked = slice(length + 1, 2 * length + 1)
    return predict(network, batch.tokens)[:, asked].argmax(-1), batch.targets[:, asked]


batches = {length: lists_of(length) for length in lengths}
results = {
    name: {length: answers(one, batches[length]) for length in lengths}
    for name, one in models.items()
}
whole = {
    name: [(guess == right).all(1).float().mean().item() for guess, right in by_length.values()]
    for name, by_length in results.items()
}
ax = plots.lines(
    whole,
    at=lengths,
    title="Lists sorted without a single mistake",
    x="length of the list",
    y="share of lists",
)
for length in sorted(set(lengths) - set(task.lengths)):
    ax.axvspan(length - 0.5, length + 0.5, color="orange", alpha=0.15, linewidth=0)
ax.plot([], [], color="orange", alpha=0.4, linewidth=8, label="length not trained")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## First experiment: what is wrong about a wrong number?
# Three kinds of mistakes point to three kinds of trouble. Writing a number that is **still to
# come** is skipping: found the list, lost the order. One **already written** is losing track of
# what was written. One that is **not in the list** means that several were mixed, or something else
# was read altogether.

# %%
kinds = ("still to come", "already written", "not in the list")


def mistakes(guess, right) -> list[float]:
    """The share of places with each kind of mistake."""
    same = guess[:, :, None] == right[:, None, :]
    place = torch.arange(right.shape[1], device=device)
    later = (same & (place[None] > place[:, None])).any(-1)
    earlier = (same & (place[None] < place[:, None])).any(-1)
    return [kind.float().mean().item() for kind in (later, earlier, ~same.any(-1))]


shares = {
    name: torch.tensor([mistakes(*result) for result in by_length.values()]).T
    for name, by_length in results.items()
}
highest = max(one.sum(0).max().item() for one in shares.values())
for (name, by_kind), ax in zip(shares.items(), plots.row(2, width=5.2)):
    below = torch.zeros(len(lengths))
    for kind, share in zip(kinds, by_kind):
        ax.bar(list(lengths), share, bottom=below, label=kind)
        below += share
    ax.set(
        title=f"Mistakes by kind, {name}", xlabel="length of the list", ylabel="share of numbers"
    )
    ax.set_ylim(0, 1.1 * highest + 0.01)
    ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# Where in the list do they happen? Rows are lengths, columns places of the sorted half. Trouble
# that grows to the right is about how much has been written; trouble that fills whole rows is about
# the length.

# %%
share = torch.full((len(results), task.room, task.room), torch.nan)
for number, by_length in enumerate(results.values()):
    for length, (guess, right) in by_length.items():
        share[number, length - 1, :length] = (guess == right).float().mean(0).cpu()
worst = share[~share.isnan()].min().item()
for name, by_place, ax in zip(results, share, plots.row(2, width=5.2)):
    panel = plots.heatmap(
        by_place,
        ax=ax,
        title=f"Accuracy by place, {name}",
        x="place in the sorted half",
        y="length of the list",
        y_ticks=[str(length) for length in lengths],
    )
    panel.images[0].set_clim(worst, 1)
plt.show()

# %% [markdown]
# ## Is it the length, or the crowd?
# A long list out of 50 numbers is also a dense one. Pull the two apart: draw lists of the *same*
# length from windows of fewer and fewer consecutive numbers. If mistakes follow the density,
# columns on the left go dark even for short lists; if they follow the length, each row keeps its
# colour.

# %%
windows = [window for window in (6, 8, 12, 16, 24, 36) if window < task.n_numbers] + [
    task.n_numbers
]
rows = [length for length in task.lengths if length % 2 == 0]
crowd = torch.full((len(rows), len(windows)), torch.nan)
for row, length in enumerate(rows):
    for column, window in enumerate(windows):
        if window >= length:
            guess, right = answers(model, lists_of(length, window))
            crowd[row, column] = (guess == right).float().mean()
plots.heatmap(
    crowd,
    title="Accuracy of single numbers by length and window, trained lengths only",
    x="numbers drawn from a window of",
    y="length of the list",
    x_ticks=[str(window) for window in windows],
    y_ticks=[str(length) for length in rows],
)
plt.show()

# %% [markdown]
# ## How sharp is the look?
# Attention from each place to the one list element that has to be written there, in the head that
# looks there most. If softmax attention were merely spread thinner by every further element, this
# would sink smoothly with length, trained or not.

# %%
sharp = {name: [] for name in models}
for length in lengths:
    tokens = batches[length].tokens[:, : 2 * length + 1]
    rank = tokens[:, 1 : length + 1].argsort(1)
    for name, one in models.items():
        to_list = attention.patterns(one, tokens)[-1, :, :, length + 1 :, 1 : length + 1]
        found = to_list.gather(-1, rank[:, None, None, :].expand_as(to_list)).diagonal(
            dim1=-2, dim2=-1
        )
        sharp[name].append(found.amax(1).mean().item())
plots.lines(
    sharp | {"evenly over the list": [1 / length for length in lengths]},
    at=lengths,
    title="Attention to the number to be written (last layer, best head)",
    x="length of the list",
    y="mean attention",
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Lengths left out in the middle that sort as well as their neighbours: whatever the rule is, it
#   isn't one per length. A dip just there says the opposite, and then ask where `MID` stands at
#   that length.
# - Beyond the longest trained list the learned positions fail for a reason that has nothing to do
#   with sorting. Only what the rotary twin does there bears on the algorithm, and **a story about
#   length generalisation told from the learned model alone is wrong from the start**.
# - An explanation by thinning attention predicts two things: the last figure sinks where the first
#   one does, and mistakes are numbers *still to come*, close in value to the right one. If
#   attention stays sharp and answers go wrong, the trouble is in what is copied, or in where the
#   reading starts.
# - The density figure decides how to go on. If windows matter more than lengths, plot accuracy
#   against the gap to the next larger number before you say another word about length.
# - Everything here is teacher-forced. A model that writes its own output meets its own mistakes:
#   greedy decoding can only be worse, and where it is *much* worse, lists get lost after one slip.

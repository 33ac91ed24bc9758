# %% [markdown]
# ## The measurement
# Sorted numbers are easy to guess: the first of eight is small, the last one large. So before any
# story about a head, compare each place of the sorted half with two guessers that never look at the
# list. One knows only which place it fills. The other also knows the number just written.

# %%
from lab import attention

length = task.lengths[0]
n = task.n_numbers
generator = torch.Generator(device).manual_seed(settings.seed + 1)
many = task.sample(8192, generator).targets[:, -length:]
tally = torch.zeros(length, n + 1, n, device=device)  # [place, number just written, answer]
written = torch.cat([torch.full_like(many[:, :1], n), many[:, :-1]], dim=1)  # n stands for MID
place = torch.arange(length, device=device).expand_as(many)
tally.index_put_((place, written, many), torch.ones_like(many, dtype=torch.float), accumulate=True)

fresh = task.sample(1024, generator)
answers = fresh.targets[:, -length:]
before = torch.cat([torch.full_like(answers[:, :1], n), answers[:, :-1]], dim=1)
guesses = {
    "the model": predict(model, fresh.tokens)[:, -length:].argmax(-1),
    "knows the place and the number just written": tally.argmax(-1)[place[:1024], before],
    "knows only the place": tally.sum(1).argmax(-1).expand_as(answers),
}
plots.lines(
    {name: (guess == answers).float().mean(0).cpu() for name, guess in guesses.items()},
    at=range(1, length + 1),
    chance=task.chance,
    title="Accuracy at each place of the sorted half",
    x="place",
    y="accuracy",
)
plt.show()

# %% [markdown]
# ## First experiment: where does the head look while it writes?
# Attention from each place of the sorted half to the list, with the list's elements **reordered by
# value**. Row k is the moment at which k numbers have been written (row 0 is `MID`, with no number
# to go by), and the number it has to write next is column k. Averaged over 1024 lists; on the right
# the same for a model that was never trained.

# %%
rank = fresh.tokens[:, 1 : length + 1].argsort(
    dim=1
)  # rank[list, k]: where the k-th smallest stands
untrained = build_model(task, settings.but(seed=settings.seed + 1), device)


def by_value(network) -> torch.Tensor:
    """Attention from the sorted half to the list, keys from small to large: [head, list, place, rank]."""
    to_list = attention.patterns(network, fresh.tokens)[0, :, :, -length:, 1 : length + 1]
    index = rank[:, None, None, :].expand_as(to_list)
    return to_list.gather(-1, index).transpose(0, 1)


looked = by_value(model)
axes = plots.row(model.cfg.n_heads + 1, width=4.6)
drawn = [(f"head {head}", one) for head, one in enumerate(looked)]
for (name, one), ax in zip([*drawn, ("untrained, head 0", by_value(untrained)[0])], axes):
    panel = plots.heatmap(
        one.mean(0).cpu(),
        ax=ax,
        title=f"{name}: mean attention",
        x="rank of the number looked at",
        y="numbers written so far",
    )
    panel.images[0].set_clim(0, 1)
plt.show()
for name, one in drawn:
    hit = one.diagonal(dim1=-2, dim2=-1)
    past = one.tril(-1).sum(-1).mean()
    print(
        f"{name}: on the number to write {hit.mean():.2f}, on those already written {past:.2f}, "
        f"elsewhere in the list {(one.sum(-1) - hit).mean() - past:.2f}, on START, MID and itself the rest"
    )

# %% [markdown]
# ## Where does it come from?
# The score is a sum of what the query's token and place say about the key's token and place. First
# see how much of it varies with each of the four; only then is the token by token circuit worth a
# look. (A constant added to a whole row changes nothing after the softmax, so each row's mean is
# taken out.)

# %%
head = 0
with torch.no_grad():
    slots = slice(1, length + 1)
    places = slice(length + 1, 2 * length + 1)
    queries = {"token": model.W_E[: n + 3], "place": model.W_pos[places]}
    keys = {"token": model.W_E[:n], "place": model.W_pos[slots]}
    score = {
        (q, k): attention.qk_circuit(model, 0, head, queries[q], keys[k])
        for q in queries
        for k in keys
    }
    score = {names: (one - one.mean(1, keepdim=True)).cpu() for names, one in score.items()}
plots.bars(
    {f"query {q}\nkey {k}": one.std().item() for (q, k), one in score.items()},
    title=f"Head {head}: how much each part of the score varies",
    y="standard deviation of the score",
)
plt.show()

# %%
circuit = score["token", "token"]
left, right = plots.row(2, width=5.4, height=4.4)
plots.heatmap(
    circuit[:n],
    centre=0.0,
    ax=left,
    title=f"QK circuit of head {head}, row means removed",
    x="number in the list",
    y="number just written",
)
shown = {f"just wrote {q}": circuit[q] for q in (n // 10, n // 2, (4 * n) // 5)}
plots.lines(
    shown | {"at MID": circuit[task.mid]},
    ax=right,
    title="Four rows of it",
    x="number in the list",
    y="score - mean of the row",
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Mass on the diagonal of the attention figure says that the head *has found* the next number. It
#   does not say how: "the smallest that is larger than what I wrote" and "not yet written, small
#   first" put their mass on the same cells. They differ in the triangle below the diagonal, and in
#   the QK rows.
# - In a row of the QK circuit look left of the number just written, at it, and right of it. Where
#   does the curve jump, and is it the same jump for 5 and for 40? A row that only slopes cannot
#   skip the numbers already written.
# - **A story told from the token by token circuit alone is wrong** if the other three parts vary as
#   much, or if picking the list element with the highest score in `circuit` sorts worse than the
#   model does. You can compute that accuracy from the weights alone: do so before you write the
#   story down.
# - Attention that is split between the next number and the one after it need not be an error: the
#   OV circuit (`attention.ov_circuit(model, 0, head)[:n, :n]`) may add evidence from both. If
#   zeroing the smaller share changes no answer, the head copies; if it does, something finer is
#   going on.
# - `MID` is a case of its own: it must find the minimum. An explanation of the other rows says
#   nothing about row 0 until you have looked at it.

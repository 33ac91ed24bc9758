# %% [markdown]
# ## The measurement
# Theory has a one-layer construction for the flip-flop: attend to the most recent write and copy it. So the
# question is not only *whether* the state is right, but **how long ago the last write may be**. Words for it:
# a random beginning, one write, then nothing but `.`. The second line is the hard case, where every earlier
# write said the opposite: a head that averages over writes goes wrong there first.

# %%
flip_flop = (
    task
    if settings.automaton == "flip-flop"
    else make_task(settings.but(automaton="flip-flop"), device)
)
generator = torch.Generator(device).manual_seed(settings.seed + 1)
ignore, zero, one = range(3)


def after_a_write(waiting: int, opposite: bool) -> torch.Tensor:
    """256 words [256, length] that end in one write and `waiting` symbols that change nothing."""
    words = flip_flop.sample(256, generator).tokens.clone()
    place = words.shape[1] - 1 - waiting
    write = torch.randint(zero, one + 1, (256, 1), generator=generator, device=device)
    if opposite:
        words = torch.where(words == ignore, words, (zero + one - write).expand_as(words))
    words[:, place:] = ignore
    words[:, place] = write[:, 0]
    return words


def right_at_the_end(network, words: torch.Tensor) -> float:
    batch = flip_flop.encode(words)
    return (
        (predict(network, batch.tokens)[:, -1].argmax(-1) == batch.targets[:, -1])
        .float()
        .mean()
        .item()
    )


waits = list(range(0, flip_flop.n_ctx - 1, 2))
by_wait = {
    name: [right_at_the_end(model, after_a_write(waiting, opposite)) for waiting in waits]
    for name, opposite in [
        ("earlier writes at random", False),
        ("every earlier write says the opposite", True),
    ]
}
ax = plots.lines(
    by_wait,
    at=waits,
    chance=0.5,
    title=f"Flip-flop, {settings.n_layers} layer: accuracy after a wait",
    x="symbols since the last write",
    y="accuracy at the end of the word",
)
ax.set_ylim(-0.03, 1.05)
plt.show()
seen = settings.ignore_share ** torch.tensor([4.0, 10.0, 20.0])
print(
    "share of training positions with at least 4, 10, 20 ignored symbols before them:",
    ", ".join(f"{share:.1g}" for share in seen),
)

# %% [markdown]
# ## Where does the attention go?
# The construction puts all attention of a position on the last write at or before it. Measured on ordinary
# held-out words; the control is what an untrained model of the same shape does.

# %%
from lab import attention

words = flip_flop.held_out().tokens
places = torch.arange(words.shape[1], device=device)
last_write = torch.where(words > ignore, places, -1).cummax(dim=1).values
waited = (places - last_write)[last_write >= 0]


def on_the_last_write(network) -> torch.Tensor:
    """Attention from every position to its last write [layer, head, case], cases with such a write."""
    pattern = attention.patterns(network, words)
    index = last_write.clamp(min=0)[None, :, None, :, None].expand(*pattern.shape[:3], -1, 1)
    return pattern.gather(-1, index)[..., 0].transpose(1, 2)[:, :, last_write >= 0]


untrained = build_model(flip_flop, settings.but(seed=settings.seed + 1), device)
paid, paid_untrained = on_the_last_write(model), on_the_last_write(untrained)
left, right = plots.row(2, width=5.6)
length = min(words.shape[1], 32)
plots.heatmap(
    attention.patterns(model, words[:1, :length])[-1, 0, 0].cpu(),
    ax=left,
    title="Head 0 of the last layer on one word",
    x="key: symbol of the word",
    y="query position",
    x_ticks=[flip_flop.symbols[s] for s in words[0, :length].tolist()],
)
left.tick_params(axis="x", rotation=0)
left.plot(last_write[0, :length].cpu(), range(length), "r.", markersize=4, label="last write")
left.legend(fontsize=8)
curves = {
    f"L{layer}H{head}": [paid[layer, head, waited == w].mean().item() for w in range(10)]
    for layer in range(paid.shape[0])
    for head in range(paid.shape[1])
}
curves["untrained, mean of heads"] = [
    paid_untrained[..., waited == w].mean().item() for w in range(10)
]
plots.lines(
    curves,
    ax=right,
    title="Attention to the last write, by how long ago it was",
    x="symbols since the last write",
    y="mean attention",
)
plt.show()

# %% [markdown]
# ## First experiment: how many layers does an automaton want?
# The flip-flop forgets at each write. The counter and the permutations are groups: nothing is ever
# forgotten, so every symbol of the word counts. The same small budget for both (`"parity"` makes a third), on short words, with one layer
# and with two. **Where a line drops says "not learned yet", not "cannot be learned"**: the dots are the best guess
# from the current symbol alone, and longer training and longer words are yours.

# %%
from lab.training import accuracy_by_position

budget = settings.but(
    length=10, steps=400, eval_every=100, ignore_share=0.2, supervision="every", n_heads=4
)
networks, tasks, table = {}, {}, {}
for automaton in ("counter", "permutations"):
    for n_layers in (1, 2):
        asked = budget.but(automaton=automaton, n_layers=n_layers)
        tasks[automaton] = make_task(asked, device)
        networks[automaton, n_layers] = build_model(tasks[automaton], asked, device)
        train(networks[automaton, n_layers], tasks[automaton], asked, progress=False)
        batch = tasks[automaton].held_out()
        table[automaton, n_layers] = accuracy_by_position(
            predict(networks[automaton, n_layers], batch.tokens), batch.targets
        )

# %%
for ax, n_layers in zip(plots.row(2, width=5), (1, 2)):
    plots.lines(
        {
            f"{name} ({len(its_task.elements)} elements)": table[name, n_layers]
            for name, its_task in tasks.items()
        },
        at=range(1, budget.length + 1),
        ax=ax,
        title=f"{n_layers} layer{'s' * (n_layers > 1)}, {budget.steps} steps",
        x="position in the word",
        y="accuracy of the state",
    )
    for line, its_task in zip(list(ax.lines), tasks.values()):
        ax.axhline(its_task.chance, color=line.get_color(), linestyle=":", linewidth=1)
    ax.set_ylim(0, 1.03)
plt.show()

# %% [markdown]
# ## What is computed on the way?
# A tree-like scan holds, after layer L, the product of the last few symbols: two, four, eight. A running
# total would hold the product of the whole prefix at once. Take the two-layer model of the permutations, at the
# last position where it is still right, and probe each layer for the product of the last 1, 2, 3 ... symbols there.
# The control is an untrained model, whose embeddings and random mixing already give something away.

# %%
from lab import probes

group = tasks["permutations"]
good = [place for place, share in enumerate(table["permutations", 2]) if share >= 0.9]
position = max(good)
windows = range(1, position + 2)
fresh = group.sample(4000, torch.Generator(device).manual_seed(settings.seed + 2)).tokens
labels = [group.products(fresh, window)[:, position] for window in windows]
blank = build_model(group, budget.but(n_layers=2, seed=settings.seed + 1), device)
drawn = {}
for name, network in [("trained", networks["permutations", 2]), ("untrained", blank)]:
    stream = probes.residuals(network, fresh, position=position)
    drawn[name] = torch.tensor(
        [[probes.probe_accuracy(layer, one) for one in labels] for layer in stream]
    )
panels = plots.row(3, width=4.6)
for ax, (name, values) in zip(panels, drawn.items()):
    plots.heatmap(
        values,
        ax=ax,
        title=f"Probe after {position + 1} symbols, {name}",
        x="last symbols in the product",
        y="",
        x_ticks=[str(window) for window in windows],
        y_ticks=probes.layer_names(blank),
        between=(0, 1),
    )
plots.heatmap(
    drawn["trained"] - drawn["untrained"],
    ax=panels[2],
    centre=0.0,
    title="trained - untrained",
    x="last symbols in the product",
    y="",
    x_ticks=[str(window) for window in windows],
    y_ticks=probes.layer_names(blank),
)
plt.show()
print(
    "most common product:",
    ", ".join(f"{probes.most_common(one):.2f}" for one in labels),
    "| probes of shuffled labels:",
    ", ".join(f"{probes.probe_accuracy(stream[-1], probes.shuffled(one)):.2f}" for one in labels),
)

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - If accuracy falls with the wait while attention to the last write stays near 1, the copying is at fault;
#   if both fall together, attention is spread over the ignored symbols, a little to each, and they add up.
# - **"Attends to the last write" is wrong as an explanation** if the opposite-writes line drops earlier than the
#   other: a head that only prefers *recent* writes, or averages them, looks the same on random words.
# - A counter that is right on random words may read the *share* of `+` off uniform attention and multiply. Words
#   of one symbol only (`tasks["counter"].encode(torch.ones(1, 10, dtype=torch.long))`) are where that shows.
# - In the probe figure compare with *untrained*, column by column. A tree-like scan predicts that the columns
#   fill from the left as layers are added; one that fills only at the right skipped the intermediate products.
# - A probe for the whole product has to be good wherever the answer is right (the unembedding is one such
#   probe). It is evidence only at layers, or for windows, that the answer does not need.

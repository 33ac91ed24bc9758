# %% [markdown]
# ## The measurement
# Theory has a one-layer construction for the flip-flop: attend to the most recent write and copy it. So the
# question is not only *whether* the state is right, but **how long ago the last write may be**. The words for
# it: a random beginning of fixed length, one write, then nothing but `.`. In the right-hand figure every write of
# the beginning said the opposite. Half is right by chance, since the two states are written alike often.
#
# Two lazy readers stand beside the model. One counts all writes and names the more common one. The other
# sees the last eight symbols and nothing before them. On random words that one is right nearly always, as
# the list above says: waits longer than eight are what tells it from the model.

# %%
from lab import measurement

flip_flop = (
    task
    if settings.automaton == "flip-flop"
    else make_task(settings.but(automaton="flip-flop"), device)
)
waits = list(range(0, flip_flop.n_ctx - measurement.beginning(flip_flop), 2))
readers = {
    "model": model,
    "counts all writes": lambda words: measurement.saying(
        flip_flop, flip_flop.more_common_write(words)
    ),
    "sees eight symbols": lambda words: measurement.saying(
        flip_flop, flip_flop.last_write(words, 8)
    ),
}
for ax, opposite in zip(plots.row(2, width=5.2), (False, True)):
    plots.lines(
        {
            name: measurement.right_after_waiting(
                flip_flop,
                reader,
                waits,
                opposite=opposite,
                generator=torch.Generator(device).manual_seed(settings.seed + 1),
            )
            for name, reader in readers.items()
        },
        at=waits,
        chance=0.5,
        title=f"Earlier writes {'say the opposite' if opposite else 'at random'}",
        x="symbols since the last write",
        y="accuracy of the state",
        ax=ax,
    )
    ax.set_ylim(-0.03, 1.05)
plt.show()
runs = torch.tensor([4.0, 10.0, 20.0])  # a place earlier in the word has not so many before it
rare = settings.ignore_share**runs * (flip_flop.n_ctx - runs).clamp(min=0) / flip_flop.n_ctx
print(
    "share of training positions with at least 4, 10, 20 ignored symbols before them:",
    ", ".join(f"{share:.1g}" for share in rare),
)

# %% [markdown]
# ## Where does the attention go?
# The construction puts all attention of a position on the last write at or before it. Measured on ordinary
# held-out words. The controls: an untrained model, and even attention to all symbols so far.

# %%
from lab import attention

words = flip_flop.held_out().tokens
pattern = attention.patterns(model, words)
untrained = build_model(flip_flop, settings.but(seed=settings.seed + 1), device)
even = torch.ones_like(pattern[:1, :, :1]).tril()
patterns = {
    "untrained, mean of heads": attention.patterns(untrained, words).mean((0, 2), keepdim=True)[0][
        None
    ],
    "even": even / even.sum(-1, keepdim=True),
}
paid, ago = measurement.last_write_attention(pattern, words)
curves = {
    f"L{layer}H{head}": paid[layer, head]
    for layer in range(paid.shape[0])
    for head in range(paid.shape[1])
} | {name: measurement.last_write_attention(one, words)[0][0, 0] for name, one in patterns.items()}
left, right = plots.row(2, width=5.6)
length = min(words.shape[1], 32)
plots.heatmap(
    pattern[-1, 0, 0, :length, :length].cpu(),
    ax=left,
    between=(0, 1),
    title="Head 0 of the last layer on one word",
    x="key: symbol of the word",
    y="query position",
    x_ticks=[flip_flop.symbols[s] for s in words[0, :length].tolist()],
)
left.tick_params(axis="x", rotation=0)
last = torch.where(words[0] > 0, torch.arange(words.shape[1], device=device), -1).cummax(0).values
left.plot(last[:length].cpu(), range(length), "r.", markersize=4, label="last write")
left.legend(fontsize=8)
plots.lines(
    {name: [one[ago == w].mean().item() for w in range(10)] for name, one in curves.items()},
    ax=right,
    title="Attention to the last write, by how long ago it was",
    x="symbols since the last write",
    y="mean attention",
)
right.set_ylim(0, 1.05)
plt.show()

# %% [markdown]
# ## First experiment: what becomes of a group?
# The flip-flop forgets at each write. The counter and the permutations are groups: every symbol but `.`
# still counts at the end of the word. Both get the same small budget, once with one layer and once with two. Theory
# allows constant depth for the counter and for the permutations of three objects. Their groups are solvable: they
# can be taken apart into steps in which the order of the symbols does not matter. The permutations of five objects
# cannot (`size=5`, as in `full`). There depth that grows with the length is needed if, as is believed, TC0 is not
# all of NC1. **Where a line drops says "not learned in this budget", not "cannot be learned".** The dots are the
# best guess from the place and the symbol there: the first state is no question.

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
        guess = its_task.chance_by_place.cpu()  # control: nothing known of earlier symbols
        ax.plot(range(1, budget.length + 1), guess, ":", color=line.get_color(), linewidth=1)
    ax.set_ylim(0, 1.03)
plt.show()

# %% [markdown]
# ## What is computed on the way?
# A tree-like scan would hold, after each layer, the product of the last few symbols: two, then four, then
# eight. A running total would hold the product of the whole word so far. Take the two-layer model of the
# permutations at the last position before it first falls below 0.9. Probe each layer there (a linear
# classifier, scored on fresh words) for the product of the last 1, 2, 3 ... symbols. With fewer than four symbols
# the two stories look alike: then train on before you read the figure. Two controls: an untrained model, since
# embeddings and random mixing already give something away, and the symbols side by side, where nothing has been
# multiplied. A linear probe multiplies two of them by itself, and hardly three.

# %%
from lab import probes

group, asked = tasks["permutations"], budget.but(automaton="permutations", n_layers=2)
position = measurement.last_right(table["permutations", 2], 0.9)
windows = range(1, position + 2)
fresh = group.sample(4000, torch.Generator(device).manual_seed(settings.seed + 2)).tokens
blank = build_model(group, asked.but(seed=settings.seed + 1), device)
drawn = {
    name: measurement.products_read(
        group, probes.residuals(network, fresh, position=position), fresh, position, windows
    )
    for name, network in [("trained", networks["permutations", 2]), ("untrained", blank)]
}
unmultiplied = measurement.products_read_off_symbols(group, fresh, position, windows)
panels = plots.row(3, width=4.6)
for ax, (name, values) in zip(panels, drawn.items()):
    plots.heatmap(
        values,
        ax=ax,
        between=(0, 1),
        title=f"Probe accuracy after {position + 1} symbols, {name}",
        x="last symbols in the product",
        y="",
        x_ticks=[str(window) for window in windows],
        y_ticks=probes.layer_names(blank),
    )
plots.heatmap(
    unmultiplied[None],
    ax=panels[2],
    between=(0, 1),
    title="Probe accuracy, the symbols side by side",
    x="last symbols in the product",
    y="",
    x_ticks=[str(window) for window in windows],
    y_ticks=["symbols"],
)
plt.show()
labels = [group.products(fresh, window)[:, position] for window in windows]
print("most common product:", ", ".join(f"{probes.most_common(one):.2f}" for one in labels))

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **A curve that stays up on the left and falls on the right**: earlier writes are counted in. Who reads the last write
#   alone answers both kinds of words alike. (`test_opposite_writes_pull_down_who_counts_them_and_not_who_reads_the_last`)
# - **Curves that fall at the same wait in both panels** are what a reader gives that sees so many symbols and no more.
#   One that fails beyond a place of the word gives them, too: the write stands at one place here. Move it
#   (`place=`): only the window's fall goes with it.
#   (`test_a_reader_of_a_window_falls_with_the_write_and_one_of_a_place_does_not`)
# - **A curve of attention near 1** is a head on the last write; even attention is low from the start.
#   (`test_attention_to_the_last_write_tells_a_sharp_head_from_an_even_one`)
# - **A probe cell brighter than both controls** says that this product is held there. Brighter than the untrained
#   model alone says no more than that the symbols are: held side by side, they show a product of two as well. The
#   whole prefix is bright after the last layer wherever the answer is right.
#   (`test_a_product_of_two_is_read_off_symbols_side_by_side_and_one_of_three_is_not`)
# - A stream that holds the product of one window leaves those of longer ones dark.
#   (`test_a_probe_reads_the_window_that_the_stream_holds_and_not_the_others`)
# - If accuracy falls with the wait while attention stays up, where is the state lost? Try the same words on a model that
#   was trained with `ignore_share=0.9`.
# - A counter may read the *share* of `+` off even attention and multiply by the position. On which words would it fail?

# %% [markdown]
# ## First experiment: how many dimensions stand out?
# Left: outliers by the criterion above, on later tokens and at the first alone. The criterion knows no
# scale, so it is also applied to inputs divided by their root mean square. The control takes the same
# vectors in a randomly turned basis: lengths stay, single dimensions lose their meaning. Right: the part
# of an input's squared length that its three largest coordinates hold, on later tokens.

# %%
fields = {
    "later": "later",
    "first": "first",
    "later, scaled": "later_relative",
    "first, scaled": "first_relative",
}
for name, (own, *turned) in counted.items():
    left, right = plots.row(2, width=5)
    for shift, what, group in ((-0.2, "own basis", [own]), (0.2, "turned at random", turned)):
        heights = [
            sum(len(measurement.outliers(getattr(one, field))) for one in group) / len(group)
            for field in fields.values()
        ]
        drawn = left.bar([place + shift for place in range(4)], heights, 0.4, label=what)
        left.bar_label(drawn, fmt="%.3g", fontsize=8)
    left.set_xticks(range(4), list(fields))
    left.set_ylim(bottom=0)
    left.set_ylabel("outlier dimensions")
    left.set_title(f"{name}, d_model {own.later.shape[1]}", fontsize=10)
    left.legend(fontsize=8, frameon=False)
    of_turned = torch.stack([one.top for one in turned]).mean(0)
    plots.lines(
        {
            part: values.cpu()
            for part, values in measurement.by_part(own.top, n_layers[name]).items()
        }
        | {
            f"{part}, turned": values.cpu()
            for part, values in measurement.by_part(of_turned, n_layers[name]).items()
        },
        title="held by the three largest coordinates",
        x="layer that reads",
        y="share of the squared length",
        ax=right,
    )
    plt.show()

# %% [markdown]
# ## Second experiment: what do the values follow?
# The three dimensions of the last model that are largest in the middle of the stream. How much of their
# variance is explained by the kind of token (line break, punctuation, word, ...), by the token itself, by
# its place in the text? Means come from the other part of the documents, and values beyond the middle
# 98 % count as its ends. Controls: dimensions drawn from all others, and means of labels dealt at random.
# The first line says which of the counted outliers are not among the three: a LayerNorm weight can make
# one of a coordinate that is ordinary in the stream.

# %%
made, shown = read(model, "train").tokens, read(model, "held-out").tokens
layer = measurement.middle(model)
made_values = measurement.stream(model, made, layer)
dims = measurement.largest(made_values, 3)
control = measurement.others(dims, model.cfg.d_model, 20, settings.seed).to(dims)
both = torch.cat([dims, control])
own = counted[settings.models[-1]][0]
standing = (
    measurement.outliers(own.later).tolist() + measurement.outliers(own.later_relative).tolist()
)
print("counted as outliers, not among the three:", sorted({*standing} - {*dims.tolist()}) or "none")
made_values = made_values[..., both]
values = measurement.stream(model, shown, layer)[..., both]
print(f"stream before layer {layer}     later tokens: 1 %, half, 99 %      first token, mean")
for place, dim in enumerate([*dims.tolist(), "one of the others"]):
    low, half, high = values[:, 1:, place].quantile(torch.tensor([0.01, 0.5, 0.99]).to(values))
    first = values[:, 0, place].mean()
    print(f"dimension {dim!s:17} {low:+9.2f} {half:+9.2f} {high:+9.2f} {first:+19.2f}")

# %%
found = {}
made_flat, flat = (one[:, 1:].flatten(0, 1) for one in (made_values, values))
flat = measurement.clipped(flat, made_flat)
made_flat = measurement.clipped(made_flat, made_flat)
of_made, of_shown = measurement.labels(model, made), measurement.labels(model, shown)
mixed = torch.randperm(len(made_flat), generator=torch.Generator().manual_seed(settings.seed))
for what in of_shown:
    known, asked = of_made[what][:, 1:].flatten(), of_shown[what][:, 1:].flatten()
    dealt = measurement.explained(made_flat, known[mixed.to(known.device)], flat, asked)
    share = measurement.explained(made_flat, known, flat, asked)
    found[what] = share, dealt[:3].mean().item()
for (what, (share, dealt)), ax in zip(found.items(), plots.row(3)):
    plots.bars(
        {str(dim): share[place].item() for place, dim in enumerate(dims.tolist())}
        | {"20 others": share[3:].mean().item()},
        errors={"20 others": share[3:].std().item()},
        levels={"labels dealt anew": dealt},
        title=f"explained by the {what}",
        x="dimension",
        y="share of the variance",
        ax=ax,
    )
plt.show()

# %% [markdown]
# The tokens with the largest and the smallest values. `n` in the next cell shows more of them.

# %%
n = 12
for place, dim in enumerate(dims.tolist()):
    flat, ids = values[:, 1:, place].flatten(), shown[:, 1:].flatten()
    for what, order in (("largest", flat.argsort(descending=True)), ("smallest", flat.argsort())):
        said = [f"{model.to_string(ids[i : i + 1])!r} {flat[i]:.3g}" for i in order[:n].tolist()]
        print(f"dimension {dim}, {what}: {', '.join(said)}")

# %% [markdown]
# ## Third experiment: who writes them?
# The stream is a sum, so each coordinate is one, too. What attention and MLP of each layer add to it, mean
# over later tokens. The values above were read at the dotted line: what stands right of it came after, and
# the list names writers left of it. The dashed lines are controls: the mean size of what a layer writes into one of the
# other dimensions.

# %%
writers = measurement.written(model, shown, both)
layers = range(model.cfg.n_layers)
parts = {"attention": "attn", "MLP": "MLP"}
elsewhere = {
    what: sum(
        writers[f"{short}{i}"][0, 3:].abs().mean() for i in layers if f"{short}{i}" in writers
    )
    for what, short in parts.items()
}
for place, ax in zip(range(3), plots.row(3)):
    plots.lines(
        {
            what: [writers[f"{short}{i}"][0, place].cpu() for i in layers]
            for what, short in parts.items()
            if f"{short}0" in writers
        },
        levels={
            f"{what}, other dimensions": float(elsewhere[what]) / len(layers) for what in parts
        },
        title=f"dimension {dims[place].item()}: begins at {writers['embed'][0, place]:+.2f}",
        x="layer",
        y="written, mean over tokens",
        ax=ax,
    )
    ax.axvline(layer - 0.5, color="0.3", linestyle=":", linewidth=1)
plt.show()
for place, dim in enumerate(dims.tolist()):
    for row, where in enumerate(("later tokens", "first token ")):
        each = measurement.strongest(writers, row, place, 5, before=layer)
        print(
            f"dimension {dim}, {where}: " + ", ".join(f"{who} {value:+.2f}" for who, value in each)
        )

# %% [markdown]
# ## Fourth experiment: what does it cost to fix one?
# The largest dimension is set, before each layer and after the last: to its median, to zero, or, at the
# first token alone, to the median of later ones. Controls move the stream exactly as far, token by token,
# along other dimensions and along random directions. A giant value also sets what LayerNorm divides by. So
# the lower row repeats all bars while every LayerNorm divides as though nothing had been moved.

# %%
clean = measurement.clean_run(model, shown[: settings.n_edited])
before = measurement.clean_run(model, made[: settings.n_edited])
dim = dims[0].item()
usual = before.streams[:, :, 1:, dim].flatten(1).median(dim=1).values
units = torch.eye(model.cfg.d_model)
same_size = {
    "other dimensions": units[control[: settings.n_draws].cpu()],
    "random directions": measurement.random_directions(
        model.cfg.d_model, settings.n_draws, settings.seed
    ),
}
edits = {
    "to its median": measurement.moves(clean, dim, usual),
    "to zero": measurement.moves(clean, dim, 0.0),
    "first token": measurement.moves(clean, dim, usual, first=True),
}
error = clean.loss.numel() ** 0.5
for scale_kept in (False, True):
    for (what, moved), ax in zip(edits.items(), plots.row(3)):
        own = measurement.rise(model, clean, units[dim], moved, scale_kept=scale_kept)
        drawn = {
            name: measurement.rises(model, clean, directions, moved, scale_kept=scale_kept)
            for name, directions in same_size.items()
        }
        plots.bars(
            {f"dimension {dim}": own.mean().item()}
            | {name: value for name, (value, _) in drawn.items()},
            errors={f"dimension {dim}": own.std().item() / error}
            | {name: spread for name, (_, spread) in drawn.items()},
            title=f"{what}, scale kept" if scale_kept else what,
            y="rise in loss, nats a token",
            ax=ax,
        )
        ax.tick_params(axis="x", rotation=25)
    plt.show()
print(
    f"bars of dimension {dim}: one standard error over {settings.n_edited} texts; "
    f"of the controls: one standard deviation over {settings.n_draws} directions"
)

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Scaled outliers in the own basis, none once turned**: single coordinates stand out from what is read,
#   by the stream or by LayerNorm's weight.
#   **Outliers before scaling alone, turned or not**: the inputs are long, and no dimension is special.
#   (`test_a_long_input_is_not_an_outlier_dimension`)
# - **1 % and 99 % close together and far from zero**: nearly the same number on all tokens. The small rest
#   may still follow something; the bars are about that rest. (`test_a_constant_can_carry_a_small_message`)
# - **High by kind of token**: a few classes give most of the variance. **High by token and low by kind**:
#   it follows words that these classes mix. (`test_kinds_and_tokens_are_told_apart`)
# - **Left of the dotted line one layer writes nearly all**: look there. **Small steps of one sign**: it is
#   built up by many. (`test_one_writer_and_many_look_different`)
# - **Scale kept, dearer than the controls**: what reads the coordinate misses it. **Scale kept, as dear as
#   they are**: any move so far costs that much. **Dear above, cheap below**: the cost comes through LayerNorm.
#   (`test_a_value_that_is_read_and_one_that_sets_the_scale`)
# - Does what you found hold at later tokens, at the first, or at both? Which of the two did the 8-bit work
#   count?
# - Would text without line breaks and punctuation change your second figure?

# %% [markdown]
# ## The measurement
# For addition the two inputs can be poured together: E[a] + E[b] is all that the answer needs. For
# subtraction the model has to know which number came first. Every question below is therefore put to two
# models: this one, and one **of the same size that adds**, trained on the same pairs with the same seed.

# %%
from lab import attention, fourier

p = task.modulus
adding = settings.but(operation="add")
addition_task = make_task(adding, device)
addition = build_model(addition_task, adding, device)
addition_history = train(
    addition, addition_task, adding, checkpoint=Path("checkpoints") / f"add-seed{settings.seed}.pt"
)
models = {
    "subtraction": (model, task, history),
    "addition": (addition, addition_task, addition_history),
}
for name, (_, _, its_history) in models.items():
    print(
        f"{name}: {its_history.steps[-1]} steps to held-out accuracy {its_history.held_out_accuracy[-1]:.3f}"
    )

# %% [markdown]
# First a check on the split. It was random, so most held-out pairs (a, b) have their mirror image (b, a) among
# the training pairs. In addition the mirror *is* the answer; in subtraction it is its negative, which a
# model could exploit without an algorithm. Split the held-out loss by it, and leave a = b out.

# %%
trained_on = torch.zeros(p, p, dtype=torch.bool, device=device)
trained_on[task.training.tokens[:, 0], task.training.tokens[:, 1]] = True
first, second = task.held_out().tokens[:, 0], task.held_out().tokens[:, 1]
groups = {
    "mirror seen": trained_on[second, first] & (first != second),
    "mirror not seen": ~trained_on[second, first] & (first != second),
}
held_out_loss = {
    f"{name},\n{group}": evaluate(one, its_task.held_out().rows(mask))[0]
    for name, (one, its_task, _) in models.items()
    for group, mask in groups.items()
}
plots.bars(
    held_out_loss,
    title="Held-out loss, by whether training showed the pair the other way round",
    y="nats per answer",
)
plt.show()

# %% [markdown]
# ## First experiment: where do the heads look?
# Attention from the `=` to a minus attention to b, for each head and every pair. The picture has one flat
# colour if a head prefers a *place*, and stripes if its preference depends on the *numbers*.

# %%
every_pair = task.encode(task.pairs().to(device)).tokens


def preference(network) -> torch.Tensor:
    """Attention from "=" to a minus attention to b: [head, a, b]."""
    from_equals = attention.patterns(network, every_pair)[0, :, :, -1]
    return (from_equals[..., 0] - from_equals[..., 1]).T.view(-1, p, p).cpu()


for name, (one, _, _) in models.items():
    for head, (ax, values) in enumerate(
        zip(plots.row(model.cfg.n_heads, width=3.4, height=3), preference(one))
    ):
        image = ax.imshow(values, vmin=-1, vmax=1, cmap="RdBu")
        ax.set(title=f"{name}, head {head}: {values.mean():+.2f}", xlabel="b", ylabel="a")
    plt.colorbar(image, ax=ax, shrink=0.8, label="to a - to b")
    plt.show()

# %% [markdown]
# ## Are they the waves of addition?
# On the left the spectrum of the embedding. On the right, which waves the *logits* are made of: the share of their variance
# that is cos(w(a - b - c)), and the share that is cos(w(a + b - c)), over all frequencies w = 2 pi k / p.
# For each model one of the two is the algorithm and the other is the control.

# %%
left, right = plots.row(2, width=5.5)
spectra = {
    name: fourier.spectrum(one.W_E[:p].detach()).cpu() for name, (one, _, _) in models.items()
}
rows = torch.randperm(p, generator=torch.Generator().manual_seed(0)).to(device)
spectra["subtraction, numbers shuffled"] = fourier.spectrum(model.W_E[:p].detach()[rows]).cpu()
frequencies = range(1, len(spectra["addition"]) + 1)
plots.lines(
    spectra,
    at=frequencies,
    title="Share of the embedding's norm at each frequency",
    x="frequency k",
    y="share of the norm",
    ax=left,
)


def made_of(network, sign: int) -> torch.Tensor:
    """The share of the logits' variance that is cos(2 pi k (a + sign * b - c) / p), for each k."""
    logits = predict(network, every_pair)[:, -1, :p]
    logits = (logits - logits.mean(1, keepdim=True)).view(p, p, p)
    n = torch.arange(p, device=device)
    phase = (n[:, None, None] + sign * n[None, :, None] - n) % p
    shares = []
    for k in frequencies:
        wave = torch.cos(2 * torch.pi * k * phase / p)
        shares.append((logits * wave).sum() ** 2 / wave.square().sum() / logits.square().sum())
    return torch.stack(shares).cpu()


waves = {
    f"{name}: {label}": made_of(one, sign)
    for name, (one, _, _) in models.items()
    for label, sign in (("a - b - c", -1), ("a + b - c", 1))
}
for (name, share), style in zip(waves.items(), ("-", ":", "--", "-.")):
    right.plot(frequencies, share, style, label=f"{name} (sum {share.sum():.2f})")
right.set(
    title="Share of the logits' variance", xlabel="frequency k", ylabel="share of the variance"
)
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - A head whose map is pale everywhere hands on E[a] + E[b] through one W_V: swapped inputs give nearly the same
#   sum. If *all* heads were pale, this model could not tell 3 - 5 from 5 - 3 at all. So which head carries
#   the order, and is it the place or the numbers that move its attention? Does addition need one?
# - "It is the addition algorithm with b negated" predicts: the same kind of spectrum, logits made of
#   cos(w(a - b - c)) at those very frequencies, and somewhere a step that turns sin(wb) into -sin(wb).
#   **Say where that step is** (a head's W_V W_O, the neurons, the unembedding) before you look.
# - It would prove that wrong if the logits' variance sits at frequencies where the embedding has none, or if
#   the share explained stays small while accuracy is 1.
# - It would prove an attention story wrong if freezing each head's pattern at its mean over all pairs
#   (`blocks.0.attn.hook_pattern`) left accuracy where it was while your story needs it to depend on the numbers.
# - If the loss is lower where the mirror was seen, part of what you explain may be a lookup of negatives:
#   hold out both orders together and train again.

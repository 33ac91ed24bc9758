# %% [markdown]
# ## The measurement
# The last two tokens are enough for the next one, but they are not the only way to it: further
# back, x(n+1) is also 2 x(n-1) + x(n-2), or 3 x(n-2) + 2 x(n-3). A model could lean on any of
# these, or recognise which training cycle it is on. So **replace one token by another number and
# count how often the answer changes**, for every position of the answer and every distance back.
# First: does the accuracy depend on how much has been read, on cycles seen in training and on
# others?

# %%
from lab import attention, fourier
from lab.training import accuracy_by_position

by_position = {
    name: accuracy_by_position(predict(model, batch.tokens), batch.targets)[1:]
    for name, batch in [("cycles seen in training", task.training), ("held-out cycles", examples)]
}
plots.lines(
    by_position,
    at=range(2, task.n_ctx + 1),
    chance=task.chance,
    title="Accuracy by how many numbers have been read",
    x="numbers read",
    y="accuracy",
)
plt.show()

# %% [markdown]
# ## First experiment: on which tokens does the answer depend?

# %%
p, context = task.modulus, task.n_ctx
generator = torch.Generator(device).manual_seed(settings.seed + 1)
answer = predict(model, examples.tokens).argmax(-1)  # [sequence, position]


def corrupted(at: int) -> torch.Tensor:
    """The held-out sequences with the token at one position replaced by another number."""
    tokens = examples.tokens.clone()
    shift = torch.randint(1, p, tokens[:, at].shape, generator=generator, device=device)
    tokens[:, at] = (tokens[:, at] + shift) % p
    return tokens


after = {at: predict(model, corrupted(at)).argmax(-1) for at in range(context)}
changed = torch.full((context, context), torch.nan)  # [numbers read - 1, distance back]
for here in range(1, context):
    for back in range(here + 1):
        changed[here, back] = (after[here - back] != answer)[:, here].float().mean()
plots.heatmap(
    changed[1:],
    title="Share of answers that change when one token is replaced",
    x="how far back that token is",
    y="numbers read",
    y_ticks=[str(read) for read in range(2, context + 1)],
)
plt.show()

# %% [markdown]
# A changed answer is not yet a rule obeyed. Where the replaced token is one of the last two, three
# things can come out: the rule applied to what now stands there, the number that would have
# followed before (only tokens further back can tell), or neither.

# %%
here = context - 1
outcomes = {}
for back in (0, 1, 2):
    tokens = corrupted(here - back)
    guess = predict(model, tokens)[:, here].argmax(-1)
    obeyed = guess == task.step(tokens[:, here - 1], tokens[:, here])
    as_before = (guess == examples.targets[:, here]) & ~obeyed
    outcomes[back] = [
        share.float().mean().item() for share in (obeyed, as_before, ~obeyed & ~as_before)
    ]
names = ("rule on the last two tokens", "what followed before", "neither")
for number, (name, ax) in enumerate(zip(names, plots.row(3, width=3.6, height=3.0))):
    plots.bars(
        {f"{back} back": shares[number] for back, shares in outcomes.items()},
        ax=ax,
        chance=task.chance,
        title=name,
        x="token replaced",
        y="share of answers",
    )
    ax.set_ylim(0, 1.3)
plt.show()

# %% [markdown]
# ## Who fetches the two tokens?
# Attention from the last position by distance, for every head, on held-out cycles.

# %%
pattern = attention.patterns(model, examples.tokens)[:, :, :, -1].mean(1)  # [layer, head, key]
heads = [
    f"L{layer}H{head}" for layer in range(model.cfg.n_layers) for head in range(model.cfg.n_heads)
]
plots.heatmap(
    pattern.flip(-1).flatten(0, 1).cpu(),
    title="Mean attention from the last position",
    x="distance back",
    y="",
    y_ticks=heads,
)
plt.show()

# %% [markdown]
# ## Is there a plain sum inside?
# A twin that reads only two numbers learns nothing but a + b modulo p, from the same training
# pairs. Compare how the norm of the two embeddings spreads over frequencies, and what is left of it
# when the numbers are shuffled, where "frequency" means nothing.

# %%
pair_settings = settings.but(context=2, batch_size=0)  # one answer a pair: take all of them
pair_task = make_task(pair_settings, device)
pair_model = build_model(pair_task, pair_settings, device)
train(pair_model, pair_task, pair_settings, checkpoint=Path("checkpoints") / "pairs.pt")
print(f"the twin's held-out accuracy: {evaluate(pair_model, pair_task.held_out())[1]:.3f}")
rows = torch.randperm(p, generator=torch.Generator().manual_seed(0)).to(device)
spectra = {
    "reads a sequence": model.W_E.detach(),
    "twin that reads two numbers": pair_model.W_E.detach(),
    "sequence model, numbers shuffled": model.W_E.detach()[rows],
}
plots.lines(
    {name: fourier.spectrum(weights[:p]).cpu() for name, weights in spectra.items()},
    at=range(1, p // 2 + 1),
    title="Share of the embedding's norm at each frequency",
    x=f"frequency k (waves around the circle of {p})",
    y="share of the norm",
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - Two bright columns and a dark rest mean that the model adds the last two tokens and nothing
#   else. Anything clearly above zero further back means that other tokens matter too; **the
#   two-token story is then wrong**, or only part of a vote. Look at which rows: perhaps only long
#   contexts allow it.
# - The early and the late rows are answered by the same heads. If replacing a token three back
#   changes answers only when few numbers have been read, you are looking at attention that isn't
#   sharp, not at a rule.
# - Attention is where the model looks, the first figure is what it uses. Where they disagree,
#   believe the first, and look at what the OV circuit does with the tokens that get attention for
#   nothing.
# - Peaks in the spectrum that the shuffled control lacks say that the embedding is made of waves.
#   It need not be the same waves as the twin's: two seeds of the *same* task differ as well. Train
#   a second seed of each before you call a difference in frequencies a finding.
# - The strongest test of "a sum sits inside": the rule [2, 1] weighs the nearer token double. If
#   the circuit is fetch, then combine waves, a wave k of the older token has to meet a wave 2k of
#   the nearer one, and the fetching need not change (`settings.but(rule=[2, 1])`). If the attention
#   patterns move instead, the division of labour is another one.

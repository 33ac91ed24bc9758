# %% [markdown]
# ## The measurement
# One layer, so from the `=` there are two ways to the answer: a head that attends to the right number
# and copies it, or a mixture of both numbers that something else sorts out. What separates the two is
# **how much more attention the larger number gets than the smaller one**, pair by pair.
#
# First, where does the model fail? A comparison can be good for numbers far apart and a coin toss for
# neighbours, so split the accuracy by the gap |a - b|. Pairs with a = b are no test of a comparison.

# %%
from lab import attention
from lab.training import predict

n = task.n_numbers
every_pair = torch.cartesian_prod(torch.arange(n), torch.arange(n)).to(device)
batch = task.encode(every_pair)
right = (predict(model, batch.tokens)[:, -1].argmax(-1) == batch.targets[:, -1]).float()
gap = (every_pair[:, 0] - every_pair[:, 1]).abs()
by_gap = {str(g): right[gap == g].mean().item() for g in range(1, min(n, 11))}
plots.bars(
    by_gap,
    chance=task.chance,
    title="Accuracy by how far apart the two numbers are (all pairs)",
    x="|a - b|",
    y="accuracy",
)
plt.show()

# %% [markdown]
# ## First experiment: who gets the attention?
# For each pair, the attention from the `=` to the larger number minus that to the smaller one, for
# every head. +1 is a head that looks only at the larger number, 0 one that cannot tell them apart.

# %%
pattern = attention.patterns(model, batch.tokens)[0, :, :, -1]  # [pair, head, key]
to_a, to_b = pattern[..., 0], pattern[..., 1]
a_is_larger = (every_pair[:, 0] > every_pair[:, 1])[:, None]
preference = torch.where(a_is_larger, to_a - to_b, to_b - to_a)
for head, ax in enumerate(plots.row(preference.shape[1], width=5)):
    plots.heatmap(
        preference[:, head].view(n, n).cpu(),
        centre=0.0,
        ax=ax,
        title=f"head {head}: attention to the larger number - to the smaller",
        x="b",
        y="a",
    )
plt.show()
for head in range(preference.shape[1]):
    print(
        f"head {head}: mean preference {preference[gap > 0, head].mean():+.3f}, "
        f"at |a - b| = 1: {preference[gap == 1, head].mean():+.3f}"
    )

# %% [markdown]
# ## Where does the preference come from?
# The head's score for a number is a dot product of the `=` query with that number's key. If the head
# sorts by size, this curve rises (or falls) all the way; where it is flat, or dips, it cannot.

# %%
position = model.W_pos[2]
with torch.no_grad():
    residual = [model.W_E[:n] + model.W_pos[side] for side in (0, 1)]
    query = (model.W_E[task.equals] + position)[None]
    score = {
        f"head {head}, number read at position {side}": attention.qk_circuit(
            model, 0, head, query, residual[side]
        )[0].cpu()
        for head in range(model.cfg.n_heads)
        for side in (0, 1)
    }
plots.lines(
    score,
    title="Attention score of each number, seen from the =",
    x="number",
    y="score before the softmax",
)
plt.show()

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - A heatmap that is blue away from the diagonal says *attention picks the larger number*. The story is
#   then complete only if the OV circuit copies: `attention.ov_circuit(model, 0, head)[:n, :n]` should
#   have its largest entry in each row on the diagonal.
# - A pale heatmap with high accuracy says the comparison is *not* in the attention pattern, whatever
#   the curve of scores looks like. Look at what a fixed half-and-half mixture of two values adds to the logits.
# - **It would prove an attention story wrong** if freezing the pattern changed nothing: replace
#   `blocks.0.attn.hook_pattern` by its mean over all pairs and measure the accuracy again. Or if pairs
#   where the preference has the wrong sign are answered correctly as often as the others.
# - The two curves (number read first, number read second) should agree up to a constant. If they do
#   not, the model sorts differently by position, and `max(a, b)` and `max(b, a)` have different circuits.

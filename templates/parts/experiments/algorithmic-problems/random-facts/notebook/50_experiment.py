# %% [markdown]
# ## First experiment: who pushes for a fact?
# Take the smallest of these networks that holds everything. Its answer to a fact is a sum
# over neurons, each of which pushes towards the right bit or the wrong one. The **margin** of a fact is the sum of
# these pushes. Beside it the same network before training.

# %%
from lab import measurement

whole = [width for width in models if recall[width] >= settings.target_accuracy]
smallest = min(whole) if whole else max(models, key=lambda width: recall[width])
model = models[smallest]
before = build_model(task, settings.but(d_mlp=smallest), device)
print(f"{smallest} neurons, recall {recall[smallest]:.3f}")
push = measurement.pushes(model, facts)
for (name, values), ax in zip(
    {"trained": push, "untrained": measurement.pushes(before, facts)}.items(), plots.row(2, width=5)
):
    order = values.sum(1).argsort()[:: max(1, len(values) // 60)]
    plots.heatmap(
        values[order].cpu(),
        centre=0.0,
        title=f"{name}: push of each neuron on {len(order)} facts (nats)",
        x="neuron",
        y="facts, smallest margin on top",
        ax=ax,
    )
    print(
        f"{name}: margins from {values.sum(1).min():.1f} to {values.sum(1).max():.1f} nats; a neuron is on for "
        f"{(values != 0).float().mean():.0%} of the facts and pushes the right way on "
        f"{(values > 0).float().mean():.0%}"
    )
plt.show()

# %% [markdown]
# ## Second experiment: which facts go with which neuron?
# Delete each neuron in turn; the output layer is linear, so this is exact. The control takes as much from the margins,
# but from other facts: each neuron's pushes are dealt out anew, twenty times.

# %%
longest = 8
deleted = measurement.lost(push, push)
control = measurement.noise(push, longest)
left, right = plots.row(2, width=5.8, height=4)
x = torch.arange(smallest)
left.bar(x - 0.2, deleted.sum(0).cpu(), width=0.4, label="neuron deleted")
left.bar(
    x + 0.2,
    control.by_neuron.cpu(),
    yerr=control.by_neuron_spread.cpu(),
    width=0.4,
    label="as much taken from other facts",
)
left.set(title=f"Facts lost, of {len(push)}", xlabel="neuron", ylabel="facts")
needed = measurement.counts(deleted, longest).cpu()
x = torch.arange(longest)
right.bar(x - 0.2, needed, width=0.4, label="neuron deleted")
right.bar(
    x + 0.2,
    control.needed.cpu(),
    yerr=control.needed_spread.cpu(),
    width=0.4,
    label="as much taken from other facts",
)
right.set(
    title=f"Neurons that a fact cannot do without ({longest - 1}: or more)",
    xlabel="neurons, one deleted at a time",
    ylabel="facts",
)
for ax in (left, right):
    ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False)
plt.show()
print(
    f"a fact needs {deleted.sum(1).float().mean():.2f} neurons, "
    f"and {measurement.sharers(push).median():.1f} have a part in the median fact"
)

# %% [markdown]
# ## Third experiment: do the facts of a neuron belong together?
# A neuron may serve all facts of one token. Then its losses crowd on few tokens. The measure is the variance over tokens
# against that of a random spread: 1 by chance. The control is one more draw of pushes dealt out to random facts.

# %%
order = torch.rand(push.shape, generator=torch.Generator().manual_seed(1)).argsort(0).to(device)
scattered = measurement.lost(push, push.gather(0, order))
ax = plots.row(1, width=7.5)[0]
x = torch.arange(smallest)
for shift, (name, fallen, side) in zip(
    (-0.3, -0.1, 0.1, 0.3),
    (
        ("by token a", deleted, 0),
        ("by token b", deleted, 1),
        ("control, by token a", scattered, 0),
        ("control, by token b", scattered, 1),
    ),
):
    uneven = measurement.token_concentration(fallen, facts.tokens[:, side])
    ax.bar(x + shift, uneven.cpu(), width=0.2, label=f"{name}, mean {uneven.mean():.1f}")
ax.axhline(1, color="0.3", linestyle="--", linewidth=1)
ax.set(
    title="How the facts lost with a neuron crowd on tokens (1: by chance)",
    xlabel="neuron",
    ylabel="variance / random spread",
)
ax.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, frameon=False)
plt.show()
print(f"a token has {len(facts.tokens) / task.d_vocab:.0f} facts")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **One neuron a fact is a single peak at 1 on the right, with one neuron that has a part.** With many that have a part, the peak
#   may be the largest of them. (`test_a_peak_at_one_is_one_neuron_a_fact_or_the_largest_of_many`)
# - **Bars at 2 and above are thin margins.** Several neurons push for such a fact, each more than the margin, since others push
#   against it. (`test_a_fact_with_a_thin_margin_needs_several_neurons`)
# - **The bars on the left do not tell a table from a spread code.** With equal margins, deleting and noise lose
#   equally many facts in both. (`test_as_many_losses_as_noise_are_a_table_or_a_spread_code`)
# - **In the last figure a neuron without which whole tokens are lost comes near the number of facts of a token.** One that is merely on
#   more often for some tokens lies between that and 1. So does one that serves a token whose facts have room to spare. (`test_a_neuron_for_a_token_is_told_from_one_that_tokens_switch_on`)
# - Does a second seed on the *same* table put the same facts together?
# - Neurons are one basis. Could a rotation of the hidden layer make the code sparse?
# - The embedding holds parameters too. What is the recall for one fact per parameter if you halve `d_embed`?

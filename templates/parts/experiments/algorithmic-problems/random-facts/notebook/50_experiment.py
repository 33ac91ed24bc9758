# %% [markdown]
# ## The measurement
# Take the smallest network that holds everything: it has no room for waste. Its answer to a fact is a sum
# over neurons, each of which pushes towards the right bit or towards the wrong one. The **margin** of a fact
# is the sum of these pushes. Deleting a neuron takes its push away, and the fact is lost if what is left
# is below zero. This is exact: the output layer is linear.

# %%
whole = [width for width in models if recall[width] >= settings.target_accuracy]
smallest = min(whole) if whole else max(models)
model = models[smallest]


def pushes(network) -> torch.Tensor:
    """What each neuron adds to the right logit minus the wrong one: [fact, neuron], in nats."""
    with torch.no_grad():
        _, cache = network.run_with_cache(facts.tokens)
        right_minus_wrong = network.W_out[:, facts.targets] - network.W_out[:, 1 - facts.targets]
        return cache["hook_post"] * right_minus_wrong.T


push = pushes(model)
margin = push.sum(1)
order = margin.argsort()[:: max(1, len(margin) // 60)]
plots.heatmap(
    push[order].cpu(),
    centre=0.0,
    title=f"Push of each of the {smallest} neurons on every 15th fact or so",
    x="neuron",
    y="facts, smallest margin on top",
)
plt.show()
print(
    f"margins from {margin.min():.1f} to {margin.max():.1f} nats; a neuron is on for "
    f"{(push != 0).float().mean():.0%} of the facts and pushes the right way on {(push > 0).float().mean():.0%}"
)

# %% [markdown]
# ## First experiment: which facts go with which neuron?
# Delete each neuron in turn. The control deletes *the same pushes from the wrong facts*: each neuron's column
# is shuffled over the facts, as noise of exactly the same sizes would be.


# %%
def lost_without_each(push: torch.Tensor, taken: torch.Tensor) -> torch.Tensor:
    """Whether a fact is lost when one neuron's push is taken from its margin: [fact, neuron]."""
    return push.sum(1, keepdim=True) - taken <= 0


generator = torch.Generator().manual_seed(settings.seed)
shuffled = torch.stack(
    [column[torch.randperm(len(push), generator=generator).to(device)] for column in push.T], 1
)
lost, lost_to_noise = lost_without_each(push, push), lost_without_each(push, shuffled)

left, right = plots.row(2, width=5.5)
x = torch.arange(smallest)
left.bar(x - 0.2, lost.sum(0).cpu(), width=0.4, label="neuron deleted")
left.bar(
    x + 0.2, lost_to_noise.sum(0).cpu(), width=0.4, label="same pushes taken from the wrong facts"
)
left.set(title=f"Facts lost, of {len(push)}", xlabel="neuron", ylabel="facts")
left.legend(fontsize=8)
most = int(torch.maximum(lost.sum(1), lost_to_noise.sum(1)).max()) + 2
needed = [mask.sum(1).bincount(minlength=most)[:most].cpu() for mask in (lost, lost_to_noise)]
x = torch.arange(most)
right.bar(x - 0.2, needed[0], width=0.4, label="neuron deleted")
right.bar(x + 0.2, needed[1], width=0.4, label="control")
right.set(
    title="Neurons that a fact cannot do without",
    xlabel="neurons, one deleted at a time",
    ylabel="facts",
)
right.legend(fontsize=8)
plt.show()
fragile = margin < margin.median()
print(
    f"a neuron carries {lost.sum(0).float().mean():.0f} facts (control {lost_to_noise.sum(0).float().mean():.0f}); "
    f"a fact needs {lost.sum(1).float().mean():.2f} neurons, {lost[fragile].sum(1).float().mean():.2f} if its margin "
    f"is below the median, {lost[~fragile].sum(1).float().mean():.2f} if above"
)

# %% [markdown]
# ## How to read this, and what would prove you wrong
# - A table stored **one neuron a fact** would show as a single peak at 1 on the right, with almost disjoint
#   sets of facts on the left. A code spread over everything would show facts that survive any one deletion.
#   With fewer neurons than facts the first is impossible for single facts; it is still possible for *groups*,
#   such as all facts of one token. Sort the rows of `lost` by token a, then by token b, before you rule it out.
# - Where the two colours agree, deletion tells you about margins and not about storage: those facts would have
#   fallen to noise of that size anyhow. **Only the difference between the colours is evidence.**
# - It would prove "distributed" wrong if a rotation of the hidden layer made the code sparse: neurons are only
#   one basis, though the one that the ReLU singles out. It would prove "lookup" wrong if a second seed
#   on the *same table* (seed the weights apart from the table) put facts together in other groups.
# - The scatter plot above has facts per parameter on its axis because that is the number to compare with other
#   work (about 2 bits a parameter). Weights of the embedding count too: halve `d_embed` and look again.

# %% [markdown]
# ## Where in the list is it hard?
# The lazy rules of the last section, place by place. *Likeliest for its place* knows the whole list, but
# compares no two of its numbers: each is judged by its size alone. The smallest and the largest need no more.

# %%
from lab import measurement
from lab.training import predict as logits_of

length, n = task.lengths[0], task.n_numbers
generator = torch.Generator(device).manual_seed(settings.seed + 1)
fresh = task.sample(1024, generator)
tokens, answers = fresh.tokens, fresh.targets[:, -length:]
said = {"the model": logits_of(model, tokens).argmax(-1)}
said |= {name: rule(tokens) for name, rule in task.lazy_rules().items()}
plots.lines(
    {name: (one[:, -length:] == answers).float().mean(0).cpu() for name, one in said.items()},
    at=range(1, length + 1),
    chance=task.chance,
    title="Accuracy at each place of the sorted half",
    x="place",
    y="accuracy",
)
plt.ylim(0, 1.05)
plt.show()

# %% [markdown]
# ## First experiment: write something out of order
# Take the numbers 2 5 6 9. After 2 5 three rules name the 6: the *next larger* than the last one written, the
# *smallest not yet written*, and what *belongs in the third place*. After 2 5 9 they part: the first
# names a number above 9, the second the 6, the third what is fourth of the list. So give the model
# a prefix that is *not* sorted. Either the third number is skipped, or the smallest is written again.

# %%
from textwrap import fill

followed = measurement.rules_followed(model, task, tokens)
for (prefix, shares), ax in zip(followed.items(), plots.row(2, width=5.6)):
    plots.bars(
        {fill(rule, 16): share for rule, share in shares.items()},
        levels={"one of the list's numbers, at random": task.chance},
        title=f"After a prefix with {prefix}",
        y="share of answers",
        ax=ax,
    )
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## Second experiment: where does the head look while it writes?
# Attention from each place of the sorted half to the list, with the keys **ordered by value**. The number to
# write is on the diagonal. In row 0 nothing is written yet: the head looks from `MID`.

# %%
untrained = [build_model(task, settings.but(seed=settings.seed + i), device) for i in (1, 2, 3)]
looked = measurement.by_value(model, task, tokens)
before = torch.stack([measurement.by_value(one, task, tokens) for one in untrained]).mean((0, 1))
panels = [(f"head {head}", one) for head, one in enumerate(looked)]
panels.append(("three untrained models", before))
for (name, one), ax in zip(panels, plots.row(len(panels), width=4.6)):
    plots.heatmap(
        one.mean(0).cpu(),
        between=(0, 1),
        ax=ax,
        title=f"{name}: mean attention",
        x="rank of the number looked at",
        y="numbers written so far",
    )
plt.show()

# %% [markdown]
# The head need not find the right number alone. Let it look at **one** number only, and see what is written. It
# looks at the right one, at the one that it likes best anyway, or at one drawn at random. Left: is the answer
# right? Right: is it the number that is looked at? A head that copies says that number, right or wrong.

# %%
head = measurement.head_on_the_diagonal(looked)
parts = measurement.score_parts(model, task, tokens, head)
right_slot = tokens[:, 1 : length + 1].argsort(1)
own_top = sum(parts.values()).argmax(-1)
drawn = torch.randint(length, right_slot.shape, generator=generator, device=device)
forced = {
    name: measurement.if_it_looked_at(model, task, tokens, slot)
    for name, slot in (
        ("the right number", right_slot),
        ("its favourite", own_top),
        ("one at random", drawn),
    )
}
left, right = plots.row(2, width=5.6)
plots.bars(
    {"as it looks": evaluate(model, fresh)[1]} | {name: one.right for name, one in forced.items()},
    levels={"one of the list's numbers, at random": task.chance},
    title="Accuracy, by where the head is made to look",
    y="accuracy",
    ax=left,
)
plots.bars(
    {name: one.copied for name, one in forced.items()},
    levels={"one of the list's numbers, at random": task.chance},
    title="How often the number looked at is written",
    y="share of places",
    ax=right,
)
for ax in (left, right):
    ax.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# ## Third experiment: what decides the score?
# The score of a key is a sum: what the query's token and place say about the key's token and place. What every
# place says alike is counted with the token: one may move it from the places' embeddings to the numbers'
# and has the same model. On the left, how much each part varies over the list. On the right, how well the
# highest score sorts, if only some parts are counted.

# %%
left, right = plots.row(2, width=5.6)
plots.bars(
    {name.replace(" x ", "\nx "): part.std().item() for name, part in parts.items()},
    title=f"Head {head}: how much each part of the score varies",
    y="standard deviation over the list",
    ax=left,
)
counted = {
    "token x token": parts["token x token"],
    "the rest": sum(part for name, part in parts.items() if name != "token x token"),
    "all": sum(parts.values()),
}
plots.bars(
    {name: measurement.picked(score, task, tokens) for name, score in counted.items()},
    chance=task.chance,
    title="How often the highest score is the right number",
    x="parts of the score that are counted",
    y="share of places",
    ax=right,
)
right.set_ylim(0, 1.1)
plt.show()

# %% [markdown]
# The token by token part is a matrix that can be read off the weights, without any list. Row q: having just
# written q, no matter where, how much does the head want each number? Each row's mean is taken out, the
# softmax ignores it.

# %%
circuit = measurement.token_circuit(model, task, head).cpu()
left, right = plots.row(2, width=5.4, height=4.4)
plots.heatmap(
    circuit[:n],
    centre=0.0,
    ax=left,
    title=f"QK circuit of head {head}, tokens only",
    x="number in the list",
    y="number just written",
)
# no control: the weights themselves; what they do is counted on lists above
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
# ## How to read this, and what would prove it wrong
# - **The tall bar after a prefix out of order names the rule**, among these three.
#   (`test_prefixes_out_of_order_tell_the_rules_apart`)
# - **Accuracy on sorted lists names none of them**: there all three write the same.
#   (`test_on_sorted_prefixes_the_rules_cannot_be_told_apart`)
# - **Attention on the diagonal** says that the head found the number to write, not how.
#   (`test_the_diagonal_says_that_the_head_found_the_number_to_write`)
# - **A head that copies** (its **OV circuit**) writes the number that it is made to look at, also one drawn at
#   random. A right answer at the right number does not show it: the number just written is read as well.
#   (`test_a_number_looked_at_at_random_is_written_by_who_copies`)
# - **Places take part in the choice** if the token by token part sorts otherwise than all parts together.
#   (`test_token_by_token_suffices_where_places_are_not_used_and_not_where_they_are`)
# - Does the model write better than its favourite? Then smaller shares of attention matter: how?
# - Is the jump in a row of the circuit the same for 5 and for 40? And is the row of `MID` of the same kind?

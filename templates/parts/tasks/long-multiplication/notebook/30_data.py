# %% [markdown]
# ## The data
# Every pair of factors, digits units first, then the digits of the product, units first too. Only some of
# the pairs are for training. Column k of the school method adds up all products a_i b_j with i + j = k,
# and what the column below carried over. Column 0 has one summand, the middle one as many as a factor has
# digits, the last one none. How common a digit is differs by column, so *chance* is counted column by column.

# %%
from lab.task import carries, column_sums, make_task

task = make_task(settings, device)
examples = task.held_out()
print(f"{len(task.training.tokens)} pairs to train on, {len(examples.tokens)} held out")
a, b = task.factors(examples.tokens)
sums = column_sums(a, b)
received = carries(sums, task.base)
for row in range(3):
    print(f"\n{task.show(examples.tokens[row])}, columns from the units up:")
    print(
        "  sum of products",
        sums[row].tolist(),
        "\n  carried into it",
        received[row].tolist(),
        "\n  digit          ",
        examples.targets[row, task.equals :].tolist(),
    )

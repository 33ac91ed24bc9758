# %% [markdown]
# ## The data
# A random tree with shuffled names, then the goal, the root, and the path down from the root. Nothing says
# which child of the root leads to the goal: that can only be found by climbing from the goal, one parent at
# a time. Path lengths are drawn evenly (in a random tree most goals would be two steps away).
#
# The same trees can be written in three ways, and that choice is half of this problem: `edges`, one token
# for each u>v; `pairs`, two tokens for it; `parents`, token i is the parent of node i.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
for graph_format in ("edges", "pairs", "parents"):
    written = make_task(settings.but(graph_format=graph_format), device)
    print(f"{graph_format:8} {written.show(written.held_out().tokens[0])}")
print(
    f"\nthis notebook starts with `{settings.graph_format}`: {task.n_ctx} positions, {task.d_vocab} tokens"
)

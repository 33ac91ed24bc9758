# %% [markdown]
# ## The data
# A tree with shuffled names, then the root, the goal, and the path down to the goal. In random trees one gets
# far without a search: a child of the root that is a leaf, and not the goal, is never on the way. So here two
# arms of the same length hang at the root, and the goal ends one of them. What is left of the nodes hangs
# below the arms. Both arms are drawn alike: **who does not link the goal with its arm is right half the time**,
# unless the goal hangs at the root itself.
#
# The same trees can be written in three ways, and that choice is half of this problem. `edges` has one
# token for each u>v, `pairs` two, and in `parents` token i is the parent of node i.

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

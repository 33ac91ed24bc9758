# %% [markdown]
# ## The facts
# A table of random bits, one for each pair of tokens. Every row and every column has as many ones as
# zeros, so a token by itself says nothing: each answer has to be stored as such. A tenth of the table
# is never shown. On it, no model can do better than a coin, and one that does has found a leak.

# %%
from lab.task import make_task

task = make_task(settings, device)
facts, unseen = task.training, task.unseen()
print(f"{len(facts.tokens)} facts to store, {len(unseen.tokens)} never shown")
# no control: this is the data
plots.heatmap(task.table, title="The table to remember", x="token b", y="token a")
plt.show()

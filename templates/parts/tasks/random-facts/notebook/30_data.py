# %% [markdown]
# ## The facts
# A table of random bits, one for each pair of tokens. Every row and every column has as many ones as
# zeros, so a token by itself says nothing. A tenth of the table
# is never shown. The balance leaks: in a balanced row the bits never shown lean the other way
# from those shown. Who remembers a row's majority falls below a coin there. Who counts what rows and columns
# lack fills in many of these bits.

# %%
from lab.task import make_task

task = make_task(settings, device)
facts, unseen = task.training, task.unseen()
print(f"{len(facts.tokens)} facts to store, {len(unseen.tokens)} never shown")
print(
    f"who counts what rows and columns lack gets {task.filled_in_by_balance():.2f} of those never shown"
)
# no control: this is the data
plots.heatmap(task.table, title="The table to remember", x="token b", y="token a")
plt.show()

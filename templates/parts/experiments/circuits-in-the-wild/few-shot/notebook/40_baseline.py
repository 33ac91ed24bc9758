# %% [markdown]
# ## Can the model do it?
# The share of prompts whose answer is the most likely of all tokens, by the number of examples. The
# second line has the same words with their answers shuffled: format and vocabulary without the task. A
# guess among the task's answers is the chance level. No answer stands in its prompt, so copying gets none.

# %%
numbers = [0, 1, 3, 6]
gain = {}
for name, ax in zip(items, plots.row(3)):
    shares = {"answers as they are": [], "answers shuffled": []}
    for n in numbers:
        _, some = made(name, n)
        shares["answers as they are"].append(measurement.accuracy(model, some.clean, some))
        shares["answers shuffled"].append(measurement.accuracy(model, some.corrupted, some))
    plots.lines(
        shares,
        at=numbers,
        chance=1 / len(items[name]),
        title=name,
        x="examples",
        y="answer first",
        ax=ax,
    )
    ax.set_ylim(-0.05, 1.05)
    true, false = (line[-1] for line in shares.values())
    print(f"{name}, {numbers[-1]} examples: accuracy {true:.2f}, shuffled {false:.2f}, ", end="")
    print(f"chance {1 / len(items[name]):.2f}")
plt.show()

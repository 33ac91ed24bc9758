# %% [markdown]
# ## Your task, and what could pass for it
# `lab/rules.py` holds three rules as patterns: the first symbol that is unique so far, the majority
# with ties, and the depth of brackets. `settings.rule` names the one that is trained below. Add
# your own beside them, with a plain version in Python that nobody doubts; `pytest
# tests/test_task.py` compares the two.
#
# **Before any training: the best shortcut.** Write down the cheapest guesses that come to mind and
# see how far they get. If one of them is right nearly always, your data would let a model pass that
# never learned your rule.

# %%
from lab.rules import RULES, accuracy_of, hard, most_frequent
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
asked = slice(task.asked_from - 1, None)
for tokens, answer in zip(examples.tokens[:3], examples.targets[:3]):
    print(
        f"{settings.rule}: {task.show(tokens)} -> {task.say(answer[-1].item())}  ({task.rule.says})"
    )

guesses, shares = [], {}
for name, rule in RULES.items():
    answer = rule.answer(examples.tokens, task.n_symbols)[:, asked]
    shares[f"{name}:\nalways the same"] = most_frequent(answer)
    for guess, shortcut in rule.shortcuts.items():
        shares[f"{name}:\n{guess}"] = accuracy_of(
            shortcut(examples.tokens, task.n_symbols)[:, asked], answer
        )
    left_over = hard(rule, examples.tokens, task.n_symbols)[:, asked].float().mean()
    print(
        f"{name}: every shortcut is wrong in {left_over:.0%} of the places where an answer is asked for"
    )

# %%
_, ax = plt.subplots(figsize=(8, 0.42 * len(shares) + 1), layout="constrained")
colours = {name: f"C{number}" for number, name in enumerate(RULES)}
drawn = ax.barh(
    [name.replace("\n", " ") for name in shares],
    list(shares.values()),
    color=[colours[name.split(":")[0]] for name in shares],
)
ax.bar_label(drawn, fmt="%.2f", fontsize=8)
ax.invert_yaxis()
ax.set(title="How far a guess without the rule gets", xlabel="accuracy", xlim=(0, 1))
plt.show()

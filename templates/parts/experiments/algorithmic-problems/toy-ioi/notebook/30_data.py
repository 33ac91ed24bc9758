# %% [markdown]
# ## The data
# "Mary and John went to the shop, John gave a drink to": who gets it? Here is what that needs, and no more. A name S
# stands twice, a name IO once, with fillers between them, and at END the model says IO.
# **Held out are pairs of names**: a table of pairs learned by heart fails there.
#
# In such sentences the repeated name comes last. Then "the other name than the last one" is always right,
# and nobody has to look for a repetition. Here the name mentioned once may also come last: three orders.
# The table shows how often rules are right that never ask which name is repeated.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
s_last = make_task(settings.but(subject_last=True), device)
print(f"{len(task.train_pairs)} pairs of names to train on, {len(task.held_out_pairs)} held out")
for tokens, answer in zip(examples.tokens[:5], task.unseen.io[:5]):
    print(task.show(tokens), "->", f"n{int(answer)}")
print(f"\n{'rule':34}{'three orders':>14}{'S always last':>15}")
for rule, share in task.rules_right().items():
    print(f"{rule:34}{share:14.2f}{s_last.rules_right()[rule]:15.2f}")

# %% [markdown]
# ## Can the model do it?
# IOI first: without it no head earns its name. A name mover looks at IO more than at S and writes over 2 %
# of the logit difference, a negative one writes as much against it. Where no head meets the rule, the
# heads that write most in that direction are followed, and the line below says so.

# %%
from lab import tokens as figures

direct = ioi_heads.direct_effects(model, sentences).mean(0)
ends = measurement.patching.both_ends(model, sentences)
print(f"accuracy {(ends.source > 0).float().mean():.2f}, chance 0.50: IO above S")
labelled = ioi_heads.labels(
    direct.cpu(), ioi_heads.looks(model, sentences, third_name), float(ends.source.mean())
)
chosen = {}
for name, sign in (("name mover", 1), ("negative name mover", -1)):
    if not labelled[name]:
        print(f"no head meets the rule of a {name}")
    chosen[name] = measurement.followed(direct, labelled[name], settings.n_heads_each, sign)
    print(f"{name}s:", ", ".join(f"L{i}H{j} {direct[i, j]:+.2f}" for i, j in chosen[name]))
named = [one for heads in chosen.values() for one in heads]
chosen["control"] = measurement.others(model, named, settings.n_draws, settings.seed)
heads = {f"L{i}H{j}": (i, j) for some in chosen.values() for i, j in some}
kinds_of = {f"L{i}H{j}": name for name, some in chosen.items() for i, j in some}
figures.head_grid(direct, title="direct effect on IO - S, logits (not named: all other heads)")
# no control: the sentences only give the heads their names
plt.show()

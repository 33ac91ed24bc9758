# %% [markdown]
# ## Can the model do it?
# How likely does the model find a capital at each kind of place? A rule that sees the full stop alone
# gives both kinds of stops the same height. Dashed: how often a capital follows anywhere.

# %%
mass = {
    kind: measurement.capital_mass(model, windows.tokens, mask, kinds["capital"])
    for kind, mask in masks.items()
}
anywhere = float(kinds["capital"].to(windows.tokens.device)[windows.tokens[:, 1:]].float().mean())
plots.bars(
    mass,
    levels={"share of capitals among all tokens": anywhere},
    title="probability that a capital comes next",
    y="mean probability",
)
plt.xticks(rotation=15)
plt.show()

# %% [markdown]
# ## Can the model do it?
# Attention from each token that came before to the tokens behind its earlier copies. `head` in
# `lab/settings.py` names the one that you take apart; left empty it is the strongest below.

# %%
from lab import tokens

scores = head_scores.attention_scores(model, repeated)
later = scores.induction.clone()
later[0] = 0  # a head of layer 0 has nothing to compose with
head = head_scores.head_named(settings.head, later)
neighbours = [one for one in tokens.strongest_heads(later, 4) if one != head][:3]
tokens.head_grid(scores.induction, title="attention behind an earlier copy (control printed below)")
plt.show()
for one in (head, *neighbours):
    print(f"L{one[0]}H{one[1]}: induction {scores.induction[one]:.2f}", end=", ")
    print(f"chance {scores.even['induction']:.2f}: even attention")

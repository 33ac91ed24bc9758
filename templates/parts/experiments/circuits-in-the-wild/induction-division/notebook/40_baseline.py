# %% [markdown]
# ## Can the model do it?
# Its loss on random tokens, and on the same tokens when they come again, comes first. The induction score
# of a head is its mean attention to the tokens that followed earlier copies of the current one. Even
# attention is the chance level. The strongest heads above the threshold of the settings are compared
# below; write others into `heads` to compare these.

# %%
from lab import tokens

once, again = measurement.losses_of_copies(
    model, vocabulary, settings.n_prompts, settings.seed, first
)
print(f"random tokens: {once:.2f} nats a token, the same once more: {again:.2f}")

scores = head_scores.attention_scores(model)
tokens.head_grid(scores.induction, title="induction score (control printed below)")
plt.show()
heads = measurement.induction_heads(scores.induction, settings.n_heads, settings.threshold)
n_above = int((scores.induction > settings.threshold).sum())
print(f"heads above {settings.threshold}: {n_above} of {scores.induction.numel()}")
print(f"chance {scores.even['induction']:.3f}: even attention")
if n_above < 2:
    print(
        "Fewer than two induction heads: what follows shows the two strongest, whatever they are."
    )

# %% [markdown]
# ## Can the model do it?
# The circuit exists where some head looks at the previous token, and the loss falls in the second pass.
# Fresh tokens at the same positions are what no circuit helps with.

# %%
from lab import tokens

scores = head_scores.attention_scores(model)
before_last = scores.previous[:-1]  # no layer follows the heads of the last one
head = measurement.head_named(settings.writer, before_last)
tokens.head_grid(scores.previous, title="attention to the previous token (control printed below)")
plt.show()
print(
    f"followed: L{head[0]}H{head[1]}, {scores.previous[head]:.2f} to the previous token;", end=" "
)
print(f"chance {scores.even['previous']:.2f}: even attention")
for name, made in (("repeated", prompts.repeated), ("fresh", prompts.fresh)):
    with torch.no_grad():
        logits = model(made)[:, prompts.second.start - 1 : prompts.second.stop - 1]
    right = made[:, prompts.second]
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), right.flatten())
    print(f"second half, {name}: {loss:.2f} nats a token")

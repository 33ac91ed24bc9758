# %% [markdown]
# ## Can the model do it?
# Some head has to look at the previous token, and the loss has to fall in the second pass. Fresh tokens
# there are a control: nothing earlier tells them. Silenced in the first pass, the head leaves no notes
# there: the loss of the second rises by what they are good for.

# %%
from lab import tokens

scores = head_scores.attention_scores(model)
before_last = scores.previous[:-1]  # no layer follows the heads of the last one
head = head_scores.head_named(settings.writer, before_last)
tokens.head_grid(scores.previous, title="attention to the previous token (control printed below)")
plt.show()
print(
    f"followed: L{head[0]}H{head[1]}, {scores.previous[head]:.2f} to the previous token;", end=" "
)
print(f"chance {scores.even['previous']:.2f}: even attention")
for name, made in (("repeated", prompts.repeated), ("fresh", prompts.fresh)):
    intact = measurement.loss(model, made, prompts.second)
    silenced = measurement.loss(model, made, prompts.second, head, prompts.first)
    print(
        f"second half, {name}: {intact:.2f} nats a token, {silenced:.2f} without notes in the first"
    )

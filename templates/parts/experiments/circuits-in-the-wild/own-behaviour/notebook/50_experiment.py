# %% [markdown]
# ## The standard pictures
# From here on it is `settings.candidate`. Where the bars above are at a coin, stop: change the candidate,
# or the model. Stop too where a control is as high as the model: no order, or no sentence, is needed there.
# The next cell checks that an edited activation changes the logits as it should.

# %%
from lab import behaviour, fast_patching, live, looking, patching, tokens

chosen = encoded[settings.candidate]
few = chosen.rows(slice(0, 12))
live.check(model, few)

# %% [markdown]
# ## First picture: from which layer on can the answer be read?
# The logit lens stops the model early: the residual stream at the last token, before each layer, goes
# straight to the final LayerNorm and the unembedding. The control is the same on shuffled words.

# %%
by_layer = {"the model": measurement.lens(model, chosen)}
for seed in range(2):
    mixed = behaviour.words_shuffled(chosen, seed=seed)
    by_layer[f"words shuffled, order {seed + 1}"] = measurement.lens(model, mixed)
plots.lines(
    by_layer,
    levels={"no lead": 0.0},
    title=f"{settings.candidate}: lead of the own answer, by the logit lens",
    x="layers done",
    y="logits",
)
plt.show()

# %% [markdown]
# ## Second picture: where is what decides?
# The residual stream of the clean prompt is put into the corrupted one, place by place: the changed
# word, the last token, all else. 1 restores the clean lead, 0 changes nothing. The first row is fixed where
# one token differs. Read at which layers the other columns take over.

# %%
# no control: where and at which layer is read, not how much
plots.heatmap(
    patching.residual(model, few),
    between=(-1, 1),
    centre=0.0,
    x_ticks=patching.place_names(few),
    title=f"{settings.candidate}: residual stream patched",
    x="place",
    y="before layer",
)
plt.show()

# %% [markdown]
# ## Third picture: which heads bring it?
# Every head at the last token, estimated by gradient, as if its effect were linear; those with the largest
# estimates are then patched for real. The bars take the attention pattern alone from the clean prompt
# ("looks"), the values alone ("brings"), or both. The two parts need not add up. The control
# takes the head's output from another prompt with the corrupted answer. It is `nan` where there is none, as for "opposites".

# %%
heads = fast_patching.heads_checked(model, few, settings.n_heads_checked, place="end")
tokens.head_grid(heads.gradient, title=f"{settings.candidate}: each head at the end, by gradient")
plt.show()  # no control: it is printed below, head by head
strongest = tokens.strongest_heads(torch.nan_to_num(heads.real), 3)
controls = measurement.other_prompt(model, few, strongest)
parts = {head: looking.looks_and_brings(model, few, head, place="end") for head in strongest}
for (layer, head), control in zip(strongest, controls):
    print(f"L{layer}H{head}: {heads.real[layer, head]:+.3f}, other prompt {control:+.3f}")
for ((layer, head), found), ax in zip(parts.items(), plots.row(3, width=3.4)):
    plots.bars(
        found,
        levels={"nothing": 0.0},
        title=f"L{layer}H{head}",
        y="effect at the end",
        ax=ax,
    )
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **As often right with shuffled words** as with ordered ones, far above a coin: the word itself is found,
#   wherever it stands. A changed last word is not moved: nothing follows then. **Right with the changed word
#   alone**: an association, for which no sentence is needed.
#   (`test_shuffling_spares_what_finds_a_word_and_breaks_what_counts_places`,
#   `test_the_word_alone_is_enough_for_an_association`)
# - **The lens rises at one layer, the column of the end turns on earlier**: what decides arrives
#   in a form that the lens cannot read. It is rewritten later, or a later head looks for the answer by it: the
#   third picture's "looks" tells. (`test_the_lens_rises_where_the_answer_is_written`)
# - **A head with its effect in "brings"** finds something else where it looks; a change of its pattern
#   does not matter, if there is one. **In "looks"** it is the pattern that matters. (`test_bringing_and_looking_are_told_apart`)
# - Of the heads that the gradient ranks high, which lose their effect in the control? What do they carry?
# - Would another template with the same answers show the same heads? If not, what is your behaviour?
